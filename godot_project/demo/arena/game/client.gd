extends RefCounted
## A player: it tells the server where its dot shall go, and keeps what the server tells. When it loses the server, it joins
## again.

const Messages := preload("messages.gd")
const Transport := preload("../network/transport.gd")

enum State { AWAY, JOINING, PLAYING }

const WISH_INTERVAL := 1.0 / 30.0
## The server is lost when it says nothing for so long.
const PATIENCE := 3.0
const REST_BEFORE_REJOINING := 0.5
const _U32 := 0xffff_ffff

var transport: Transport
var state := State.AWAY
## Where its dot shall go; where it wanders by itself while this is not finite.
var target := Vector2.INF
## What it last heard of the arena.
var dots := { } # Position by number of the player
var own_number := 0
var round_trip_usec := 0
## Those that were not answered, or too late.
var lost_wishes := 0
## Seconds since it heard of the server.
var silence := 0.0
## Why it lost the server last; empty if it never did.
var last_error := ""

var _port: int
var _random := RandomNumberGenerator.new()
var _wander_target := Vector2(0.5, 0.5)
var _until_wish := 0.0
var _until_joining := 0.0
var _last_wish := 0
var _last_answered := 0


func _init(p_transport: Transport, port: int, wander_seed: int) -> void:
	transport = p_transport
	_port = port
	_random.seed = wander_seed
	transport.joined.connect(_on_joined)
	transport.left.connect(_on_left)
	transport.received.connect(_on_received)


func step(delta: float) -> void:
	if state == State.AWAY:
		_until_joining -= delta
		if _until_joining <= 0.0:
			_join()
		return
	transport.poll()
	silence += delta
	if silence > PATIENCE:
		_lose("the server says nothing")
	elif state == State.PLAYING:
		_wish(delta)


func close() -> void:
	transport.close()
	state = State.AWAY


func _join() -> void:
	state = State.JOINING
	silence = 0.0
	var error := transport.join(_port)
	if error != OK:
		_lose(error_string(error))


func _wish(delta: float) -> void:
	_until_wish -= delta
	if _until_wish > 0.0:
		return
	_until_wish = WISH_INTERVAL
	var position: Vector2 = dots.get(own_number, _wander_target)
	if position.distance_to(_wander_target) < 0.02:
		_wander_target = Vector2(_random.randf_range(0.06, 0.94), _random.randf_range(0.06, 0.94))
	_last_wish += 1
	var wish := Messages.write_wish(_last_wish, Time.get_ticks_usec() & _U32, target if target.is_finite() else _wander_target)
	transport.send(Transport.SERVER, wish)


func _lose(reason: String) -> void:
	last_error = reason
	lost_wishes += _last_wish - _last_answered
	_last_answered = _last_wish
	transport.close()
	state = State.AWAY
	own_number = 0
	_until_joining = REST_BEFORE_REJOINING


func _on_joined(_server: int) -> void:
	state = State.PLAYING
	silence = 0.0


func _on_left(_server: int, reason: String) -> void:
	_lose(reason)


func _on_received(_server: int, packet: PackedByteArray) -> void:
	var snapshot := Messages.read_snapshot(packet)
	# Snapshots can overtake each other. An old one is of no use.
	if snapshot == null or snapshot.wish_number <= _last_answered or snapshot.wish_number > _last_wish:
		return
	lost_wishes += snapshot.wish_number - _last_answered - 1
	_last_answered = snapshot.wish_number
	silence = 0.0
	own_number = snapshot.own_number
	dots = snapshot.dots
	var measured := (Time.get_ticks_usec() - snapshot.wish_sent_usec) & _U32
	# Smoothed as TCP does (RFC 6298).
	@warning_ignore("integer_division")
	round_trip_usec = measured if round_trip_usec == 0 else (round_trip_usec * 7 + measured) / 8
