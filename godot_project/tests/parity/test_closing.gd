extends "../support/pairing_test.gd"
## The end of a connection.

const Wire := preload("../support/wire.gd")


func test_disconnecting_tells_the_other_side() -> void:
	for closing_side in 2:
		var link := start_connected()
		var direction: Array = link.directions()[closing_side]
		direction[0].disconnect_from_peer()
		assert_equal(direction[0].get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status of the one who left")
		direction[2].call()
		assert_equal(direction[1].get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status of the one who stayed")


func test_disconnecting_sends_one_alert() -> void:
	var link := start_connected(true)
	link.relay.from_client.clear()
	link.client.disconnect_from_peer()
	link.poll_server()
	assert_equal(link.relay.from_client.map(Wire.content_type), [Wire.ContentType.ALERT], "kinds of datagrams sent")


func test_what_was_sent_before_disconnecting_can_still_be_read() -> void:
	for sending_side in 2:
		var link := start_connected()
		var direction: Array = link.directions()[sending_side]
		for number in 3:
			direction[0].put_packet([number])
		direction[0].disconnect_from_peer()
		assert_equal(_read_while_connected(direction[1], direction[2]), [0, 1, 2], "packets read")
		assert_equal(direction[1].get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status in the end")


func test_freeing_a_connected_peer_tells_the_other_side() -> void:
	var link := start_connected()
	link.client = null
	link.poll_server()
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status of the server's peer")

	link = start_connected()
	link.server_peer = null
	link.poll_client()
	assert_equal(link.client.get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status of the client")


func test_disconnecting_twice_is_quiet() -> void:
	var link := start_connected()
	link.client.disconnect_from_peer()
	link.client.disconnect_from_peer()
	assert_equal(link.client.get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")


func test_a_client_can_disconnect_during_the_handshake() -> void:
	var link := start(need(Credentials.p256()), true)
	link.client.disconnect_from_peer()
	assert_equal(link.client.get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")
	link.poll_server()
	assert_equal(link.relay.from_client.size(), 1, "datagrams sent")


func test_a_server_can_disconnect_during_the_handshake() -> void:
	var link := start(need(Credentials.p256()))
	while link.server_peer == null:
		link.poll_client()
		link.poll_server()
	link.server_peer.disconnect_from_peer()
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")


func test_nothing_can_be_sent_or_read_after_disconnecting() -> void:
	var link := start_connected()
	link.server_peer.put_packet([1])
	link.client.disconnect_from_peer()
	assert_refuses_packets(client_side, link.client)


func test_a_client_can_connect_again_after_disconnecting() -> void:
	var link := start_connected()
	link.client.disconnect_from_peer()
	link.poll_server()
	var options := client_side.client_options(need(Credentials.p256()).certificate)
	assert_equal(link.client.connect_to_peer(link.client_udp, "localhost", options), OK, "connect_to_peer")
	assert_true(link.poll_until(link.is_established), "no second connection")


# As the class reference's example does: packets are looked for while the status is CONNECTED.
func _read_while_connected(peer: PacketPeer, poll: Callable) -> Array:
	var read := []
	for frame in 10:
		poll.call()
		if peer.get_status() == PacketPeerDTLS.STATUS_CONNECTED:
			while peer.get_available_packet_count() > 0:
				read.append(peer.get_packet()[0])
	return read
