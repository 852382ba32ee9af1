extends "res://tests/runner/test_case.gd"
## The demo's window and its controls, without a screen.

const Arena := preload("res://demo/arena/arena.gd")
const Client := preload("res://demo/arena/game/client.gd")
const Mode := preload("res://demo/arena/network/mode.gd")
const Options := preload("res://demo/arena/options.gd")
const Scratch := preload("../runner/scratch.gd")

const SCENE := preload("res://demo/arena/arena.tscn")
const CLIENTS := 2
const PATIENCE_MSEC := 15_000
## More than what the engine keeps once it has shown these controls. A second window adds nothing.
const KEPT_BY_ENGINE := 40

static var _folder := Scratch.make_folder()

var arena: Arena


func open() -> void:
	objects_kept = KEPT_BY_ENGINE
	arena = SCENE.instantiate()
	arena.options = Options.new()
	arena.options.port = 0
	arena.options.clients = CLIENTS
	arena.options.folder = _folder
	tree.root.add_child(arena)
	assert_true(await until(has_players.bind(CLIENTS), PATIENCE_MSEC), "not all play")


func close() -> void:
	arena.queue_free()
	await tree.process_frame


func test_it_starts_with_a_server_and_clients() -> void:
	await open()
	assert_equal(button("Host").text, "Stop hosting", "Host")
	assert_equal(button("Join").text, "Leave", "Join")
	assert_true(await until(func() -> bool: return "connected" in values("ClientRows"), PATIENCE_MSEC), "no status")
	assert_equal(arena.get_node("%Problem").text, "", "problem")
	await close()


func test_the_server_can_be_stopped_and_started() -> void:
	await open()
	press("Host")
	assert_equal(button("Host").text, "Host", "Host")
	assert_equal(button("Restart").disabled, true, "Restart")
	press("Host")
	assert_true(await until(has_players.bind(CLIENTS), PATIENCE_MSEC), "not all play again")
	await close()


func test_the_server_can_be_restarted() -> void:
	await open()
	var before := arena.game.server
	press("Restart")
	assert_true(arena.game.server != before, "the same server")
	assert_true(await until(has_players.bind(CLIENTS), PATIENCE_MSEC), "not all play again")
	before = null
	await close()


func test_clients_can_leave_and_join() -> void:
	await open()
	press("Join")
	assert_true(await until(has_players.bind(0), PATIENCE_MSEC), "still there")
	arena.get_node("%Clients").value = CLIENTS + 1
	assert_equal(arena.game.clients.size(), 0, "clients before they join")
	press("Join")
	assert_true(await until(has_players.bind(CLIENTS + 1), PATIENCE_MSEC), "not all play")
	arena.get_node("%Clients").value = 1
	assert_true(await until(has_players.bind(1), PATIENCE_MSEC), "not all others left")
	await close()


func test_the_link_can_be_cut_and_mended() -> void:
	await open()
	arena.get_node("%Cut").button_pressed = true
	assert_equal(button("Cut").text, "Mend the link", "Cut")
	assert_true(await until(func() -> bool: return arena.game.clients[0].silence > 0.5, PATIENCE_MSEC), "not cut")
	arena.get_node("%Cut").button_pressed = false
	assert_true(await until(func() -> bool: return arena.game.clients[0].silence < 0.1, PATIENCE_MSEC), "not mended")
	await close()


func test_switches_start_the_game_anew() -> void:
	await open()
	choose("Implementation", Mode.Implementation.OURS)
	choose("Identity", Mode.Identity.PSK)
	assert_true(await until(has_players.bind(CLIENTS), PATIENCE_MSEC), "not all play")
	assert_true(await until(func() -> bool: return "player-1" in values("ClientRows"), PATIENCE_MSEC), "no identity")
	await close()


func test_what_cannot_be_combined_is_disabled_and_says_why() -> void:
	await open()
	choose("Implementation", Mode.Implementation.ENGINE)
	for identity: Mode.Identity in [Mode.Identity.PINNED, Mode.Identity.PSK]:
		var choice: Button = arena.get_node("%Identity").get_button(identity)
		assert_equal(choice.disabled, true, choice.text)
		assert_true(choice.tooltip_text.begins_with("The engine's TLSOptions"), choice.tooltip_text)
	choose("Implementation", Mode.Implementation.NATIVE)
	choose("Identity", Mode.Identity.PINNED)
	assert_equal(arena.get_node("%Implementation").get_button(Mode.Implementation.ENGINE).disabled, true, "Engine")
	await close()


func test_a_port_in_use_is_a_problem_in_words() -> void:
	await open()
	press("Host")
	var other := UDPServer.new()
	other.listen(arena.game.port, "127.0.0.1")
	expect_error("cannot be opened")
	press("Host")
	assert_true(arena.get_node("%Problem").text.contains("Is port"), arena.get_node("%Problem").text)
	assert_equal(button("Host").text, "Host", "Host")
	await close()


func test_options_are_read_from_the_command_line() -> void:
	var joining := Options.parse(["--join", "3", "--port", "5000", "--implementation", "ours", "--identity", "psk"])
	assert_equal([joining.hosts, joining.clients, joining.port], [false, 3, 5000], "a client's")
	assert_equal([joining.mode.implementation, joining.mode.identity], [Mode.Implementation.OURS, Mode.Identity.PSK], "mode")
	var hosting := Options.parse(["--host"])
	assert_equal([hosting.hosts, hosting.clients, hosting.problem], [true, 0, ""], "a server's")
	assert_true(Options.parse(["--jion", "3"]).problem.contains("--jion"), "a slip")
	var impossible := Options.parse(["--implementation", "engine", "--identity", "psk"])
	assert_true(impossible.problem.contains("no pre-shared keys"), impossible.problem)


func button(name: String) -> Button:
	return arena.get_node("%" + name)


func press(name: String) -> void:
	button(name).pressed.emit()


func choose(switch: String, index: int) -> void:
	arena.get_node("%" + switch).get_button(index).pressed.emit()


func values(rows: String) -> PackedStringArray:
	var texts: PackedStringArray = []
	for label: Label in arena.get_node("%" + rows).get_children():
		texts.append(label.text)
	return texts


## The server knows of so many, and the clients know that they are connected: before that, a client cannot say that it leaves.
func has_players(count: int) -> bool:
	var is_playing := func(client: Client) -> bool: return client.state == Client.State.PLAYING
	return arena.game.server != null and arena.game.server.dots.size() == count and arena.game.clients.all(is_playing)
