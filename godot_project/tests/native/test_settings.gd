extends "../support/native_test.gd"
## Settings of a server that owns its port, and loops that were written for the engine's.


func test_settings_have_their_defaults_and_refuse_nonsense() -> void:
	_assert_setting("max_pending_connections", 4096, 8, [0, -1, (1 << 20) + 1])
	_assert_setting("max_connections", 16_384, 8, [0, -1, (1 << 20) + 1])
	_assert_setting("max_queued_bytes", 256 * 1024 * 1024, 16_384, [0, -1, 16_383])
	_assert_setting("idle_timeout", 120.0, 0.0, [-1.0, 86_401.0, INF, NAN])
	_assert_setting("io_threads", 1, 2, [0, -1, 65])


func _assert_setting(name: String, default: Variant, other: Variant, nonsense: Array) -> void:
	assert_equal(server.get(name), default, name)
	expect_error(name, nonsense.size())
	for value: Variant in nonsense:
		server.set(name, value)
		assert_equal(server.get(name), default, "%s after %s" % [name, value])
	server.set(name, other)
	assert_equal(server.get(name), other, name)


func test_threads_share_the_clients_of_a_port() -> void:
	server.io_threads = 3
	listen()
	for number in 8:
		var pair := await connect_pair()
		pair[0].put_packet([number])
		assert_equal(await receive(pair[1]), PackedByteArray([number]), "packet from client %d" % number)
		pair[1].put_packet([number])
		assert_equal(await receive(pair[0]), PackedByteArray([number]), "packet to client %d" % number)


func test_a_loop_written_for_udp_server_runs() -> void:
	listen()
	var client := connect_client()
	var peers: Array[PacketPeer] = []
	var is_one_connected := func() -> bool:
		server.poll()
		while server.is_connection_available():
			peers.append(server.take_connection())
		for peer in peers:
			peer.poll()
		return peers.any(is_connected_peer) and is_connected_peer(client)
	assert_true(await until(is_one_connected, PATIENCE_MSEC), "no connection")
