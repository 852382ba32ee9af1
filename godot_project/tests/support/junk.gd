extends RefCounted
## Datagrams of any length that are no part of a conversation.

const Wire := preload("wire.gd")

enum Shape { RANDOM, LIKE_A_RECORD, LIKE_A_HELLO }

const LARGEST := 65_507
const RECORD_TYPES: Array[int] = [20, 21, 22, 23, 24, 0, 255]
const EPOCHS := 3

var _random := PackedByteArray()


func _init() -> void:
	var generator := RandomNumberGenerator.new()
	generator.seed = 1
	_random.resize(2 * LARGEST)
	for offset in range(0, _random.size() - 3, 4):
		_random.encode_u32(offset, generator.randi())


## Every length that a small packet has, some of the others, and the largest.
static func lengths() -> Array:
	return range(1, 2049) + range(2049, LARGEST, 2003) + [LARGEST - 1, LARGEST]


func datagram(shape: Shape, length: int) -> PackedByteArray:
	var bytes := _random.slice(length, 2 * length)
	match shape:
		Shape.LIKE_A_RECORD:
			var type := RECORD_TYPES[length % RECORD_TYPES.size()]
			bytes = Wire.record(type, bytes.slice(Wire.RECORD_HEADER_SIZE), length % EPOCHS, length)
		Shape.LIKE_A_HELLO:
			bytes = Wire.handshake(Wire.HandshakeType.CLIENT_HELLO, _hello_body(length))
	return bytes.slice(0, length)


# Its version, random, no session id and no cookie are those of a first hello; what follows is not.
func _hello_body(length: int) -> PackedByteArray:
	var body: PackedByteArray = [0xfe, 0xfd]
	body.append_array(_random.slice(length, length + Wire.VERSION_AND_RANDOM_SIZE - 2))
	body.append_array([0, 0])
	var size := length - Wire.RECORD_HEADER_SIZE - Wire.HANDSHAKE_HEADER_SIZE
	return body + _random.slice(0, maxi(0, size - body.size()))
