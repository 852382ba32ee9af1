extends "../support/scene_test.gd"
## What the scene tree's multiplayer makes of a peer: RPCs, relaying, authentication, spawned and synchronized nodes.


func test_remote_calls_go_both_ways() -> void:
	add_host()
	var client := add_client("Client")
	await wait(are_all_connected, "not connected")
	client.player.say.rpc("from the client")
	host.player.say.rpc_id(client.id(), "from the server")
	client.player.whisper.rpc_id(1, "quietly")
	await wait(func() -> bool: return host.player.calls.size() == 2 and client.player.calls.size() == 1, "calls")
	assert_equal(client.player.calls, [[1, "from the server"]], "the client's")
	host.player.calls.sort()
	assert_equal(host.player.calls, [[client.id(), "from the client"], [client.id(), "quietly"]], "the server's")
	finish()


func test_signals_come_in_their_order() -> void:
	add_host()
	var client := add_client("Client")
	await wait(are_all_connected, "not connected")
	assert_equal(client.signals, PackedStringArray(["connected_to_server", "peer_connected 1"]), "at first")
	server.disconnect_peer(client.id())
	await wait(func() -> bool: return "server_disconnected" in client.signals and host.signals.size() == 2, "no end")
	assert_equal(client.signals.slice(2), PackedStringArray(["peer_disconnected 1", "server_disconnected"]), "at last")
	finish()


func test_clients_reach_each_other_through_the_server() -> void:
	add_host()
	var first := add_client("First")
	var second := add_client("Second")
	await wait(are_all_connected, "not connected")
	first.player.say.rpc_id(second.id(), "to one")
	await wait(func() -> bool: return second.player.calls.size() == 1, "no call")
	second.player.say.rpc("to all")
	await wait(func() -> bool: return first.player.calls.size() == 1 and host.player.calls.size() == 1, "no calls")
	assert_equal(second.player.calls, [[first.id(), "to one"]], "the second client's")
	assert_equal(first.player.calls, [[second.id(), "to all"]], "the first client's")
	assert_equal(host.player.calls, [[second.id(), "to all"]], "the server's")
	var gone := second.id()
	second.api.multiplayer_peer.close()
	await wait(func() -> bool: return "peer_disconnected %d" % gone in first.signals, "the other client is not told")
	finish()


func test_spawned_and_synchronized_nodes_appear_at_clients() -> void:
	add_host()
	var client := add_client("Client")
	await wait(are_all_connected, "not connected")
	var dot: Node2D = add_spawners().spawn(5)
	await wait(func() -> bool: return client.root.has_node(NodePath(dot.name)), "not spawned")
	var copy: Node2D = client.root.get_node(NodePath(dot.name))
	assert_equal(copy.get_meta("number"), 5, "what it was spawned with")
	dot.position = Vector2(3, 4)
	await wait(func() -> bool: return copy.position == Vector2(3, 4), "not synchronized")
	dot.free()
	await wait(func() -> bool: return client.root.get_child_count() == 2, "not despawned")
	finish()


func test_who_fails_authentication_is_disconnected() -> void:
	add_host()
	host.api.auth_callback = func(id: int, token: PackedByteArray) -> void:
		if token == "let me in".to_utf8_buffer():
			host.api.complete_auth(id)
		else:
			host.api.disconnect_peer(id)
	for token: String in ["let me in", "guess"]:
		var client := add_machine(token)
		client.api.auth_callback = func(_id: int, _token: PackedByteArray) -> void: pass
		client.api.peer_authenticating.connect(client.send_token.bind(token.to_utf8_buffer()))
		client.api.multiplayer_peer = start_client()
		if token == "guess":
			await wait(func() -> bool: return client.signals.size() > 0, "no end")
			assert_true(not "connected_to_server" in client.signals, "it is let in")
		else:
			await wait(func() -> bool: return "connected_to_server" in client.signals, "it is not let in")
	for machine in machines:
		machine.api.auth_callback = Callable()
	finish()
