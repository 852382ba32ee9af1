extends "res://tests/runner/test_case.gd"
## The demo's arena without its window: in every mode that there is, a server and its clients tell each other where the dots
## are.

const Client := preload("res://demo/arena/game/client.gd")
const Credentials := preload("res://demo/arena/network/credentials.gd")
const Game := preload("res://demo/arena/game/game.gd")
const Mode := preload("res://demo/arena/network/mode.gd")
const Report := preload("res://demo/arena/game/report.gd")
const Scratch := preload("../runner/scratch.gd")

const CLIENTS := 2
const PATIENCE_MSEC := 15_000
const DELTA := 1.0 / 60.0

static var _folder := Scratch.make_folder()


## A mode, as a parameter of tests.
class Labelled:
	var mode: Mode
	var label: String

	func _init(p_mode: Mode) -> void:
		mode = p_mode
		label = "%s, %s" % [Mode.IMPLEMENTATIONS[mode.implementation], Mode.IDENTITIES[mode.identity]]


var game: Game


func parameters() -> Array:
	var modes := []
	for implementation: Mode.Implementation in Mode.Implementation.values():
		for identity: Mode.Identity in Mode.Identity.values():
			if Mode.obstacle(implementation, identity).is_empty():
				modes.append(Labelled.new(Mode.new(implementation, identity)))
	return modes


func prepare() -> void:
	game = Game.new(Credentials.in_folder(_folder))
	game.mode = parameter.mode
	game.port = 0
	assert_equal(game.host(), OK, "host")
	assert_equal(game.join(CLIENTS), OK, "join")
	assert_true(await step_until(all_play), "not all play")


func test_clients_see_each_other_where_the_server_has_them() -> void:
	game.clients[0].target = Vector2(0.6, 0.5)
	game.clients[1].target = Vector2(0.5, 0.6)
	assert_true(await step_until(positions_are_right), "%s" % game.clients[0].dots)
	game.close()


func test_what_is_known_of_a_connection_is_reported() -> void:
	assert_true(await step_until(func() -> bool: return game.clients[0].round_trip_usec > 0), "no round trip")
	var rows := Report.of_client(game)
	assert_equal(rows["Status"], "connected", "status")
	assert_equal(Report.of_server(game)["Players"], str(CLIENTS), "players")
	var is_engine: bool = game.mode.implementation == Mode.Implementation.ENGINE
	for row: String in ["Cipher", "Identity", "Handshake", "Dropped"]:
		assert_equal(rows[row] == Report.UNKNOWN, is_engine, row)
	game.close()


func test_clients_join_again_when_the_server_restarts() -> void:
	game.stop_hosting()
	# Whatever they still send must not be the first that the engine's new server hears, because it reports an error.
	assert_true(await step_until(func() -> bool: return all_are(Client.State.JOINING)), "not all joining")
	assert_equal(game.host(), OK, "host")
	assert_true(await step_until(all_play), "not all play again")
	game.close()


func test_a_cut_link_carries_nothing_until_it_is_mended() -> void:
	game.cut(true)
	assert_true(await step_until(func() -> bool: return game.clients[0].silence > 1.0), "it still hears of the server")
	assert_equal(game.clients[0].state, Client.State.PLAYING, "its state before its patience ends")
	game.cut(false)
	assert_true(await step_until(func() -> bool: return game.clients[0].silence < 0.1), "it hears nothing")
	assert_true(game.clients[0].lost_wishes > 0, "no wish was lost")
	game.close()


func test_clients_give_up_a_silent_server_and_join_it_again() -> void:
	game.cut(true)
	assert_true(await step_until(func() -> bool: return game.clients[0].state != Client.State.PLAYING), "no end")
	assert_equal(game.clients[0].last_error, "the server says nothing", "reason")
	game.cut(false)
	assert_true(await step_until(all_play), "not all play again")
	game.close()


func all_are(state: Client.State) -> bool:
	return game.clients.all(func(client: Client) -> bool: return client.state == state)


func all_play() -> bool:
	var all_see_themselves := game.clients.all(
		func(client: Client) -> bool: return client.dots.has(client.own_number),
	)
	return all_are(Client.State.PLAYING) and all_see_themselves


func positions_are_right() -> bool:
	for client in game.clients:
		if client.dots.size() != CLIENTS:
			return false
		for seen in game.clients:
			var position: Vector2 = client.dots.get(seen.own_number, Vector2.ZERO)
			if position.distance_to(seen.target) > 0.001:
				return false
	return true


func step_until(condition: Callable) -> bool:
	var stepped := func() -> bool:
		game.step(DELTA)
		return condition.call()
	return await until(stepped, PATIENCE_MSEC)
