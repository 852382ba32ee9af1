extends "../support/native_test.gd"
## DTLSServerOpenSSL.listen: a port of its own.


func test_a_connection_is_handed_out_when_its_handshake_is_done() -> void:
	listen()
	assert_true(server.is_listening(), "is_listening")
	assert_equal(server.is_connection_available(), false, "a connection before any client")
	assert_equal(server.take_connection(), null, "take_connection")
	var pair := await connect_pair()
	assert_equal(pair[1].get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status of the server's end")
	assert_equal(pair[1].get_packet_ip(), LOOPBACK, "get_packet_ip")
	assert_equal(pair[1].get_packet_port(), pair[0].get_local_port(), "get_packet_port")
	assert_equal(pair[0].get_packet_port(), server.get_local_port(), "the server's port")
	assert_true(pair[0].get_cipher().begins_with("TLS_ECDHE_"), pair[0].get_cipher())
	assert_equal(server.get_connection_count(), 1, "get_connection_count")


func test_packets_of_all_sizes_travel_both_ways_in_order() -> void:
	listen()
	var pair := await connect_pair()
	for ends: Array in [[pair[0], pair[1]], [pair[1], pair[0]]]:
		for size: int in [1, 100, 1200, 16384]:
			var packet := PackedByteArray()
			packet.resize(size)
			packet.fill(size % 251)
			assert_equal(ends[0].put_packet(packet), OK, "put_packet")
			assert_equal(await receive(ends[1]), packet, "%d bytes" % size)
		for number in 100:
			ends[0].put_packet([number])
		for number in 100:
			assert_equal(await receive(ends[1]), PackedByteArray([number]), "order")


func test_ready_peers_are_those_with_packets_or_news() -> void:
	listen()
	var first := await connect_pair()
	var second := await connect_pair()
	server.get_ready_peers()
	assert_equal(server.get_ready_peers(), [], "nobody has news")
	second[0].put_packet([7])
	assert_true(await until(func() -> bool: return server.get_ready_peers() == [second[1]], PATIENCE_MSEC), "packet")
	assert_equal(server.get_ready_peers(), [second[1]], "its packet still waits")
	assert_equal(second[1].get_packet(), PackedByteArray([7]), "the packet")
	assert_equal(server.get_ready_peers(), [], "the packet was read")
	first[0].disconnect_from_peer()
	assert_true(await until(func() -> bool: return server.get_ready_peers() == [first[1]], PATIENCE_MSEC), "news")
	assert_equal(first[1].get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "the news")


func test_a_broadcast_reaches_all_but_one() -> void:
	listen()
	var first := await connect_pair()
	var second := await connect_pair()
	assert_equal(server.broadcast([1], first[1]), OK, "broadcast")
	assert_equal(server.broadcast([2]), OK, "broadcast")
	assert_equal(await receive(first[0]), PackedByteArray([2]), "who was left out")
	assert_equal(await receive(second[0]), PackedByteArray([1]), "who was not")


func test_freeing_the_last_reference_to_a_peer_closes_its_connection() -> void:
	listen()
	var pair := await connect_pair()
	var client: PacketPeer = pair[0]
	pair.clear()
	var has_ended := func() -> bool: return client.get_status() == PacketPeerDTLS.STATUS_DISCONNECTED
	assert_true(await until(has_ended, PATIENCE_MSEC), "still connected")
	assert_true(client.get_last_error().contains("closed by the other side"), client.get_last_error())


func test_stopping_says_goodbye_and_frees_the_port() -> void:
	listen()
	var pair := await connect_pair()
	var port: int = server.get_local_port()
	server.stop()
	assert_equal(server.is_listening(), false, "is_listening")
	assert_equal(server.get_local_port(), 0, "get_local_port")
	var has_ended := func() -> bool: return pair[0].get_status() == PacketPeerDTLS.STATUS_DISCONNECTED
	assert_true(await until(has_ended, PATIENCE_MSEC), "still connected")
	assert_equal(server.listen(port, LOOPBACK), OK, "the port again")


func test_packets_that_arrived_before_the_end_can_be_read() -> void:
	listen()
	var pair := await connect_pair()
	pair[0].put_packet("last words".to_utf8_buffer())
	pair[0].disconnect_from_peer()
	assert_equal((await receive(pair[1])).get_string_from_utf8(), "last words", "packet")
	var has_ended := func() -> bool: return pair[1].get_status() == PacketPeerDTLS.STATUS_DISCONNECTED
	assert_true(await until(has_ended, PATIENCE_MSEC), "still connected")


func test_a_second_setup_takes_over_for_new_connections() -> void:
	listen()
	var before := await connect_pair()
	credentials = need(Credentials.stranger())
	assert_equal(server.setup(side.server_options(credentials.key, credentials.certificate)), OK, "second setup")
	var after := await connect_pair()
	for pair: Array[PacketPeer] in [before, after]:
		pair[0].put_packet([1])
		assert_equal(await receive(pair[1]), PackedByteArray([1]), "packet")


func test_listening_answers_mistakes_as_udp_server_does() -> void:
	var unprepared := side.server()
	expect_error("not set up")
	assert_equal(unprepared.get_last_error(), "", "get_last_error of a new server")
	assert_equal(unprepared.listen(0), ERR_UNCONFIGURED, "before setup")
	assert_true(unprepared.get_last_error().contains("call setup() first"), unprepared.get_last_error())
	expect_error("is no IP address")
	assert_equal(server.listen(0, "nonsense"), ERR_INVALID_PARAMETER, "an address that is none")
	expect_error("is no port")
	assert_equal(server.listen(65_536), ERR_INVALID_PARAMETER, "a port that is none")
	var taken := UDPServer.new()
	taken.listen(0, LOOPBACK)
	expect_error("cannot be opened")
	assert_equal(server.listen(taken.get_local_port(), LOOPBACK), ERR_UNAVAILABLE, "a port that is taken")
	listen()
	expect_error("listens already")
	assert_equal(server.listen(0), ERR_ALREADY_IN_USE, "twice")
