extends Node
## A node that is called by others.

## Who called, and with what.
var calls: Array = []


@rpc("any_peer", "call_remote", "reliable")
func say(text: String) -> void:
	calls.append([multiplayer.get_remote_sender_id(), text])


@rpc("any_peer", "call_remote", "unreliable", 2)
func whisper(text: String) -> void:
	calls.append([multiplayer.get_remote_sender_id(), text])
