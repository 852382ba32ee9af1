extends "res://tests/runner/test_case.gd"
## The demo of RPCs, spawned and synchronized nodes, without a screen.

const Arena := preload("res://demo/arena/arena.gd")
const Connection := preload("res://demo/multiplayer/connection.gd")
const Multiplayer := preload("res://demo/multiplayer/multiplayer.gd")
const Options := preload("res://demo/arena/options.gd")
const Player := preload("res://demo/multiplayer/player.gd")
const World := preload("res://demo/multiplayer/world.gd")

const ARENA := preload("res://demo/arena/arena.tscn")
const SCENE := preload("res://demo/multiplayer/multiplayer.tscn")
const PATIENCE_MSEC := 15_000
## More than what the engine keeps once it has shown these controls. A second window adds nothing.
const KEPT_BY_ENGINE := 40

static var _folder := DirAccess.create_temp("dtls_multiplayer")

var demo: Multiplayer


func open() -> void:
	objects_kept = KEPT_BY_ENGINE
	demo = SCENE.instantiate()
	demo.folder = _folder.get_current_dir()
	tree.root.add_child(demo)
	assert_true(await until(all_know_all, PATIENCE_MSEC), "not all know all")


func close() -> void:
	demo.queue_free()
	await tree.process_frame


func test_every_side_has_the_players_where_the_server_has_them() -> void:
	await open()
	assert_equal(demo.clients.size(), 2, "clients")
	var is_moving := func() -> bool: return demo.clients[0].own_player().place != Vector2(0.5, 0.5)
	assert_true(await until(is_moving, PATIENCE_MSEC), "nobody moves")
	# Nobody wishes any more, so that all come to rest.
	for client in demo.clients:
		client.set_process(false)
	assert_true(await until(func() -> bool: return demo.clients.all(has_truth), PATIENCE_MSEC), "places differ")
	await close()


func test_a_client_that_waves_is_seen_by_all() -> void:
	await open()
	demo.get_node("%Wave").pressed.emit()
	var id := demo.clients[0].multiplayer.get_unique_id()
	var has_seen := func(world: World) -> bool: return world.player(id).waves == 1
	assert_true(await until(func() -> bool: return worlds().all(has_seen), PATIENCE_MSEC), "not all have seen it")
	await close()


func test_a_client_cannot_move_or_wave_for_another() -> void:
	await open()
	var victim := demo.clients[1].multiplayer.get_unique_id()
	var cheat := demo.clients[0]
	for client in demo.clients:
		client.set_process(false)
	cheat.player(victim).go_to.rpc_id(1, Vector2.ONE)
	cheat.player(victim).wave.rpc()
	# What comes after it is a sign that it has come.
	cheat.wave()
	var own := cheat.multiplayer.get_unique_id()
	assert_true(await until(func() -> bool: return demo.server.player(own).waves == 1, PATIENCE_MSEC), "not called")
	assert_equal(demo.server.player(victim).waves, 0, "waves")
	assert_true(demo.server.player(victim).target != Vector2.ONE, "it moves")
	await close()


func test_a_place_that_is_none_is_ignored() -> void:
	await open()
	var client := demo.clients[0]
	var id := client.multiplayer.get_unique_id()
	client.set_process(false)
	client.player(id).go_to.rpc_id(1, Vector2(NAN, INF))
	client.wave()
	assert_true(await until(func() -> bool: return demo.server.player(id).waves == 1, PATIENCE_MSEC), "not called")
	assert_true(demo.server.player(id).target.is_finite(), "%s" % demo.server.player(id).target)
	await close()


func test_clients_can_be_added_and_removed() -> void:
	await open()
	demo.get_node("%Add").pressed.emit()
	assert_equal(demo.clients.size(), 3, "clients")
	assert_equal(demo.get_node("%Add").disabled, true, "Add")
	assert_true(await until(all_know_all, PATIENCE_MSEC), "not all know the new one")
	demo.get_node("%Remove").pressed.emit()
	assert_true(await until(all_know_all, PATIENCE_MSEC), "not all know that it has left")
	assert_equal(demo.server.players().size(), 2, "players")
	await close()


func test_the_engine_s_peer_takes_its_place_where_the_engine_has_dtls_for_it() -> void:
	await open()
	if not has_dtls_for_enet():
		expect_error("ENet DTLS support not available", 2)
	demo.get_node("%Kind").get_button(Connection.Kind.ENGINE).pressed.emit()
	if demo.server != null:
		assert_true(await until(all_know_all, PATIENCE_MSEC), "not all know all")
	else:
		var problem: String = demo.get_node("%Problem").text
		assert_true(problem.contains("built without DTLS for ENet"), problem)
	demo.get_node("%Kind").get_button(Connection.Kind.OURS).pressed.emit()
	assert_true(await until(all_know_all, PATIENCE_MSEC), "not all know all again")
	assert_equal(demo.get_node("%Problem").text, "", "problem")
	await close()


func test_a_button_of_the_arena_leads_to_it() -> void:
	objects_kept = KEPT_BY_ENGINE
	var arena: Arena = ARENA.instantiate()
	arena.options = Options.new()
	arena.options.port = 0
	arena.options.folder = _folder.get_current_dir()
	tree.root.add_child(arena)
	tree.current_scene = arena
	arena.get_node("%Multiplayer").pressed.emit()
	assert_true(await until(func() -> bool: return tree.current_scene is Multiplayer, PATIENCE_MSEC), "not there")
	tree.current_scene.queue_free()
	await tree.process_frame
	# The arena reads the command line, which is the tests' here. So its button is not pressed.
	assert_true(ResourceLoader.exists(Multiplayer.ARENA), "there is no way back")


func test_it_tells_what_a_client_knows_of_its_server() -> void:
	await open()
	var facts := func() -> Dictionary: return demo.clients[0].connection.facts()
	assert_true(await until(func() -> bool: return facts.call()["Cipher"].begins_with("TLS_"), PATIENCE_MSEC), "no cipher")
	assert_true(facts.call()["Server"].begins_with("sha256:"), facts.call()["Server"])
	await close()


## Whether it does is known by trying only.
func has_dtls_for_enet() -> bool:
	var connection := ENetConnection.new()
	connection.create_host_bound("127.0.0.1", 0)
	return connection.dtls_client_setup("localhost") != ERR_UNAVAILABLE


func worlds() -> Array[World]:
	return demo.clients + ([demo.server] as Array[World])


func all_know_all() -> bool:
	return worlds().all(
		func(world: World) -> bool: return world.players().size() == demo.clients.size(),
	) and demo.clients.all(func(client: World) -> bool: return client.own_player() != null)


func has_truth(client: World) -> bool:
	return demo.server.players().all(
		func(truth: Player) -> bool: return client.player(truth.id()).place == truth.place,
	)
