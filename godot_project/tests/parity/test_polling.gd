extends "../support/pairing_test.gd"
## What happens when a script polls, where it owns the sockets.


func parameters() -> Array:
	return drop_in_pairings()


func test_the_first_hello_makes_no_peer_and_the_second_one_does() -> void:
	var link := start(need(Credentials.p256()))
	assert_true(link.poll_until(func() -> bool: return link.server_peer != null), "no handshake")
	var error_then_handshaking: Array[int] = [PacketPeerDTLS.STATUS_ERROR, PacketPeerDTLS.STATUS_HANDSHAKING]
	assert_equal(link.statuses_taken, error_then_handshaking, "status of the peers taken")


func test_three_frames_connect_if_the_server_is_polled_first() -> void:
	var link := start(need(Credentials.p256()))
	assert_true(_frames_to_connect(link, [link.poll_server, link.poll_client]) <= 3, "took more frames than the engine")


func test_four_frames_connect_if_the_client_is_polled_first() -> void:
	var link := start(need(Credentials.p256()))
	assert_true(_frames_to_connect(link, [link.poll_client, link.poll_server]) <= 4, "took more frames than the engine")


func test_one_poll_makes_every_waiting_packet_readable() -> void:
	var link := start_connected()
	for number in 5:
		link.client.put_packet([number])
	link.poll_server()
	var expected_count: int = expected_of(server_side, { engine = 1, ours = 5 })
	assert_equal(link.server_peer.get_available_packet_count(), expected_count, "packets after one poll")


func test_a_server_can_disconnect_during_the_handshake() -> void:
	var link := start(need(Credentials.p256()))
	if not assert_true(link.poll_until(func() -> bool: return link.server_peer != null), "no handshake"):
		return
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_HANDSHAKING, "status before")
	link.server_peer.disconnect_from_peer()
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")


func _frames_to_connect(link: Link, polls_of_a_frame: Array[Callable]) -> int:
	var frames := 0
	while not link.is_established() and frames < 20:
		for poll in polls_of_a_frame:
			poll.call()
		frames += 1
	return frames
