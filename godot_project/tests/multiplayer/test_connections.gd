extends "../support/multiplayer_test.gd"
## How connections begin and end, and which signals tell of it in which order.


func test_a_new_peer_is_disconnected() -> void:
	var peer := side.peer()
	assert_true(is_over(peer), "status")
	expect_error_of("isn't currently active", "")
	assert_equal(peer.get_unique_id(), 0, "id")
	peer.close()


func test_a_new_peer_refuses_what_needs_a_connection() -> void:
	var peer := side.peer()
	expect_error_of("isn't currently active", "no server or client was created")
	peer.poll()
	expect_error_of("isn't currently active", "not connected to anybody")
	assert_equal(peer.put_packet([1]), ERR_UNCONFIGURED, "put_packet")


func test_a_server_is_connected_at_once_and_has_the_id_1() -> void:
	start_server()
	assert_true(is_connected_peer(server), "status")
	assert_equal(server.get_unique_id(), 1, "id")


func test_a_client_is_connecting_until_the_server_has_answered() -> void:
	start_server()
	var client := start_client()
	assert_equal(client.get_connection_status(), MultiplayerPeer.CONNECTION_CONNECTING, "status")
	assert_true(client.get_unique_id() > 1, "id %d" % client.get_unique_id())
	expect_error_of("isn't currently connected", "not connected to anybody")
	assert_equal(client.put_packet([1]), ERR_UNCONFIGURED, "put_packet")


func test_both_sides_are_told_of_each_other() -> void:
	start_server()
	var client := start_client()
	var client_log := Recorder.new(client)
	var id := client.get_unique_id()
	assert_true(poll_until(func() -> bool: return is_connected_peer(client) and knows(id)), "not connected")
	assert_equal(client_log.signals, PackedStringArray(["connected 1"]), "the client's signals")
	assert_equal(server_log.signals, PackedStringArray(["connected %d" % id]), "the server's signals")


func test_a_client_is_connected_before_it_is_told() -> void:
	start_server()
	var client := start_client()
	var seen := []
	var look := func(id: int) -> void: seen.append([id, client.get_connection_status(), client.put_packet([7])])
	client.peer_connected.connect(look)
	assert_equal(receive(server), PackedByteArray([7]), "what was sent by the handler")
	assert_equal(seen, [[1, MultiplayerPeer.CONNECTION_CONNECTED, OK]], "what the handler saw")
	client.peer_connected.disconnect(look)


func test_a_server_can_send_as_soon_as_it_is_told() -> void:
	start_server()
	var greet := func(id: int) -> void: send(server, id, [7])
	server.peer_connected.connect(greet)
	assert_equal(receive(start_client()), PackedByteArray([7]), "what was sent by the handler")
	server.peer_connected.disconnect(greet)


func test_creating_twice_is_refused() -> void:
	start_server()
	var client := join()
	for peer: MultiplayerPeer in [server, client]:
		expect_error_of("already active", "already; call close() first", 2)
		assert_equal(side.create_server(peer, 0), ERR_ALREADY_IN_USE, "create_server")
		assert_equal(side.create_client(peer, 4242), ERR_ALREADY_IN_USE, "create_client")
	assert_true(is_connected_peer(server) and is_connected_peer(client), "they go on")


func test_a_disconnected_client_is_told_and_its_server_too() -> void:
	start_server()
	var client := join()
	var id := client.get_unique_id()
	var client_log := Recorder.new(client)
	server.disconnect_peer(id)
	assert_true(poll_until(func() -> bool: return is_over(client) and server_log.signals.size() == 2), "no end")
	assert_equal(client_log.signals, PackedStringArray(["disconnected 1"]), "the client's signals")
	assert_equal(server_log.signals[1], "disconnected %d" % id, "the server's signal")


func test_disconnecting_by_force_is_told_to_the_other_side_only() -> void:
	start_server()
	var client := join()
	var client_log := Recorder.new(client)
	var id := client.get_unique_id()
	server.disconnect_peer(id, true)
	send(server, 0, [1])
	assert_true(poll_until(func() -> bool: return is_over(client)), "no end")
	for round in 20:
		poll()
	assert_equal(client_log.signals, PackedStringArray(["disconnected 1"]), "the client's signals")
	assert_equal(server_log.signals.size(), 1, "the server's signals")
	expect_error_of("!peers.has(p_id)", "there is no peer")
	assert_true(server.get_peer(id) == null, "get_peer")


func test_a_handler_can_ask_who_has_left() -> void:
	start_server()
	var client := join()
	var facts := []
	var look_at := func(peer: MultiplayerPeer, id: int) -> void:
		facts.append([peer.get_peer(id) != null, is_connected_peer(peer)])
	var look := func(id: int) -> void: look_at.call(server, id)
	server.peer_disconnected.connect(look)
	var id := client.get_unique_id()
	client.close()
	assert_true(poll_until(func() -> bool: return facts.size() == 1), "the server was not told")
	server.peer_disconnected.disconnect(look)
	expect_error_of("!peers.has(p_id)", "there is no peer")
	assert_true(server.get_peer(id) == null, "later")

	client = join()
	look = func(_id: int) -> void: look_at.call(client, 1)
	client.peer_disconnected.connect(look)
	server.close()
	assert_true(poll_until(func() -> bool: return facts.size() == 2), "the client was not told")
	client.peer_disconnected.disconnect(look)
	assert_equal(facts, [[true, true], [true, true]], "what handlers saw")


func test_who_has_gone_and_is_disconnected_by_force_is_not_told_of() -> void:
	if not side.is_ours():
		return # It tells of the end before the packet is read.
	start_server()
	var client := join()
	var id := client.get_unique_id()
	var connection: PacketPeerDTLSOpenSSL = server.get_peer(id)
	send(client, 1, [7])
	wait_for_packet(server)
	client.close()
	while connection.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
		OS.delay_usec(100)
	# Now the end waits for the packet to be read.
	server.poll()
	server.disconnect_peer(id, true)
	server.poll()
	assert_equal(server_log.signals, PackedStringArray(["connected %d" % id]), "the server's signals")


func test_a_client_can_disconnect_from_its_server() -> void:
	for force: bool in [false, true]:
		start_server()
		var client := join()
		var client_log := Recorder.new(client)
		client.disconnect_peer(1, force)
		assert_true(poll_until(func() -> bool: return is_over(client) and server_log.signals.size() == 2), "no end")
		assert_equal(client_log.signals.size(), 0 if force else 1, "signals of the client, by force: %s" % force)
		peers.clear()


func test_closing_a_client_tells_the_server() -> void:
	start_server()
	var client := join()
	var id := client.get_unique_id()
	var client_log := Recorder.new(client)
	client.close()
	assert_true(is_over(client), "status")
	assert_true(poll_until(func() -> bool: return server_log.signals.size() == 2), "no end")
	assert_equal(server_log.signals[1], "disconnected %d" % id, "the server's signal")
	assert_equal(client_log.signals.size(), 0, "the client's signals")


func test_closing_a_server_tells_its_clients_and_frees_the_port() -> void:
	start_server()
	var port := side.local_port(server)
	var clients := [join(), join()]
	var logs := clients.map(func(client: MultiplayerPeer) -> Recorder: return Recorder.new(client))
	server.close()
	assert_true(is_over(server), "status")
	assert_true(poll_until(func() -> bool: return clients.all(is_over)), "no end")
	for each: Recorder in logs:
		assert_equal(each.signals, PackedStringArray(["disconnected 1"]), "a client's signals")
	assert_equal(side.create_server(server, port), OK, "create_server")


func test_a_client_comes_back_with_another_id() -> void:
	start_server()
	var client := join()
	var first := client.get_unique_id()
	client.close()
	assert_true(poll_until(func() -> bool: return server_log.signals.size() == 2), "no end")
	assert_equal(side.create_client(client, side.local_port(server)), OK, "create_client")
	var second := client.get_unique_id()
	assert_true(poll_until(func() -> bool: return is_connected_peer(client) and knows(second)), "not connected")
	assert_true(first != second, "the id is another one")
	send(server, second, [7])
	assert_equal(receive(client), PackedByteArray([7]), "packet")


func test_a_handler_can_close_the_connection() -> void:
	start_server()
	var client := start_client()
	var close := func(_id: int) -> void: client.close()
	client.peer_connected.connect(close)
	assert_true(poll_until(func() -> bool: return is_over(client)), "no end")
	client.peer_connected.disconnect(close)


func test_a_handler_can_let_go_of_the_last_reference() -> void:
	start_server()
	var api := SceneMultiplayer.new()
	api.multiplayer_peer = start_client()
	peers.pop_back()
	var id := api.get_unique_id()
	var let_go := func() -> void: api.multiplayer_peer = null
	api.connected_to_server.connect(let_go)
	var has_let_go := func() -> bool:
		api.poll()
		return api.multiplayer_peer == null
	assert_true(poll_until(has_let_go), "not connected")
	if side.is_ours():
		var is_told := func() -> bool: return server_log.signals.has("disconnected %d" % id)
		assert_true(poll_until(is_told), "the server was not told")
	api.connected_to_server.disconnect(let_go)


func test_a_handler_can_disconnect_who_joins() -> void:
	start_server()
	var refuse := func(id: int) -> void: server.disconnect_peer(id)
	server.peer_connected.connect(refuse)
	var client := start_client()
	assert_true(poll_until(func() -> bool: return is_over(client) and server_log.signals.size() == 2), "no end")
	server.peer_connected.disconnect(refuse)


func test_nobody_joins_while_new_connections_are_refused() -> void:
	start_server()
	var early := join()
	server.refuse_new_connections = true
	var client := start_client()
	send(early, 1, [7])
	assert_equal(receive(server), PackedByteArray([7]), "of who was there before")
	for round in 100:
		poll()
		OS.delay_msec(1)
	assert_equal(server_log.signals.size(), 1, "the server's signals")
	assert_true(server.refuse_new_connections, "refuse_new_connections")
	server.close()
	assert_equal(server.refuse_new_connections, false, "refuse_new_connections of a closed server")


func test_no_more_join_than_the_server_allows() -> void:
	start_server(1)
	var first := join()
	var second := start_client()
	for round in 100:
		poll()
		OS.delay_msec(1)
	assert_equal(second.get_connection_status(), MultiplayerPeer.CONNECTION_CONNECTING, "status")
	first.close()
	var id := second.get_unique_id()
	assert_true(poll_until(func() -> bool: return is_connected_peer(second) and knows(id)), "no place is free")
