extends RefCounted
## What the arena asks of a network: one side of a connection, either a server or a client. As in Godot's multiplayer, peers
## have numbers, and a client's only peer is the server, number 1.

# Scripts that extend this one emit these.
@warning_ignore("unused_signal")
signal joined(peer: int)
@warning_ignore("unused_signal")
signal left(peer: int, reason: String)
@warning_ignore("unused_signal")
signal received(peer: int, packet: PackedByteArray)

const SERVER := 1
const LOOPBACK := "127.0.0.1"


## What is known of a peer. Empty where the network does not tell.
class Facts:
	var cipher := ""
	var identity := ""
	var handshake_usec := 0


## How many packets came, went, and were dropped on this side; -1 where the network does not tell.
class Statistics:
	var sent := 0
	var received := 0
	var dropped := -1


## Port 0 picks a free one.
func host(_port: int) -> Error:
	return ERR_UNAVAILABLE


func join(_port: int) -> Error:
	return ERR_UNAVAILABLE


## Of a server.
func get_local_port() -> int:
	return 0


## Called every frame. Emits the signals.
func poll() -> void:
	pass


func send(_peer: int, _packet: PackedByteArray) -> void:
	pass


## Says goodbye to all peers. Afterwards it can host or join again.
func close() -> void:
	pass


func get_facts(_peer: int) -> Facts:
	return Facts.new()


func get_statistics() -> Statistics:
	return Statistics.new()
