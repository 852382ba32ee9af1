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


func test_both_sides_export_the_same_keying_material() -> void:
	listen()
	var pair := await connect_pair()
	var material: PackedByteArray = pair[0].export_keying_material("EXPORTER-test", 32)
	assert_equal(material.size(), 32, "size")
	assert_equal(pair[1].export_keying_material("EXPORTER-test", 32), material, "the other side's")


func test_a_server_knows_a_client_by_its_pre_shared_key() -> void:
	var key := Crypto.new().generate_random_bytes(32)
	var options: RefCounted = ClassDB.class_call_static("TLSOptionsOpenSSL", "server_psk", { player = key })
	assert_equal(server.setup(options), OK, "setup")
	listen()
	var client := side.peer()
	var own: RefCounted = ClassDB.class_call_static("TLSOptionsOpenSSL", "client_psk", "player", key)
	assert_equal(client.connect_to_host(LOOPBACK, server.get_local_port(), own), OK, "connect_to_host")
	var peer: PacketPeer = await take_peer()
	assert_equal(peer.get_psk_identity(), "player", "get_psk_identity")


func test_packets_and_drops_are_counted() -> void:
	listen()
	var pair := await connect_pair()
	pair[0].put_packet([1, 2, 3])
	await receive(pair[1])
	var counts: Dictionary = pair[1].get_statistics()
	assert_equal(counts.packets_received, 1, "packets_received")
	assert_equal(counts.bytes_received, 3, "bytes_received")
	assert_true(counts.handshake_usec > 0, "handshake_usec")


func test_nothing_is_known_of_a_connection_that_is_over() -> void:
	listen()
	var pair := await connect_pair()
	server.stop()
	assert_equal(pair[1].get_cipher(), "", "get_cipher")
	assert_equal(pair[1].get_peer_certificate(), null, "get_peer_certificate")
	expect_error("not connected")
	assert_equal(pair[1].export_keying_material("EXPORTER-test", 32), PackedByteArray(), "export_keying_material")


func test_settings_of_options_hold_for_sockets_of_our_own_too() -> void:
	var options: RefCounted = side.server_options(credentials.key, credentials.certificate)
	options.max_queued_packets = 2
	assert_equal(server.setup(options), OK, "setup")
	listen()
	var pair := await connect_pair()
	for number in 4:
		pair[0].put_packet([number])
	var dropped := func() -> bool: return pair[1].get_statistics().dropped_full == 2
	assert_true(await until(dropped, PATIENCE_MSEC), "dropped_full")
	assert_equal(pair[1].get_available_packet_count(), 2, "packets that wait")
