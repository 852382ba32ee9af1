extends "../support/enet_interop_test.gd"
## How connections between the engine's peer and ours begin and end.

## Round trips of another client, meanwhile.
const ROUND_TRIPS := 50


func test_a_client_that_is_refused_can_join_once_the_server_takes_clients_again() -> void:
	start_server()
	var early := join()
	server.refuse_new_connections = true
	var client := start_client()
	_talk(early)
	assert_equal(server_log.signals.size(), 1, "the server's signals")
	server.refuse_new_connections = false
	# The engine's server lets a client believe that it is connected. Ours does not answer, so the client asks again.
	if server_side.is_ours():
		assert_equal(client.get_connection_status(), MultiplayerPeer.CONNECTION_CONNECTING, "status")
	else:
		assert_true(poll_until(is_connected_peer.bind(client)), "it is told")
		client.close()
		restart_client(client)
	assert_joins(client)


func test_a_client_of_a_full_server_joins_once_there_is_room() -> void:
	start_server(1)
	var first := join()
	var second := start_client()
	_talk(first)
	assert_equal(second.get_connection_status(), MultiplayerPeer.CONNECTION_CONNECTING, "status")
	assert_equal(server_log.signals.size(), 1, "the server's signals")
	first.close()
	assert_joins(second)


func test_a_kicked_client_is_told_and_its_server_too() -> void:
	start_server()
	var client := join()
	var client_log := Recorder.new(client)
	var id := client.get_unique_id()
	server.disconnect_peer(id)
	assert_true(poll_until(func() -> bool: return is_over(client) and server_log.signals.size() == 2), "no end")
	assert_equal(client_log.signals, PackedStringArray(["disconnected 1"]), "the client's signals")
	assert_equal(server_log.signals[1], "disconnected %d" % id, "the server's signal")


func test_a_client_that_is_kicked_by_force_is_told_and_others_stay() -> void:
	start_server()
	var client := join()
	var other := join()
	var client_log := Recorder.new(client)
	server.disconnect_peer(client.get_unique_id(), true)
	assert_true(poll_until(is_over.bind(client)), "no end")
	assert_equal(client_log.signals, PackedStringArray(["disconnected 1"]), "the client's signals")
	_talk(other)
	assert_equal(server_log.signals.size(), 2, "the server's signals")


func test_a_client_disconnects_from_its_server() -> void:
	start_server()
	for force: bool in [false, true]:
		server_log.signals.clear()
		var client := join()
		var client_log := Recorder.new(client)
		client.disconnect_peer(1, force)
		assert_true(poll_until(func() -> bool: return is_over(client) and server_log.signals.size() == 2), "no end")
		assert_equal(client_log.signals.size(), 0 if force else 1, "signals of the client, by force: %s" % force)


func test_closing_either_side_tells_the_other() -> void:
	start_server()
	var client := join()
	client.close()
	assert_true(poll_until(func() -> bool: return server_log.signals.size() == 2), "the server is not told")
	var others := [join(), join()]
	server.close()
	assert_true(poll_until(func() -> bool: return others.all(is_over)), "the clients are not told")


func test_a_client_comes_back_after_leaving_and_after_a_kick() -> void:
	start_server()
	var client := join()
	for leaves: bool in [true, false]:
		server_log.signals.clear()
		var id := client.get_unique_id()
		if leaves:
			client.close()
		else:
			server.disconnect_peer(id)
		assert_true(poll_until(func() -> bool: return is_over(client) and server_log.signals.size() == 1), "no end")
		restart_client(client)
		assert_joins(client)
		assert_true(client.get_unique_id() != id, "the id is another one")


func test_a_client_comes_back_to_a_server_that_has_restarted() -> void:
	start_server()
	var port := server_side.local_port(server)
	var client := join()
	server.close()
	assert_true(poll_until(is_over.bind(client)), "no end")
	restart_server(port)
	restart_client(client)
	assert_joins(client)


## Both sides know each other, and packets flow.
func assert_joins(client: MultiplayerPeer) -> void:
	var id := client.get_unique_id()
	assert_true(poll_until(func() -> bool: return is_connected_peer(client) and knows(id)), "not connected")
	_talk(client, 1)


func _talk(client: MultiplayerPeer, round_trips := ROUND_TRIPS) -> void:
	for number in round_trips:
		send(client, 1, [number])
		assert_equal(receive(server), PackedByteArray([number]), "the client's packet")
		send(server, client.get_unique_id(), [number])
		assert_equal(receive(client), PackedByteArray([number]), "the server's packet")
