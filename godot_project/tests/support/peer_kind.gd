extends RefCounted
## A multiplayer peer under test: the engine's over plain ENet, or ours over DTLS.

const Credentials := preload("credentials.gd")
const LOOPBACK := "127.0.0.1"
const OURS := &"ENetMultiplayerPeerOpenSSL"

var label: String


func _init(p_label: String) -> void:
	label = p_label


static func engine() -> RefCounted:
	return new("engine")


static func ours() -> RefCounted:
	return new("ours")


func is_ours() -> bool:
	return label == "ours"


func peer() -> MultiplayerPeer:
	return ClassDB.instantiate(OURS) if is_ours() else ENetMultiplayerPeer.new()


## The arguments are those of the engine's method. Ours has options behind the second.
func create_server(on: MultiplayerPeer, port: int, max_clients := 32, max_channels := 0) -> Error:
	on.set_bind_ip(LOOPBACK)
	if is_ours():
		return on.create_server(port, max_clients, server_options(), max_channels)
	return on.create_server(port, max_clients, max_channels)


func create_client(on: MultiplayerPeer, port: int, channel_count := 0) -> Error:
	if is_ours():
		return on.create_client(LOOPBACK, port, client_options(), channel_count)
	return on.create_client(LOOPBACK, port, channel_count)


func local_port(of: MultiplayerPeer) -> int:
	return of.get_local_port() if is_ours() else of.host.get_local_port()


func server_options() -> TLSOptionsOpenSSL:
	var own := Credentials.p256()
	return TLSOptionsOpenSSL.server(own.key, own.certificate)


func client_options() -> TLSOptionsOpenSSL:
	return TLSOptionsOpenSSL.client(Credentials.p256().certificate, "localhost")
