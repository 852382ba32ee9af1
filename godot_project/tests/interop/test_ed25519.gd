extends "../support/interop_test.gd"
## A server with an Ed25519 key. OpenSSL's cannot be one in DTLS 1.2, but its clients know such keys.


func parameters() -> Array:
	return [Stack.gnutls()]


func test_our_client_verifies_their_server_with_an_ed25519_key() -> void:
	var root := need(Credentials.issued("interop_root", Credentials.AUTHORITY, null, "A root authority"))
	var own := need(Credentials.issued("interop_ed25519", Credentials.LOCALHOST, root, "localhost", Credentials.ED25519))
	await start_their_server(own)
	var peer: PacketPeer = ours.peer()
	await meet_their_server(peer, root)
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")
	peer.put_packet("from our client\n".to_utf8_buffer())
	assert_equal(await receive(peer), "from our client\n", "packet received")
