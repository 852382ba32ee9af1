extends RefCounted
## What the arena's clients and server tell each other. Positions are fractions of the arena's width and height.
##
## A wish, from a client: its number, when it was sent, and where the client's dot shall go.
## A snapshot, from the server: number and time of the wish that it answers, the client's number, and all dots.

const WISH_SIZE := 12
const SNAPSHOT_HEADER_SIZE := 12
const DOT_SIZE := 8
## Keeps a snapshot in one datagram.
const MAX_DOTS := 64
const _SCALE := 65_535.0


class Wish:
	var number: int
	var sent_usec: int
	var target: Vector2


class Snapshot:
	var wish_number: int
	var wish_sent_usec: int
	var own_number: int
	var dots := { } # Position by number of the player


static func write_wish(number: int, sent_usec: int, target: Vector2) -> PackedByteArray:
	var packet := PackedByteArray()
	packet.resize(WISH_SIZE)
	packet.encode_u32(0, number)
	packet.encode_u32(4, sent_usec)
	_write_position(packet, 8, target)
	return packet


## Null for what is no wish: whoever plays can send anything.
static func read_wish(packet: PackedByteArray) -> Wish:
	if packet.size() != WISH_SIZE:
		return null
	var wish := Wish.new()
	wish.number = packet.decode_u32(0)
	wish.sent_usec = packet.decode_u32(4)
	wish.target = _read_position(packet, 8)
	return wish


static func write_snapshot(wish: Wish, own_number: int, dots: Dictionary) -> PackedByteArray:
	var packet := PackedByteArray()
	packet.resize(SNAPSHOT_HEADER_SIZE + DOT_SIZE * dots.size())
	packet.encode_u32(0, wish.number)
	packet.encode_u32(4, wish.sent_usec)
	packet.encode_u32(8, own_number)
	var at := SNAPSHOT_HEADER_SIZE
	for player: int in dots:
		packet.encode_u32(at, player)
		_write_position(packet, at + 4, dots[player])
		at += DOT_SIZE
	return packet


## Null for what is no snapshot.
static func read_snapshot(packet: PackedByteArray) -> Snapshot:
	var size := packet.size() - SNAPSHOT_HEADER_SIZE
	if size < 0 or size % DOT_SIZE != 0 or size > MAX_DOTS * DOT_SIZE:
		return null
	var snapshot := Snapshot.new()
	snapshot.wish_number = packet.decode_u32(0)
	snapshot.wish_sent_usec = packet.decode_u32(4)
	snapshot.own_number = packet.decode_u32(8)
	for at in range(SNAPSHOT_HEADER_SIZE, packet.size(), DOT_SIZE):
		snapshot.dots[packet.decode_u32(at)] = _read_position(packet, at + 4)
	return snapshot


static func _write_position(packet: PackedByteArray, at: int, position: Vector2) -> void:
	packet.encode_u16(at, roundi(clampf(position.x, 0.0, 1.0) * _SCALE))
	packet.encode_u16(at + 2, roundi(clampf(position.y, 0.0, 1.0) * _SCALE))


static func _read_position(packet: PackedByteArray, at: int) -> Vector2:
	return Vector2(packet.decode_u16(at), packet.decode_u16(at + 2)) / _SCALE
