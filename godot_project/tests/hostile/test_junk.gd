extends "../support/hostile_test.gd"
## Datagrams of every length, from 0 to what UDP can carry, change nothing at any time.
##
## Not one of them may be answered by an error in the log: the runner fails a test on any.

const Junk := preload("../support/junk.gd")
const Relay := preload("../support/relay.gd")

## No handshake times out meanwhile.
const MOST_SECONDS := 60.0

var _junk := Junk.new()


func _init() -> void:
	deadline_msec = int(MOST_SECONDS * 1000)


func test_a_server_ignores_junk_from_strangers() -> void:
	var link := Link.new(client_side, server_side)
	link.listen(server_side.server_options(credentials().key, credentials().certificate))
	var stranger := PacketPeerUDP.new()
	stranger.connect_to_host(Link.LOOPBACK, link.server_port())
	for shape: Junk.Shape in Junk.Shape.values():
		for length: int in Junk.lengths():
			var before := _turned_away(link)
			stranger.put_packet(_junk.datagram(shape, length))
			var is_turned_away := func() -> bool: return _turned_away(link) > before
			if not assert_true(link.poll_until(is_turned_away, link.poll_server), "%d bytes did not arrive" % length):
				return
			if not assert_equal(session_count(link), 0, "sessions after %s of %d bytes" % [_name(shape), length]):
				return
		if shape != Junk.Shape.LIKE_A_HELLO:
			assert_equal(stranger.get_available_packet_count(), 0, "answers to " + _name(shape))
	link.connect_client("localhost", client_side.client_options(credentials().certificate))
	assert_true(link.poll_until(link.is_established), "no connection afterwards")


func test_a_server_ignores_junk_during_the_handshake() -> void:
	var link := start_handshake(MOST_SECONDS)
	_send_junk_to_server(link, PacketPeerDTLS.STATUS_HANDSHAKING)
	finish_handshake(link)


func test_a_client_ignores_junk_during_the_handshake() -> void:
	var link := start_handshake(MOST_SECONDS)
	_send_junk_to_client(link, PacketPeerDTLS.STATUS_HANDSHAKING)
	finish_handshake(link)


func test_a_server_ignores_junk_on_an_established_session() -> void:
	var link := start_connected(true)
	_send_junk_to_server(link, PacketPeerDTLS.STATUS_CONNECTED)
	assert_works(link, "after junk to the server")


func test_a_client_ignores_junk_on_an_established_session() -> void:
	var link := start_connected(true)
	_send_junk_to_client(link, PacketPeerDTLS.STATUS_CONNECTED)
	assert_works(link, "after junk to the client")


func test_empty_datagrams_are_ignored_at_any_time() -> void:
	var link := Link.new(client_side, server_side)
	link.listen(server_side.server_options(credentials().key, credentials().certificate))
	Relay.send_empty_datagram(0, link.server_port())
	var is_ignored := func() -> bool: return link.server.get_statistics().ignored == 1
	assert_true(link.poll_until(is_ignored, link.poll_server), str(link.server.get_statistics()))
	assert_equal(session_count(link), 0, "sessions")
	link = start_handshake(MOST_SECONDS)
	_send_empty_both_ways(link)
	finish_handshake(link)
	_send_empty_both_ways(link)
	assert_works(link, "after empty datagrams")


func _send_junk_to_server(link: Link, expected_status: int) -> void:
	for shape: Junk.Shape in Junk.Shape.values():
		for length: int in Junk.lengths():
			if not _send_to_server(link, _junk.datagram(shape, length)):
				return
			if not _assert_status(link.server_status(), expected_status, shape, length):
				return
		# A server that owns its port keeps a peer to itself until the handshake is done.
		if shape == Junk.Shape.RANDOM and link.server_peer != null:
			_assert_all_was_noise(link.server_peer)


func _send_junk_to_client(link: Link, expected_status: int) -> void:
	for shape: Junk.Shape in Junk.Shape.values():
		for length: int in Junk.lengths():
			if not _send_to_client(link, shape, length):
				return
			if not _assert_status(link.client.get_status(), expected_status, shape, length):
				return
		if shape == Junk.Shape.RANDOM:
			_assert_all_was_noise(link.client)


## One datagram, and what is done with it. False if it did not arrive.
func _send_to_client(link: Link, shape: Junk.Shape, length: int) -> bool:
	var before: int = link.client.get_statistics().dropped_noise
	link.relay.send_to_client(_junk.datagram(shape, length))
	if not client_side.owns_sockets:
		link.poll_client()
		return true
	if shape != Junk.Shape.RANDOM:
		# Not all of these are noise. What comes behind one is, and tells that it has arrived.
		link.relay.send_to_client([0])
	var has_arrived := func() -> bool: return link.client.get_statistics().dropped_noise > before
	return assert_true(link.poll_until(has_arrived, link.poll_client), "%d bytes did not arrive" % length)


## One datagram, and what is done with it. False if it did not arrive.
func _send_to_server(link: Link, datagram: PackedByteArray) -> bool:
	if not server_side.owns_sockets:
		link.relay.send_to_server(datagram)
		link.poll_server()
		return true
	var before: int = link.server.get_statistics().datagrams_received
	link.relay.send_to_server(datagram)
	var has_arrived := func() -> bool: return link.server.get_statistics().datagrams_received > before
	return assert_true(link.poll_until(has_arrived, link.poll_server), "%d bytes did not arrive" % datagram.size())


## By a server that knows no such client.
func _turned_away(link: Link) -> int:
	var counts: Dictionary = link.server.get_statistics()
	return counts.cookies_asked + counts.ignored


func _assert_all_was_noise(peer: PacketPeer) -> void:
	assert_equal(peer.get_statistics().dropped_noise as int, Junk.lengths().size(), "datagrams dropped as noise")


func _assert_status(status: int, expected_status: int, shape: Junk.Shape, length: int) -> bool:
	return assert_equal(status, expected_status, "status after %s of %d bytes" % [_name(shape), length])


func _send_empty_both_ways(link: Link) -> void:
	link.relay.send_empty_to_server()
	link.poll_server()
	link.relay.send_empty_to_client()
	link.poll_client()


func _name(shape: Junk.Shape) -> String:
	return Junk.Shape.find_key(shape)
