extends Control
## The demo: an arena in which several clients move as dots on one server. This script connects the controls to the game.

const Board := preload("ui/board.gd")
const CostGraph := preload("ui/cost_graph.gd")
const Credentials := preload("network/credentials.gd")
const Game := preload("game/game.gd")
const Mode := preload("network/mode.gd")
const Options := preload("options.gd")
const Report := preload("game/report.gd")
const Rows := preload("ui/rows.gd")
const Switch := preload("ui/switch.gd")

const REPORT_INTERVAL := 0.25
const PRINT_INTERVAL := 1.0
const MULTIPLAYER := "res://demo/multiplayer/multiplayer.tscn"

var options: Options = Options.parse(OS.get_cmdline_user_args())
var game: Game

var _until_report := 0.0
var _until_print := PRINT_INTERVAL

@onready var _board: Board = %Board
@onready var _graph: CostGraph = %CostGraph
@onready var _server_cost: Label = %ServerCost
@onready var _clients_cost: Label = %ClientsCost
@onready var _implementation: Switch = %Implementation
@onready var _identity: Switch = %Identity
@onready var _host: Button = %Host
@onready var _restart: Button = %Restart
@onready var _clients: SpinBox = %Clients
@onready var _join: Button = %Join
@onready var _cut: Button = %Cut
@onready var _client_rows: Rows = %ClientRows
@onready var _server_rows: Rows = %ServerRows
@onready var _problem: Label = %Problem


func _ready() -> void:
	if options.problem:
		printerr(options.problem)
		get_tree().quit(1)
		return
	game = Game.new(Credentials.in_folder(options.folder))
	game.mode = options.mode
	game.port = options.port
	_fill_controls()
	var error := game.host() if options.hosts else OK
	if error == OK:
		error = game.join(options.clients)
	_after("start", error)


func _process(delta: float) -> void:
	if game == null:
		return
	if not game.clients.is_empty():
		game.clients[0].target = _board.pointer
	game.step(delta)
	_board.show_game(game)
	_graph.add_frame(game.server_usec, game.clients_usec)
	_until_report -= delta
	if _until_report <= 0.0:
		_until_report = REPORT_INTERVAL
		_show_report()
	_until_print -= delta
	if _until_print <= 0.0 and DisplayServer.get_name() == "headless":
		_until_print = PRINT_INTERVAL
		print("server: %s; client: %s" % [Report.of_server(game), Report.of_client(game)])


func _exit_tree() -> void:
	if game != null:
		game.close()


func _fill_controls() -> void:
	_implementation.fill(["Engine", "Ours", "Native"])
	_identity.fill(["Certificate", "Pinned", "PSK"])
	_implementation.selected.connect(_on_implementation_selected)
	_identity.selected.connect(_on_identity_selected)
	_clients.max_value = Game.MAX_CLIENTS
	_clients.set_value_no_signal(options.clients if options.clients > 0 else Options.CLIENTS)
	_clients.value_changed.connect(_on_clients_changed)
	_host.pressed.connect(_on_host_pressed)
	_restart.pressed.connect(_on_restart_pressed)
	_join.pressed.connect(_on_join_pressed)
	_cut.toggled.connect(_on_cut_toggled)
	%Multiplayer.pressed.connect(func() -> void: get_tree().change_scene_to_file(MULTIPLAYER))


func _on_implementation_selected(index: int) -> void:
	_switch_to(Mode.new(index as Mode.Implementation, game.mode.identity))


func _on_identity_selected(index: int) -> void:
	_switch_to(Mode.new(game.mode.implementation, index as Mode.Identity))


func _switch_to(mode: Mode) -> void:
	_after("switch", game.switch_to(mode))


func _on_host_pressed() -> void:
	if game.server != null:
		game.stop_hosting()
		_after("stop", OK)
	else:
		_after("host", game.host())


func _on_restart_pressed() -> void:
	_after("restart", game.host())


func _on_join_pressed() -> void:
	_after("join", game.join(0 if not game.clients.is_empty() else int(_clients.value)))


func _on_clients_changed(count: float) -> void:
	if not game.clients.is_empty():
		_after("join", game.join(int(count)))


func _on_cut_toggled(is_cut: bool) -> void:
	game.cut(is_cut)
	_after("cut", OK)


## Shows what has become of an attempt.
func _after(attempt: String, error: Error) -> void:
	_problem.text = "" if error == OK else "Cannot %s: %s" % [attempt, error_string(error)]
	if error == ERR_UNAVAILABLE or error == ERR_ALREADY_IN_USE:
		_problem.text += ". Is port %d in use?" % game.port
	_implementation.select(game.mode.implementation)
	_identity.select(game.mode.identity)
	for index in Mode.IMPLEMENTATIONS.size():
		_implementation.refuse(index, Mode.obstacle(index as Mode.Implementation, game.mode.identity))
	for index in Mode.IDENTITIES.size():
		_identity.refuse(index, Mode.obstacle(game.mode.implementation, index as Mode.Identity))
	_host.text = "Host" if game.server == null else "Stop hosting"
	_restart.disabled = game.server == null
	_join.text = "Join" if game.clients.is_empty() else "Leave"
	_cut.text = "Cut the link" if not game.is_cut else "Mend the link"
	_until_report = 0.0


func _show_report() -> void:
	_client_rows.show_rows(Report.of_client(game))
	_server_rows.show_rows(Report.of_server(game))
	_server_cost.text = "server %d µs" % _graph.server_median()
	_clients_cost.text = "clients %d µs" % _graph.clients_median()
