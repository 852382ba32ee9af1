extends "pairing_test.gd"
## A test of what a hostile network may send to our classes, on sockets that a script owns and on sockets of their own.

const Wire := preload("wire.gd")


func parameters() -> Array:
	return [_both(Implementation.ours()), _both(Implementation.native())]


func credentials() -> Credentials:
	return need(Credentials.p256())


## Both sides wait, for so many seconds: the relay keeps the server's answer to the second hello.
func start_handshake(timeout: float) -> Link:
	var for_server := server_side.server_options(credentials().key, credentials().certificate)
	var for_client := client_side.client_options(credentials().certificate)
	for options: RefCounted in [for_server, for_client]:
		options.handshake_timeout = timeout
	var link := Link.new(client_side, server_side)
	assert_equal(link.listen(for_server), OK, "listen")
	link.put_relay_between().carries_from_server = _is_cookie_request
	assert_equal(link.connect_client("localhost", for_client), OK, "connect")
	var has_answered := func() -> bool: return session_count(link) == 1 and link.relay.from_server.size() > 1
	assert_true(link.poll_until(has_answered), "no handshake")
	return link


## The client gets the answer that the relay kept, so that none has to be sent again.
func finish_handshake(link: Link) -> void:
	link.relay.carries_from_server = func(_datagram: PackedByteArray) -> bool: return true
	for datagram in link.relay.from_server:
		if not _is_cookie_request(datagram):
			link.relay.send_to_client(datagram)
	assert_true(link.poll_until(link.is_established), "no connection afterwards")


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
