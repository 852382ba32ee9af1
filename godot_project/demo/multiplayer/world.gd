extends PanelContainer
## One side of the game, the server or a client. All sides have the same scene, as RPCs and spawners ask for.

const Connection := preload("connection.gd")
const Player := preload("player.gd")

const PLAYER := preload("player.tscn")
const WISH_INTERVAL := 1.0 / 30.0
const REST := 0.02
const GOLDEN_RATIO := 0.618034

## A branch of the tree is a side of its own here, so that one window has several. A game that is one side needs nothing of this:
## it sets the multiplayer_peer of `multiplayer`.
var api := MultiplayerAPI.create_default_interface()
var connection: Connection

var _until_wish := 0.0
var _spawned := 0
var _wander_target := Vector2(0.5, 0.5)

@onready var _players: Control = %Players
@onready var _caption: Label = %Caption


func _enter_tree() -> void:
	api.multiplayer_peer = connection.peer
	get_tree().set_multiplayer(api, get_path())


func _ready() -> void:
	_players.gui_input.connect(_on_gui_input)
	if multiplayer.is_server():
		multiplayer.peer_connected.connect(_on_peer_connected)
		multiplayer.peer_disconnected.connect(_on_peer_disconnected)


func _exit_tree() -> void:
	connection.peer.close()
	get_tree().set_multiplayer(null, get_path())


## The players that this side knows.
func players() -> Array[Player]:
	var found: Array[Player] = []
	found.assign(_players.get_children())
	return found


func player(id: int) -> Player:
	return _players.get_node_or_null(str(id))


## Of a client: the player that it moves. Null until the server has spawned it.
func own_player() -> Player:
	return player(multiplayer.get_unique_id())


func wave() -> void:
	if own_player() != null:
		own_player().wave.rpc()


func _process(delta: float) -> void:
	_caption.text = _describe()
	_until_wish -= delta
	if own_player() != null and _until_wish <= 0.0:
		_until_wish = WISH_INTERVAL
		own_player().go_to.rpc_id(MultiplayerPeer.TARGET_PEER_SERVER, _target())


## Where the pointer is, or somewhere while it is elsewhere.
func _target() -> Vector2:
	var pointer := _players.get_local_mouse_position() / _players.size
	if Rect2(Vector2.ZERO, Vector2.ONE).has_point(pointer):
		return pointer
	if own_player().place.distance_to(_wander_target) < REST:
		_wander_target = Vector2(randf_range(0.06, 0.94), randf_range(0.06, 0.94))
	return _wander_target


func _describe() -> String:
	match connection.peer.get_connection_status():
		MultiplayerPeer.CONNECTION_CONNECTING:
			return "A client, connecting"
		MultiplayerPeer.CONNECTION_DISCONNECTED:
			return "A client without a server"
	if multiplayer.is_server():
		return "The server, with %d players" % players().size()
	return "Client %d" % multiplayer.get_unique_id()


func _on_gui_input(event: InputEvent) -> void:
	if event is InputEventMouseButton and event.pressed:
		wave()


func _on_peer_connected(id: int) -> void:
	var joining: Player = PLAYER.instantiate()
	joining.name = str(id)
	joining.hue = fposmod(_spawned * GOLDEN_RATIO, 1.0)
	_spawned += 1
	_players.add_child(joining)


func _on_peer_disconnected(id: int) -> void:
	player(id).queue_free()
