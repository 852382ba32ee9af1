extends "multiplayer_test.gd"
## Ours and the engine's ENetMultiplayerPeer as each other's server, over a bridge that ends DTLS.

const Bridge := preload("enet_bridge.gd")

var bridge: Bridge
## The sides of the test.
var server_side: PeerKind
var client_side: PeerKind


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


func start(compression := ENetConnection.COMPRESS_NONE) -> void:
	server = server_side.peer()
	assert_equal(server_side.create_server(server, 0), OK, "create_server")
	_compress(server_side, server, compression)
	server_log = Recorder.new(server)
	peers.append(server)
	var port := server_side.local_port(server)
	bridge = Bridge.to_engine_server(port, our_side()) if client_side.is_ours() else Bridge.to_our_server(port)


func join_through(compression := ENetConnection.COMPRESS_NONE) -> MultiplayerPeer:
	var client := client_side.peer()
	assert_equal(client_side.create_client(client, bridge.get_local_port()), OK, "create_client")
	_compress(client_side, client, compression)
	peers.append(client)
	var id := client.get_unique_id()
	assert_true(poll_until(func() -> bool: return is_connected_peer(client) and knows(id)), "not connected")
	return client


func poll() -> void:
	super()
	if bridge != null:
		bridge.poll(our_side())


func _compress(side_of_peer: PeerKind, peer: MultiplayerPeer, mode: ENetConnection.CompressionMode) -> void:
	if side_of_peer.is_ours():
		assert_equal(peer.set_compression_mode(mode), OK, "set_compression_mode")
	else:
		peer.host.compress(mode)
