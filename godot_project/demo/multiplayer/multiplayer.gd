extends Control
## The demo of RPCs, spawned and synchronized nodes: a server and several clients in one window, with the engine's peer or ours.

const Connection := preload("connection.gd")
const Credentials := preload("../arena/network/credentials.gd")
const Rows := preload("../arena/ui/rows.gd")
const Switch := preload("../arena/ui/switch.gd")
const World := preload("world.gd")

const WORLD := preload("world.tscn")
const MAX_CLIENTS := 3
const REPORT_INTERVAL := 0.25
const ARENA := "res://demo/arena/arena.tscn"

## Where keys and certificates are kept.
var folder := "user://arena"
var kind := Connection.Kind.OURS
## Null if there is none.
var server: World
var clients: Array[World] = []

var _credentials: Credentials
var _port := 0
var _until_report := 0.0

@onready var _worlds: Container = %Worlds
@onready var _switch: Switch = %Kind
@onready var _add: Button = %Add
@onready var _remove: Button = %Remove
@onready var _wave: Button = %Wave
@onready var _facts: Rows = %Facts
@onready var _problem: Label = %Problem


func _ready() -> void:
	_credentials = Credentials.in_folder(folder)
	_switch.fill(["ENetMultiplayerPeer", "ENetMultiplayerPeerOpenSSL"])
	_switch.selected.connect(_on_kind_selected)
	_add.pressed.connect(add_client)
	_remove.pressed.connect(remove_client)
	_wave.pressed.connect(_on_wave_pressed)
	%Arena.pressed.connect(func() -> void: get_tree().change_scene_to_file(ARENA))
	start(kind, 2)


func _process(delta: float) -> void:
	_until_report -= delta
	if _until_report <= 0.0:
		_until_report = REPORT_INTERVAL
		_facts.show_rows(clients[0].connection.facts() if not clients.is_empty() else { })


## A server and its clients, instead of those that there are.
func start(a_kind: Connection.Kind, client_count: int) -> void:
	stop()
	kind = a_kind
	_problem.text = ""
	var connection := Connection.new(kind, _credentials)
	connection.host()
	server = _add_world(connection, "Server")
	if server != null:
		_port = connection.get_local_port()
		for number in client_count:
			add_client()
	_show_controls()


func stop() -> void:
	while not clients.is_empty():
		_remove_world(clients.pop_back())
	if server != null:
		_remove_world(server)
		server = null


func add_client() -> void:
	var connection := Connection.new(kind, _credentials)
	connection.join(_port)
	var client := _add_world(connection, "Client%d" % (clients.size() + 1))
	if client != null:
		clients.append(client)
	_show_controls()


func remove_client() -> void:
	_remove_world(clients.pop_back())
	_show_controls()


## Null, and a reason for the player, if there is no connection.
func _add_world(connection: Connection, world_name: String) -> World:
	if connection.peer == null:
		_problem.text = "Not started: %s." % connection.problem
		return null
	var world: World = WORLD.instantiate()
	world.name = world_name
	world.connection = connection
	_worlds.add_child(world)
	return world


func _remove_world(world: World) -> void:
	_worlds.remove_child(world)
	world.queue_free()


func _show_controls() -> void:
	_switch.select(kind)
	_add.disabled = server == null or clients.size() == MAX_CLIENTS
	_remove.disabled = clients.is_empty()
	_wave.disabled = clients.is_empty()


func _on_kind_selected(index: int) -> void:
	start(index as Connection.Kind, maxi(clients.size(), 2))


func _on_wave_pressed() -> void:
	clients[0].wave()
