extends "../support/interop_test.gd"
## What only GnuTLS's server can be asked for: an Ed25519 key in DTLS 1.2, and to be there for a client that comes back.


func parameters() -> Array:
	return peerings_with([Stack.gnutls()])


func test_our_client_verifies_their_server_with_an_ed25519_key() -> void:
	var root := need(Credentials.issued("interop_root", Credentials.AUTHORITY, null, "A root authority"))
	var own := need(Credentials.issued("interop_ed25519", Credentials.LOCALHOST, root, "localhost", Credentials.ED25519))
	await start_their_server(own)
	var peer: PacketPeer = ours.peer()
	await meet_their_server(peer, root)
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")
	peer.put_packet("from our client\n".to_utf8_buffer())
	assert_equal(await receive(peer), "from our client\n", "packet received")


func test_our_client_resumes_its_session_with_their_server() -> void:
	var credentials := need(Credentials.p256())
	await start_their_server(credentials)
	var peer: PacketPeer = ours.peer()
	var options := ours.client_options(credentials.certificate)
	for resumed: bool in [false, true]:
		await meet_their_server_with(peer, options)
		assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")
		assert_equal(peer.is_session_resumed(), resumed, "is_session_resumed")
		peer.put_packet("from our client\n".to_utf8_buffer())
		assert_equal(await receive(peer), "from our client\n", "packet received")
		peer.disconnect_from_peer()
