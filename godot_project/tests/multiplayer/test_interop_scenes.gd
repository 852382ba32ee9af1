extends "../support/enet_interop_test.gd"
## Scene trees with the engine's peer and with ours, in one game. The server relays between them.


func test_clients_of_both_kinds_reach_each_other_through_the_server() -> void:
	var clients := await _add_game()
	for pair: Array in [[clients[0], clients[1]], [clients[1], clients[0]]]:
		var from: Machine = pair[0]
		var to: Machine = pair[1]
		from.player.say.rpc_id(to.id(), "to one")
		from.player.whisper.rpc_id(to.id(), "quietly")
		await wait(func() -> bool: return to.player.calls.size() == 2, "no calls")
		to.player.calls.sort()
		assert_equal(to.player.calls, [[from.id(), "quietly"], [from.id(), "to one"]], "from %s" % from.root.name)
	assert_equal(host.player.calls, [], "calls of the server, which only relays")
	finish()


func test_what_anyone_tells_all_reaches_all() -> void:
	await _add_game()
	for from in machines:
		from.player.say.rpc("to all")
		var others := machines.filter(func(machine: Machine) -> bool: return machine != from)
		var is_called := func(machine: Machine) -> bool: return machine.player.calls.size() == 1
		await wait(func() -> bool: return others.all(is_called), "no calls")
		for other: Machine in others:
			assert_equal(other.player.calls, [[from.id(), "to all"]], "from %s to %s" % [from.root.name, other.root.name])
			other.player.calls.clear()
	finish()


func test_a_client_learns_that_another_one_left_or_was_kicked() -> void:
	var clients := await _add_game()
	for is_kicked: bool in [false, true]:
		var gone: Machine = clients[0 if is_kicked else 1]
		var stays: Machine = clients[1 if is_kicked else 0]
		var id := gone.id()
		if is_kicked:
			host.api.disconnect_peer(id)
		else:
			gone.api.multiplayer_peer.close()
		await wait(func() -> bool: return "peer_disconnected %d" % id in stays.signals, "not told")
		assert_true(not id in host.api.get_peers(), "the server has it still")
		# And that it came back.
		gone.api.multiplayer_peer = start_client() if is_kicked else start_client_of_servers_kind()
		await wait(are_all_connected, "not connected again")
	finish()


func test_without_relaying_clients_know_the_server_only() -> void:
	add_host()
	host.api.server_relay = false
	var clients := [add_client("Other"), _add_client_of_servers_kind()]
	await wait(func() -> bool: return host.api.get_peers().size() == 2, "not connected")
	for client: Machine in clients:
		client.player.say.rpc("to all")
	await wait(func() -> bool: return host.player.calls.size() == 2, "no calls")
	for client: Machine in clients:
		assert_equal(client.signals, PackedStringArray(["connected_to_server", "peer_connected 1"]), "signals")
		assert_equal(client.player.calls, [], "calls")
	finish()


func test_spawned_and_synchronized_nodes_appear_at_clients_of_both_kinds() -> void:
	var clients := await _add_game()
	var dot: Node2D = add_spawners().spawn(5)
	for client: Machine in clients:
		await wait(func() -> bool: return client.root.has_node(NodePath(dot.name)), "not spawned")
		assert_equal(client.root.get_node(NodePath(dot.name)).get_meta("number"), 5, "what it was spawned with")
	dot.position = Vector2(3, 4)
	for client: Machine in clients:
		var copy: Node2D = client.root.get_node(NodePath(dot.name))
		await wait(func() -> bool: return copy.position == dot.position, "not synchronized")
	var path := NodePath(dot.name)
	dot.free()
	for client: Machine in clients:
		await wait(func() -> bool: return not client.root.has_node(path), "not despawned")
	finish()


## A server, a client of the other kind, and one of the server's.
func _add_game() -> Array[Machine]:
	add_host()
	var clients: Array[Machine] = [add_client("Other"), _add_client_of_servers_kind()]
	await wait(are_all_connected, "not connected")
	return clients


func _add_client_of_servers_kind() -> Machine:
	var machine := add_machine("Same")
	machine.api.multiplayer_peer = start_client_of_servers_kind()
	return machine
