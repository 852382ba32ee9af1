extends "../support/identity_test.gd"
## Pre-shared keys: who a client is by a key that both sides hold.

var _key := random_key()


func test_a_server_knows_a_client_by_its_key() -> void:
	var link := connect_sides(TLSOptionsOpenSSL.server_psk({ "alice": _key }), TLSOptionsOpenSSL.client_psk("alice", _key), "")
	assert_equal(link.server_peer.get_psk_identity(), "alice", "identity")
	assert_equal(link.client.get_psk_identity(), "alice", "own identity")
	assert_equal(link.client.get_cipher(), "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256", "cipher")
	assert_true(link.client.get_peer_certificate() == null, "certificate")
	link.client.put_packet([1])
	assert_equal(link.receive(link.server_peer, 1).size(), 1, "packets received")


func test_who_sent_packets_is_known_until_they_are_read() -> void:
	var link := connect_sides(TLSOptionsOpenSSL.server_psk({ "alice": _key }), TLSOptionsOpenSSL.client_psk("alice", _key), "")
	var server_peer: PacketPeerDTLSOpenSSL = link.server_peer
	link.client.put_packet([1])
	link.client.put_packet([2])
	link.client.disconnect_from_peer()
	var has_left := func() -> bool: return server_peer.get_last_error() != ""
	assert_true(link.poll_until(has_left, link.poll_server), "the server does not see the client leave")
	assert_equal(server_peer.get_status(), PacketPeerDTLSOpenSSL.STATUS_CONNECTED, "status")
	assert_equal(server_peer.get_psk_identity(), "alice", "identity")
	assert_true(server_peer.get_packet_ip() != "", "address")
	assert_equal([server_peer.get_packet(), server_peer.get_packet()].size(), 2, "packets")
	assert_equal(server_peer.get_status(), PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED, "status of one who has left")
	assert_equal(server_peer.get_psk_identity(), "", "identity of one who has left")
	assert_equal(server_peer.put_packet([3]), ERR_UNCONFIGURED, "put_packet, without a word in the server's log")


func test_an_unknown_identity_and_a_wrong_key_fail_alike() -> void:
	var words: Array[String] = []
	for attempt: TLSOptionsOpenSSL in [
		TLSOptionsOpenSSL.client_psk("alice", random_key()),
		TLSOptionsOpenSSL.client_psk("mallory", _key),
	]:
		var server := TLSOptionsOpenSSL.server_psk({ "alice": _key })
		server.handshake_timeout = 0.2
		attempt.handshake_timeout = 0.2
		var link := Link.new(side, side)
		link.listen(server)
		link.connect_client("", attempt)
		await poll_for(link, func() -> bool: return link.has_ended())
		words.append("%s; %s" % [link.client.get_last_error(), link.server_words()])
		assert_equal(link.client.get_status(), PacketPeerDTLSOpenSSL.STATUS_ERROR, "client's status")
		if side.owns_sockets:
			assert_true(link.server_peer == null, "a peer that proved nothing")
		else:
			assert_equal(link.server_peer.get_psk_identity(), "", "an identity that was only claimed")
	assert_equal(words[0], words[1], "words")
	assert_words(words[0], "same identity with the same key")


func test_keys_are_added_and_removed_while_the_server_runs() -> void:
	var options := server_options()
	var link := connect_sides(options, client_options())
	assert_equal(options.add_psk("carol", _key), OK, "add_psk")
	assert_connected(meet_again(link, TLSOptionsOpenSSL.client_psk("carol", _key)))
	assert_true(options.remove_psk("carol"), "there was a key")
	assert_true(not options.remove_psk("carol"), "there is none")
	var late := TLSOptionsOpenSSL.client_psk("carol", _key)
	late.handshake_timeout = 0.2
	link.renew_client()
	link.connect_client("", late)
	assert_true(await poll_for(link, link.client_ended), "connected with a removed key")
	assert_words(link.client.get_last_error(), "same identity with the same key")


func test_one_server_takes_keys_and_certificates() -> void:
	var options := TLSOptionsOpenSSL.server_psk({ "alice": _key })
	var own := need(Credentials.p256())
	assert_equal(options.set_own_certificate(own.key, own.certificate), OK, "set_own_certificate")
	var link := connect_sides(options, TLSOptionsOpenSSL.client_psk("alice", _key))
	assert_connected(meet_again(link, client_options()))
	assert_equal(link.server_peer.get_psk_identity(), "", "identity of a client without a key")


func test_a_key_stands_in_for_a_certificate_that_is_required() -> void:
	var options := server_options()
	options.client_verification = TLSOptionsOpenSSL.CLIENT_VERIFICATION_REQUIRED
	options.trusted_chain = authority().certificate
	options.add_psk("alice", _key)
	connect_sides(options, TLSOptionsOpenSSL.client_psk("alice", _key))


func test_identities_and_keys_of_a_wrong_size_or_type_are_refused() -> void:
	var options := server_options()
	expect_error("a pre-shared key has 16 to 64 bytes", 3)
	assert_equal(options.add_psk("alice", _key.slice(0, 15)), ERR_INVALID_PARAMETER, "add_psk")
	assert_true(TLSOptionsOpenSSL.client_psk("alice", _key + _key + _key) == null, "client_psk")
	assert_true(TLSOptionsOpenSSL.server_psk({ "alice": PackedByteArray() }) == null, "server_psk")
	expect_error("identity of a pre-shared key has 1 to 128 bytes", 2)
	assert_equal(options.add_psk("", _key), ERR_INVALID_PARAMETER, "add_psk")
	assert_true(TLSOptionsOpenSSL.client_psk("x".repeat(129), _key) == null, "client_psk")
	expect_error("identities (String)", 2)
	assert_true(TLSOptionsOpenSSL.server_psk({ 1: _key }) == null, "server_psk")
	assert_true(TLSOptionsOpenSSL.server_psk({ "alice": "a password" }) == null, "server_psk")


func test_a_client_has_one_key_only() -> void:
	var options := TLSOptionsOpenSSL.client()
	expect_error("client_psk(identity, key)", 2)
	assert_equal(options.add_psk("alice", _key), ERR_INVALID_PARAMETER, "add_psk")
	assert_equal(options.remove_psk("alice"), false, "remove_psk")
