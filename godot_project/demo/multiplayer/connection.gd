extends RefCounted
## A multiplayer peer over DTLS, the engine's or ours: how it is created is all that differs. Whatever uses it stays.

const Credentials := preload("../arena/network/credentials.gd")

enum Kind { ENGINE, OURS }

const LOOPBACK := "127.0.0.1"
const HOST_NAME := "localhost"
const UNKNOWN := "–"

## Null if it could not be created.
var peer: MultiplayerPeer
## Why it could not.
var problem := ""

var _kind: Kind
var _credentials: Credentials


func _init(kind: Kind, credentials: Credentials) -> void:
	_kind = kind
	_credentials = credentials


func host() -> void:
	if _kind == Kind.OURS:
		var ours := ENetMultiplayerPeerOpenSSL.new()
		ours.set_bind_ip(LOOPBACK)
		_take(ours, ours.create_server(0, 32, TLSOptionsOpenSSL.server(_credentials.key, _credentials.certificate)))
	else:
		var engines := ENetMultiplayerPeer.new()
		engines.set_bind_ip(LOOPBACK)
		var error := engines.create_server(0, 32)
		if error == OK:
			error = engines.host.dtls_server_setup(TLSOptions.server(_credentials.key, _credentials.certificate))
		_take(engines, error)


func join(port: int) -> void:
	if _kind == Kind.OURS:
		var ours := ENetMultiplayerPeerOpenSSL.new()
		_take(ours, ours.create_client(LOOPBACK, port, TLSOptionsOpenSSL.client(_credentials.certificate, HOST_NAME)))
	else:
		var engines := ENetMultiplayerPeer.new()
		var error := engines.create_client(LOOPBACK, port)
		if error == OK:
			error = engines.host.dtls_client_setup(HOST_NAME, TLSOptions.client(_credentials.certificate, HOST_NAME))
		_take(engines, error)


func get_local_port() -> int:
	return peer.get_local_port() if _kind == Kind.OURS else peer.host.get_local_port()


## What a client knows of its server.
func facts() -> Dictionary:
	var rows := { "Cipher": UNKNOWN, "Server": UNKNOWN, "Round trip": UNKNOWN }
	if peer.get_connection_status() != MultiplayerPeer.CONNECTION_CONNECTED:
		return rows
	if _kind == Kind.OURS:
		var below: PacketPeerDTLSOpenSSL = peer.get_peer(MultiplayerPeer.TARGET_PEER_SERVER)
		rows["Cipher"] = below.get_cipher()
		rows["Server"] = below.get_peer_fingerprint()
		rows["Round trip"] = "%d ms" % peer.get_peer_statistics(MultiplayerPeer.TARGET_PEER_SERVER).round_trip_time
	else:
		var below: ENetPacketPeer = peer.get_peer(MultiplayerPeer.TARGET_PEER_SERVER)
		rows["Round trip"] = "%d ms" % below.get_statistic(ENetPacketPeer.PEER_ROUND_TRIP_TIME)
	return rows


func _take(created: MultiplayerPeer, error: Error) -> void:
	if error == OK:
		peer = created
		return
	problem = error_string(error)
	if _kind == Kind.OURS:
		problem = created.get_last_error()
	elif error == ERR_UNAVAILABLE:
		# As those of Linux distributions, which use the system's ENet.
		problem = "this Godot was built without DTLS for ENet"
	created.close()
