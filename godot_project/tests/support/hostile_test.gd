extends "pairing_test.gd"
## A test of what a hostile network may send to our classes, on sockets that a script owns and on sockets of their own.

const Wire := preload("wire.gd")


func parameters() -> Array:
	return [_both(Implementation.ours()), _both(Implementation.native())]


func credentials() -> Credentials:
	return need(Credentials.p256())


## Both sides wait: the relay keeps the server's answer to the second hello.
func start_handshake() -> Link:
	var link := start(credentials(), true)
	link.relay.carries_from_server = _is_cookie_request
	assert_true(link.poll_until(func() -> bool: return session_count(link) == 1), "no handshake")
	return link


## Of the server, handshakes included.
func session_count(link: Link) -> int:
	return link.server.get_connection_count() if server_side.owns_sockets else int(link.server_peer != null)


## Packets still travel both ways.
func assert_works(link: Link, when: String) -> void:
	for direction: Array in link.directions():
		assert_equal(direction[0].put_packet([42]), OK, "put_packet " + when)
		var expected: Array[PackedByteArray] = [[42]]
		assert_equal(link.receive(direction[1], 1), expected, "received " + when)


func _is_cookie_request(datagram: PackedByteArray) -> bool:
	return Wire.handshake_type(datagram) == Wire.HandshakeType.HELLO_VERIFY_REQUEST


func _both(side: Implementation) -> Pairing:
	return Pairing.new(side, side)
