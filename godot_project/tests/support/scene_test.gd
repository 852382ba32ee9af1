extends "multiplayer_test.gd"
## Several scene trees in one: each has a MultiplayerAPI of its own, and the same nodes below it.

const Player := preload("scene_player.gd")

## A branch of the tree that is a machine of its own.
class Machine:
	var root := Node.new()
	var player := Player.new()
	var api: SceneMultiplayer = MultiplayerAPI.create_default_interface()
	## The API's signals in order, as "name id".
	var signals: PackedStringArray = []

	func _init(tree: SceneTree, name: String) -> void:
		root.name = name
		player.name = "Player"
		root.add_child(player)
		tree.root.add_child(root)
		api.peer_connected.connect(_note_peer.bind("peer_connected"))
		api.peer_disconnected.connect(_note_peer.bind("peer_disconnected"))
		for signal_name: String in ["connected_to_server", "connection_failed", "server_disconnected"]:
			api.connect(signal_name, _note.bind(signal_name))
		tree.set_multiplayer(api, root.get_path())

	func id() -> int:
		return api.get_unique_id()

	func _note_peer(peer_id: int, what: String) -> void:
		_note("%s %d" % [what, peer_id])

	func _note(what: String) -> void:
		signals.append(what)

	## For a server that authenticates its clients.
	func send_token(peer_id: int, token: PackedByteArray) -> void:
		api.send_auth(peer_id, token)
		api.complete_auth(peer_id)

	func free_in(tree: SceneTree) -> void:
		if api.multiplayer_peer != null:
			api.multiplayer_peer.close()
		tree.set_multiplayer(null, root.get_path())
		root.free()

var machines: Array[Machine] = []
var host: Machine


func add_machine(name: String) -> Machine:
	var machine := Machine.new(tree, name)
	machines.append(machine)
	return machine


func add_host() -> void:
	host = add_machine("Host")
	start_server()
	host.api.multiplayer_peer = server


## A client's machine under way.
func add_client(name: String) -> Machine:
	var machine := add_machine(name)
	machine.api.multiplayer_peer = start_client()
	return machine


## Frames pass, and the tree polls.
func wait(condition: Callable, what: String) -> bool:
	return assert_true(await until(condition, PATIENCE_MSEC), what)


func are_all_connected() -> bool:
	return machines.all(func(machine: Machine) -> bool: return machine.api.get_peers().size() == machines.size() - 1)


## Each machine spawns dots, which are synchronized. The host's spawner.
func add_spawners() -> MultiplayerSpawner:
	for machine in machines:
		var spawner := MultiplayerSpawner.new()
		spawner.name = "Spawner"
		spawner.spawn_function = _make_dot
		machine.root.add_child(spawner)
		spawner.spawn_path = NodePath("..")
	return host.root.get_node("Spawner")


func finish() -> void:
	for machine in machines:
		machine.free_in(tree)
	machines.clear()


func _make_dot(number: int) -> Node2D:
	var dot := Node2D.new()
	dot.set_meta("number", number)
	var synchronizer := MultiplayerSynchronizer.new()
	var config := SceneReplicationConfig.new()
	config.add_property(NodePath(".:position"))
	synchronizer.replication_config = config
	dot.add_child(synchronizer)
	return dot
