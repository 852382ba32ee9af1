extends Node
## What the clients of a multiplayer server call: it calls them back with the same bytes.
##
## rust/bench/src/rpc.rs knows the methods by their places among their names in order.

var calls := 0
## When the first call came, in seconds since 1970.
var first_call := 0.0


@rpc("any_peer", "call_remote", "unreliable")
func ask(bytes: PackedByteArray) -> void:
	note_call()
	answer.rpc_id(multiplayer.get_remote_sender_id(), bytes)


@rpc("any_peer", "call_remote", "reliable")
func ask_reliably(bytes: PackedByteArray) -> void:
	note_call()
	answer_reliably.rpc_id(multiplayer.get_remote_sender_id(), bytes)


@rpc("authority", "call_remote", "unreliable")
func answer(_bytes: PackedByteArray) -> void:
	pass


@rpc("authority", "call_remote", "reliable")
func answer_reliably(_bytes: PackedByteArray) -> void:
	pass


func note_call() -> void:
	calls += 1
	if calls == 1:
		first_call = Time.get_unix_time_from_system()


func forget_calls() -> void:
	calls = 0
	first_call = 0.0
