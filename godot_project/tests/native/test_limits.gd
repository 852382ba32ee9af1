extends "../support/native_test.gd"
## What a server that owns its port allows its clients.


func test_a_full_server_lets_nobody_in_until_somebody_leaves() -> void:
	server.max_connections = 1
	listen()
	var first := await connect_pair()
	var second := connect_client()
	var is_refused := func() -> bool: return server.get_statistics().refused_connections > 0
	assert_true(await until(is_refused), "not refused")
	assert_equal(second.get_status(), PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING, "status of the second")
	first[0].disconnect_from_peer()
	# Its hello is sent again after a second.
	assert_true(await until(func() -> bool: return server.is_connection_available()), "the second is not let in")


func test_a_listening_server_ends_silent_connections() -> void:
	server.idle_timeout = 0.2
	listen()
	var _client := connect_client()
	var peer: PacketPeer = await take_peer()
	assert_true(await until(func() -> bool: return not is_connected_peer(peer)), "it stays")
	assert_true(peer.get_last_error().contains("nothing was received for 0.2 s"), peer.get_last_error())


func test_waiting_bytes_are_bounded_for_each_client_and_counted() -> void:
	var options: RefCounted = side.server_options(credentials.key, credentials.certificate)
	options.max_queued_bytes = 16_384
	assert_equal(server.setup(options), OK, "setup")
	listen()
	var pair := await connect_pair()
	var packet := PackedByteArray()
	packet.resize(6000)
	for number in 4:
		pair[0].put_packet(packet)
	assert_true(await until(func() -> bool: return pair[1].get_statistics().dropped_full == 2), "nothing is dropped")
	assert_equal(server.get_statistics().queued_bytes, 12_000, "queued_bytes")
	while pair[1].get_available_packet_count() > 0:
		pair[1].get_packet()
	assert_equal(server.get_statistics().queued_bytes, 0, "queued_bytes after reading")
