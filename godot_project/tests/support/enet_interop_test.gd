extends "scene_test.gd"
## Ours and the engine's ENetMultiplayerPeer as each other's server, over a bridge that ends DTLS.

const Bridge := preload("enet_bridge.gd")

var bridge: Bridge
## The sides of the test.
var server_side: PeerKind
var client_side: PeerKind
## Of both sides.
var compression := ENetConnection.COMPRESS_NONE


## The label names the client's side first.
func parameters() -> Array:
	return [{ label = "ours-engine" }, { label = "engine-ours" }]


func prepare() -> void:
	super()
	var is_our_client: bool = parameter.label == "ours-engine"
	client_side = PeerKind.ours() if is_our_client else PeerKind.engine()
	server_side = PeerKind.engine() if is_our_client else PeerKind.ours()


func our_side() -> PeerKind:
	return client_side if client_side.is_ours() else server_side


## A server, and the bridge to it.
func start_server(max_clients := 32) -> void:
	server = server_side.peer()
	peers.append(server)
	restart_server(0, max_clients)
	server_log = Recorder.new(server)
	var port := server_side.local_port(server)
	bridge = Bridge.to_engine_server(port, our_side()) if client_side.is_ours() else Bridge.to_our_server(port)


func restart_server(port: int, max_clients := 32) -> void:
	assert_equal(server_side.create_server(server, port, max_clients), OK, "create_server")
	_compress(server_side, server)


## A client on its way over the bridge.
func start_client(channel_count := 0) -> MultiplayerPeer:
	var client := client_side.peer()
	peers.append(client)
	restart_client(client, channel_count)
	return client


func restart_client(client: MultiplayerPeer, channel_count := 0) -> void:
	assert_equal(client_side.create_client(client, bridge.get_local_port(), channel_count), OK, "create_client")
	_compress(client_side, client)


## A client of the server's kind on its way, which needs no bridge.
func start_client_of_servers_kind() -> MultiplayerPeer:
	var client := server_side.peer()
	peers.append(client)
	assert_equal(server_side.create_client(client, server_side.local_port(server)), OK, "create_client")
	return client


func poll() -> void:
	super()
	bridge.poll(our_side())


func wait(condition: Callable, what: String) -> bool:
	return await super(
		func() -> bool:
			bridge.poll(our_side())
			return condition.call(),
		what,
	)


func _compress(side_of_peer: PeerKind, peer: MultiplayerPeer) -> void:
	if side_of_peer.is_ours():
		assert_equal(peer.set_compression_mode(compression), OK, "set_compression_mode")
	else:
		peer.host.compress(compression)
