extends "../support/hostile_test.gd"
## Datagrams of every length, from 0 to what UDP can carry, change nothing at any time.
##
## Not one of them may be answered by an error in the log: the runner fails a test on any.

const Junk := preload("../support/junk.gd")
const Relay := preload("../support/relay.gd")

var _junk := Junk.new()


func _init() -> void:
	deadline_msec = 60_000


func test_a_server_ignores_junk_from_strangers() -> void:
	var link := Link.new(client_side, server_side)
	link.listen(server_side.server_options(credentials().key, credentials().certificate))
	var stranger := PacketPeerUDP.new()
	stranger.connect_to_host(Link.LOOPBACK, link.server_udp.get_local_port())
	for shape: Junk.Shape in Junk.Shape.values():
		for length: int in Junk.lengths():
			stranger.put_packet(_junk.datagram(shape, length))
			link.poll_server()
			if not assert_true(link.server_peer == null, "%s of %d bytes got a session" % [_name(shape), length]):
				return
		if shape != Junk.Shape.LIKE_A_HELLO:
			assert_equal(stranger.get_available_packet_count(), 0, "answers to " + _name(shape))
	link.connect_client("localhost", client_side.client_options(credentials().certificate))
	assert_true(link.poll_until(link.is_established), "no connection afterwards")


func test_a_server_ignores_junk_during_the_handshake() -> void:
	var link := start_handshake()
	_send_junk(link.relay.send_to_server, link.poll_server, link.server_peer, PacketPeerDTLS.STATUS_HANDSHAKING)
	await _finish_handshake(link)


func test_a_client_ignores_junk_during_the_handshake() -> void:
	var link := start_handshake()
	_send_junk(link.relay.send_to_client, link.client.poll, link.client, PacketPeerDTLS.STATUS_HANDSHAKING)
	await _finish_handshake(link)


func test_a_server_ignores_junk_on_an_established_session() -> void:
	var link := start_connected(true)
	_send_junk(link.relay.send_to_server, link.poll_server, link.server_peer, PacketPeerDTLS.STATUS_CONNECTED)
	assert_works(link, "after junk to the server")


func test_a_client_ignores_junk_on_an_established_session() -> void:
	var link := start_connected(true)
	_send_junk(link.relay.send_to_client, link.poll_client, link.client, PacketPeerDTLS.STATUS_CONNECTED)
	assert_works(link, "after junk to the client")


func test_junk_that_waits_for_a_client_is_ignored() -> void:
	var link := Link.new(client_side, server_side)
	link.listen(server_side.server_options(credentials().key, credentials().certificate))
	link.put_relay_between()
	link.client_udp.connect_to_host(Link.LOOPBACK, link.relay.get_local_port())
	link.client_udp.put_packet([0])
	link.relay.poll()
	for length in range(1, 200):
		link.relay.send_to_client(_junk.datagram(Junk.Shape.LIKE_A_RECORD, length))
	link.connect_client("localhost", client_side.client_options(credentials().certificate))
	assert_true(link.poll_until(link.is_established), "no connection")


func test_empty_datagrams_are_ignored_at_any_time() -> void:
	var link := Link.new(client_side, server_side)
	link.listen(server_side.server_options(credentials().key, credentials().certificate))
	Relay.send_empty_datagram(0, link.server_udp.get_local_port())
	link.poll_server()
	assert_equal(link.statuses_taken, [PacketPeerDTLS.STATUS_ERROR] as Array[int], "status of the stranger")
	link = start_handshake()
	_send_empty_both_ways(link)
	await _finish_handshake(link)
	_send_empty_both_ways(link)
	assert_works(link, "after empty datagrams")


func _send_junk(send: Callable, poll: Callable, to: PacketPeer, expected_status: int) -> void:
	for shape: Junk.Shape in Junk.Shape.values():
		for length: int in Junk.lengths():
			send.call(_junk.datagram(shape, length))
			poll.call()
			if not assert_equal(to.get_status(), expected_status, "status after %s of %d bytes" % [_name(shape), length]):
				return


func _finish_handshake(link: Link) -> void:
	link.relay.carries_from_server = func(_datagram: PackedByteArray) -> bool: return true
	var is_finished := func() -> bool:
		link.poll_server()
		link.poll_client()
		return link.is_established()
	assert_true(await until(is_finished), "no connection afterwards")


func _send_empty_both_ways(link: Link) -> void:
	link.relay.send_empty_to_server()
	link.poll_server()
	link.relay.send_empty_to_client()
	link.poll_client()


func _name(shape: Junk.Shape) -> String:
	return Junk.Shape.find_key(shape)
