extends RefCounted
## What DTLS datagrams look like from the outside (RFC 6347).

enum ContentType { CHANGE_CIPHER_SPEC = 20, ALERT = 21, HANDSHAKE = 22, APPLICATION_DATA = 23 }
enum HandshakeType { CLIENT_HELLO = 1, SERVER_HELLO = 2, HELLO_VERIFY_REQUEST = 3 }

## Content type, version, epoch, sequence number, length.
const RECORD_HEADER_SIZE := 13
## Message type, length, message sequence, fragment offset, fragment length.
const HANDSHAKE_HEADER_SIZE := 12
const VERSION_AND_RANDOM_SIZE := 34


static func content_type(datagram: PackedByteArray) -> int:
	return datagram[0]


static func handshake_type(datagram: PackedByteArray) -> int:
	return datagram[RECORD_HEADER_SIZE] if content_type(datagram) == ContentType.HANDSHAKE else -1


## An unprotected record, or one that claims a later epoch.
static func record(type: int, body: PackedByteArray, epoch := 0, sequence := 0) -> PackedByteArray:
	var header: PackedByteArray = [type, 0xfe, 0xfd]
	header.append_array(big_endian(epoch, 2))
	header.append_array(big_endian(sequence, 6))
	header.append_array(big_endian(body.size(), 2))
	return header + body


static func handshake(type: int, body: PackedByteArray) -> PackedByteArray:
	var header: PackedByteArray = [type]
	header.append_array(big_endian(body.size(), 3))
	header.append_array(big_endian(0, 2 + 3))
	header.append_array(big_endian(body.size(), 3))
	return record(ContentType.HANDSHAKE, header + body)


static func alert(level: int, description: int) -> PackedByteArray:
	return record(ContentType.ALERT, [level, description])


## Where the cookie of a ClientHello starts.
static func cookie_offset(hello: PackedByteArray) -> int:
	var session_id_offset := RECORD_HEADER_SIZE + HANDSHAKE_HEADER_SIZE + VERSION_AND_RANDOM_SIZE
	var cookie_size_offset := session_id_offset + 1 + hello[session_id_offset]
	return cookie_size_offset + 1


static func cookie_size(hello: PackedByteArray) -> int:
	return hello[cookie_offset(hello) - 1]


static func big_endian(value: int, size: int) -> PackedByteArray:
	var bytes := PackedByteArray()
	for index in size:
		bytes.append(value >> 8 * (size - 1 - index) & 0xff)
	return bytes
