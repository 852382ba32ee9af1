extends Node2D
## A player's dot. The server spawns it and moves it. The synchronizer carries `place` to the clients.

## In worlds a second.
const SPEED := 0.4
const RADIUS := 10.0
const WAVE_SECONDS := 0.8
const WAVE_RADIUS := 40.0
const FONT_SIZE := 13

## Where it is, as fractions of the world's width and height.
@export var place := Vector2(0.5, 0.5)
## The server chooses it, and spawning carries it.
@export var hue := 0.0
## On the server: where it goes.
var target := place
## How often it has waved, as this side knows.
var waves := 0

var _wave_left := 0.0


## The peer that it belongs to: spawned nodes have the same name everywhere.
func id() -> int:
	return String(name).to_int()


## A client tells the server where its dot shall go.
@rpc("any_peer", "call_remote", "unreliable_ordered")
func go_to(wish: Vector2) -> void:
	if multiplayer.is_server() and _is_from_owner() and wish.is_finite():
		target = wish.clamp(Vector2.ZERO, Vector2.ONE)


## A client tells everybody. The server relays it to the other clients.
@rpc("any_peer", "call_local", "reliable")
func wave() -> void:
	if _is_from_owner():
		waves += 1
		_wave_left = WAVE_SECONDS


## Anyone can call the RPCs of any node. Whether he may is for the game to check.
func _is_from_owner() -> bool:
	return multiplayer.get_remote_sender_id() == id()


func _process(delta: float) -> void:
	if multiplayer.is_server():
		place = place.move_toward(target, SPEED * delta)
	_wave_left = maxf(_wave_left - delta, 0.0)
	position = place * (get_parent() as Control).size
	queue_redraw()


func _draw() -> void:
	var color := Color.from_hsv(hue, 0.55, 1.0)
	draw_circle(Vector2.ZERO, RADIUS, color, true, -1.0, true)
	if _wave_left > 0.0:
		var progress := 1.0 - _wave_left / WAVE_SECONDS
		draw_arc(Vector2.ZERO, lerpf(RADIUS, WAVE_RADIUS, progress), 0, TAU, 48, Color(color, 1.0 - progress), 2.0, true)
	if id() == multiplayer.get_unique_id():
		draw_arc(Vector2.ZERO, RADIUS + 1, 0, TAU, 32, Color.WHITE, 2.5, true)
		draw_string(ThemeDB.fallback_font, Vector2(18, 5), "you", HORIZONTAL_ALIGNMENT_LEFT, -1, FONT_SIZE)
