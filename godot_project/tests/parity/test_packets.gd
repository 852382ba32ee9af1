extends "../support/pairing_test.gd"
## Packets on an established connection.

const SIZES: Array[int] = [1, 100, 1200, 16384]
const LARGEST := 16384


func test_packets_of_every_size_arrive_whole_both_ways() -> void:
	var link := start_connected()
	for direction: Array in link.directions():
		for size in SIZES:
			var packet := _packet(size)
			assert_equal(direction[0].put_packet(packet), OK, "put_packet of %d bytes" % size)
			assert_true(link.receive(direction[1], 1) == [packet], "%d bytes did not arrive as they left" % size)


func test_many_packets_of_one_frame_arrive_in_order_both_ways() -> void:
	var link := start_connected()
	for direction: Array in link.directions():
		for size in SIZES:
			# As many as the engine's UDP sockets keep between two polls: 64 KiB.
			var sent: Array[PackedByteArray] = []
			for number in mini(30, 64_000 / (size + 100)):
				sent.append(_packet(size, number))
				assert_equal(direction[0].put_packet(sent.back()), OK, "put_packet")
			assert_true(link.receive(direction[1], sent.size()) == sent, "packets of %d bytes: lost or not in order" % size)


func test_a_packet_leaves_as_one_datagram() -> void:
	var link := start_connected(true)
	for size in SIZES:
		var datagrams_before := link.relay.from_client.size()
		link.client.put_packet(_packet(size))
		link.receive(link.server_peer, 1)
		assert_equal(link.relay.from_client.size() - datagrams_before, 1, "datagrams for %d bytes" % size)


func test_an_empty_packet_is_accepted_and_not_sent() -> void:
	var link := start_connected(true)
	var datagrams_before := link.relay.from_client.size()
	assert_equal(link.client.put_packet(PackedByteArray()), OK, "put_packet")
	link.client.put_packet(_packet(1))
	assert_equal(link.receive(link.server_peer, 1).size(), 1, "packets received")
	assert_equal(link.relay.from_client.size() - datagrams_before, 1, "datagrams sent")


func test_a_packet_larger_than_a_record_is_refused() -> void:
	var link := start_connected()
	if client_side.is_ours():
		expect_error("16384")
	var error: Error = link.client.put_packet(_packet(LARGEST + 1))
	var expected_error: Error = expected_of(client_side, { engine = ERR_CONNECTION_ERROR, ours = ERR_INVALID_PARAMETER })
	var expected_status: int = expected_of(
		client_side,
		{ engine = PacketPeerDTLS.STATUS_DISCONNECTED, ours = PacketPeerDTLS.STATUS_CONNECTED },
	)
	assert_equal(error, expected_error, "put_packet")
	assert_equal(link.client.get_status(), expected_status, "status")


func test_reading_without_a_packet_gives_an_empty_array_and_no_error() -> void:
	var link := start_connected()
	for peer: PacketPeer in [link.client, link.server_peer]:
		assert_equal(peer.get_available_packet_count(), 0, "packets")
		assert_equal(peer.get_packet(), PackedByteArray(), "packet")
		assert_equal(peer.get_packet_error(), OK, "error")
		assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")


func test_variants_travel_both_ways() -> void:
	var link := start_connected()
	var value := { name = "Ada", at = Vector3(1, 2, 3), items = [1, "two", null] }
	for direction: Array in link.directions():
		assert_equal(direction[0].put_var(value), OK, "put_var")
		assert_true(link.poll_until(func() -> bool: return direction[1].get_available_packet_count() > 0), "nothing came")
		assert_equal(direction[1].get_var(), value, "value")


# Its bytes count up from the number, so that no two packets of a test are the same.
func _packet(size: int, number := 0) -> PackedByteArray:
	return PackedByteArray(range(number, number + size))
