extends "../support/hostile_test.gd"
## Nothing that an outsider can send or repeat disturbs an established session.

const WARNING := 1
const FATAL := 2
const CLOSE_NOTIFY := 0
const HANDSHAKE_FAILURE := 40
## Records of the last 64 sequence numbers are accepted, each once (RFC 6347, section 4.1.2.6).
const WINDOW := 64


func test_unprotected_alerts_are_ignored() -> void:
	var link := start_connected(true)
	for forged: PackedByteArray in [Wire.alert(WARNING, CLOSE_NOTIFY), Wire.alert(FATAL, HANDSHAKE_FAILURE)]:
		_send_both_ways(link, forged)
		assert_works(link, "after a forged alert")


func test_records_that_pretend_to_be_protected_are_ignored() -> void:
	var link := start_connected(true)
	for type: int in Wire.ContentType.values():
		# The shortest have no room for what protects a record.
		for size in 40:
			var body := PackedByteArray()
			body.resize(size)
			_send_both_ways(link, Wire.record(type, body, 1, size))
			if not assert_true(link.is_established(), "ended by %d bytes of type %d" % [size, type]):
				return
	assert_works(link, "after forged records")


func test_a_hello_without_a_valid_cookie_is_answered_and_changes_nothing() -> void:
	var link := start_connected(true)
	var hello := link.relay.from_client[0].duplicate()
	# Another random: as a client that starts anew would send it.
	hello[Wire.RECORD_HEADER_SIZE + Wire.HANDSHAKE_HEADER_SIZE + 10] ^= 1
	link.relay.from_server.clear()
	link.relay.send_to_server(hello)
	link.poll_until(func() -> bool: return not link.relay.from_server.is_empty(), link.poll_server)
	assert_equal(link.relay.from_server.map(Wire.handshake_type), [Wire.HandshakeType.HELLO_VERIFY_REQUEST], "answers")
	assert_works(link, "after a hello")


func test_repeated_handshake_datagrams_change_nothing() -> void:
	var link := start_connected(true)
	for datagram: PackedByteArray in link.relay.from_client.duplicate():
		link.relay.send_to_server(datagram)
		link.poll_server()
	for datagram: PackedByteArray in link.relay.from_server.duplicate():
		link.relay.send_to_client(datagram)
		link.poll_client()
	assert_works(link, "after a repeated handshake")


func test_repeated_packets_arrive_once() -> void:
	var link := start_connected(true)
	link.client.put_packet([7])
	assert_equal(link.receive(link.server_peer, 1).size(), 1, "packets received")
	for time in 3:
		link.relay.send_to_server(link.relay.from_client.back())
		link.poll_server()
	assert_equal(link.server_peer.get_available_packet_count(), 0, "packets received again")
	assert_works(link, "after repetitions")


func test_changed_packets_do_not_arrive() -> void:
	var link := start_connected(true)
	var sealed := _put_and_keep(link, 1)[0]
	for index in sealed.size():
		var changed := sealed.duplicate()
		changed[index] ^= 1
		link.relay.send_to_server(changed)
		link.poll_server()
		assert_equal(link.server_peer.get_available_packet_count(), 0, "packets with byte %d changed" % index)
	link.relay.send_to_server(sealed)
	var expected: Array[PackedByteArray] = [[0]]
	assert_equal(link.receive(link.server_peer, 1), expected, "the packet unchanged")


func test_packets_may_overtake_each_other() -> void:
	var link := start_connected(true)
	var kept := _put_and_keep(link, 10)
	kept.reverse()
	for datagram in kept:
		link.relay.send_to_server(datagram)
	assert_equal(link.receive(link.server_peer, 10).size(), 10, "packets received")


func test_packets_older_than_the_window_are_dropped() -> void:
	var link := start_connected(true)
	var kept := _put_and_keep(link, WINDOW + 1)
	var oldest: PackedByteArray = kept.pop_front()
	for datagram in kept:
		link.relay.send_to_server(datagram)
	assert_equal(link.receive(link.server_peer, WINDOW).size(), WINDOW, "packets received")
	link.relay.send_to_server(oldest)
	link.poll_server()
	assert_equal(link.server_peer.get_available_packet_count(), 0, "old packets received")
	assert_works(link, "after an old packet")


# Sends packets of one byte from the client; the relay does not carry them.
func _put_and_keep(link: Link, count: int) -> Array[PackedByteArray]:
	link.relay.carries_from_client = func(_datagram: PackedByteArray) -> bool: return false
	link.relay.from_client.clear()
	for number in count:
		link.client.put_packet([number])
	link.poll_until(func() -> bool: return link.relay.from_client.size() == count, link.relay.poll)
	link.relay.carries_from_client = func(_datagram: PackedByteArray) -> bool: return true
	return link.relay.from_client.duplicate()


func _send_both_ways(link: Link, datagram: PackedByteArray) -> void:
	link.relay.send_to_server(datagram)
	link.poll_server()
	link.relay.send_to_client(datagram)
	link.poll_client()
