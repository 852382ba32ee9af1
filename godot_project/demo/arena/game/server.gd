extends RefCounted
## The arena's server: it moves the dots to where their clients wish, and answers each wish with a snapshot of all dots.

const Messages := preload("messages.gd")
const Transport := preload("../network/transport.gd")

## In arenas a second.
const SPEED := 0.25
## Answers to one player in a frame, however much he wishes.
const MAX_ANSWERS := 8

var transport: Transport
var dots := { } # Position by number of the player

var _targets := { }
var _to_answer := { } # The wishes since the last frame by number of the player


func _init(p_transport: Transport) -> void:
	transport = p_transport
	transport.joined.connect(_on_joined)
	transport.left.connect(_on_left)
	transport.received.connect(_on_received)


func step(delta: float) -> void:
	transport.poll()
	for player: int in dots:
		dots[player] = dots[player].move_toward(_targets[player], SPEED * delta)
	for player: int in _to_answer:
		for wish: Messages.Wish in _to_answer[player]:
			transport.send(player, Messages.write_snapshot(wish, player, dots))
	_to_answer.clear()


func close() -> void:
	transport.close()
	dots.clear()
	_targets.clear()
	_to_answer.clear()


func _on_joined(player: int) -> void:
	if dots.size() < Messages.MAX_DOTS:
		dots[player] = Vector2(0.5, 0.5)
		_targets[player] = dots[player]


func _on_left(player: int, _reason: String) -> void:
	dots.erase(player)
	_targets.erase(player)
	_to_answer.erase(player)


func _on_received(player: int, packet: PackedByteArray) -> void:
	var wish := Messages.read_wish(packet)
	if wish == null or not dots.has(player):
		return
	_targets[player] = wish.target
	var wishes: Array = _to_answer.get_or_add(player, [])
	if wishes.size() < MAX_ANSWERS:
		wishes.append(wish)
