extends "../support/native_test.gd"
## What a connection tells about itself, when its session is an I/O thread's.


func test_facts_are_those_of_the_session() -> void:
	listen()
	var pair := await connect_pair()
	for peer: PacketPeer in pair:
		assert_true(peer.get_cipher().begins_with("TLS_ECDHE_"), peer.get_cipher())
		assert_equal(peer.get_protocol_version(), "DTLSv1.2", "get_protocol_version")
		assert_equal(peer.get_alpn_protocol(), "", "get_alpn_protocol")
		assert_equal(peer.is_session_resumed(), false, "is_session_resumed")
		assert_true(peer.get_max_payload_size() > 1000, "get_max_payload_size")
	assert_true(pair[0].get_peer_fingerprint().begins_with("sha256:"), pair[0].get_peer_fingerprint())
	assert_true(pair[0].get_peer_certificate() is X509Certificate, "get_peer_certificate")
	assert_equal(pair[1].get_peer_certificate(), null, "a client without a certificate")


func test_nothing_is_known_of_a_connection_that_is_over() -> void:
	listen()
	var pair := await connect_pair()
	server.stop()
	assert_equal(pair[1].get_cipher(), "", "get_cipher")
	assert_equal(pair[1].get_peer_certificate(), null, "get_peer_certificate")
	expect_error("not connected")
	assert_equal(pair[1].export_keying_material("EXPORTER-test", 32), PackedByteArray(), "export_keying_material")
