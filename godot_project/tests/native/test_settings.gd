extends "../support/native_test.gd"
## Settings of a server that owns its port, and loops that were written for the engine's.


func test_settings_have_their_defaults_and_refuse_nonsense() -> void:
	assert_equal(server.max_pending_connections, 4096, "max_pending_connections")
	assert_equal(server.io_threads, 1, "io_threads")
	expect_error("max_pending_connections", 2)
	expect_error("io_threads", 3)
	for nonsense: int in [0, -1]:
		server.max_pending_connections = nonsense
		server.io_threads = nonsense
	server.io_threads = 1000
	assert_equal(server.max_pending_connections, 4096, "max_pending_connections after nonsense")
	assert_equal(server.io_threads, 1, "io_threads after nonsense")
	server.max_pending_connections = 8
	server.io_threads = 2
	assert_equal(server.max_pending_connections, 8, "max_pending_connections after 8")
	assert_equal(server.io_threads, 2, "io_threads after 2")


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
