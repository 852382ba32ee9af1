extends "../support/pairing_test.gd"
## The end of a connection.

const Wire := preload("../support/wire.gd")


func test_disconnecting_tells_the_other_side() -> void:
	for closing_side in 2:
		var link := start_connected()
		var direction: Array = link.directions()[closing_side]
		direction[0].disconnect_from_peer()
		assert_equal(direction[0].get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status of the one who left")
		link.poll_until_left(direction[1], direction[2])
		assert_equal(direction[1].get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status of the one who stayed")


func test_disconnecting_sends_one_alert() -> void:
	var link := start_connected(true)
	link.relay.from_client.clear()
	link.client.disconnect_from_peer()
	link.poll_until_left(link.server_peer, link.poll_server)
	assert_equal(link.relay.from_client.map(Wire.content_type), [Wire.ContentType.ALERT], "kinds of datagrams sent")


func test_what_was_sent_before_disconnecting_can_still_be_read() -> void:
	for sending_side in 2:
		var link := start_connected()
		var direction: Array = link.directions()[sending_side]
		for number in 3:
			direction[0].put_packet([number])
		direction[0].disconnect_from_peer()
		assert_equal(_read_while_connected(link, direction[1], direction[2]), [0, 1, 2], "packets read")
		assert_equal(direction[1].get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status in the end")


func test_freeing_a_connected_peer_tells_the_other_side() -> void:
	var link := start_connected()
	link.client = null
	link.poll_until_left(link.server_peer, link.poll_server)
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status of the server's peer")

	link = start_connected()
	link.server_peer = null
	link.poll_until_left(link.client, link.poll_client)
	assert_equal(link.client.get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status of the client")


func test_disconnecting_twice_is_quiet() -> void:
	var link := start_connected()
	link.client.disconnect_from_peer()
	link.client.disconnect_from_peer()
	assert_equal(link.client.get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")


func test_a_client_can_disconnect_during_the_handshake() -> void:
	var link := start(need(Credentials.p256()), true)
	link.relay.carries_from_client = func(_datagram: PackedByteArray) -> bool: return false
	link.poll_until(func() -> bool: return not link.relay.from_client.is_empty())
	link.client.disconnect_from_peer()
	assert_equal(link.client.get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")
	link.poll_server()
	assert_equal(link.relay.from_client.size(), 1, "datagrams sent")


func test_nothing_can_be_sent_or_read_after_disconnecting() -> void:
	var link := start_connected()
	link.server_peer.put_packet([1])
	link.client.disconnect_from_peer()
	assert_refuses_packets(client_side, link.client)


func test_a_client_can_connect_again_after_disconnecting() -> void:
	var link := start_connected()
	link.client.disconnect_from_peer()
	link.poll_until_left(link.server_peer, link.poll_server)
	var options := client_side.client_options(need(Credentials.p256()).certificate)
	assert_equal(link.connect_client("localhost", options), OK, "connect")
	assert_true(link.poll_until(link.is_established), "no second connection")


# As the class reference's example does: packets are looked for while the status is CONNECTED.
func _read_while_connected(link: Link, peer: PacketPeer, poll: Callable) -> Array:
	var read := []
	var has_left := func() -> bool:
		while peer.get_status() == PacketPeerDTLS.STATUS_CONNECTED and peer.get_available_packet_count() > 0:
			read.append(peer.get_packet()[0])
		return peer.get_status() != PacketPeerDTLS.STATUS_CONNECTED
	link.poll_until(has_left, poll)
	return read
