extends "../support/pairing_test.gd"
## How a connection comes about.

const Wire := preload("../support/wire.gd")


func test_a_client_connects_to_a_server_with_an_rsa_certificate() -> void:
	var link := start(need(Credentials.rsa()))
	assert_true(link.poll_until(link.is_established), "no connection")


func test_a_client_connects_to_a_server_with_a_p256_certificate() -> void:
	var link := start(need(Credentials.p256()))
	assert_true(link.poll_until(link.is_established), "no connection")


func test_the_first_hello_is_answered_with_a_cookie_and_the_second_starts_the_handshake() -> void:
	var link := start(need(Credentials.p256()), true)
	assert_true(link.poll_until(func() -> bool: return link.server_peer != null), "no handshake")
	var error_then_handshaking: Array[int] = [PacketPeerDTLS.STATUS_ERROR, PacketPeerDTLS.STATUS_HANDSHAKING]
	assert_equal(link.statuses_taken, error_then_handshaking, "status of the peers taken")
	assert_equal(Wire.handshake_type(link.relay.from_server[0]), Wire.HandshakeType.HELLO_VERIFY_REQUEST, "first answer")


func test_three_frames_connect_if_the_server_is_polled_first() -> void:
	var link := start(need(Credentials.p256()))
	assert_true(_frames_to_connect(link, [link.poll_server, link.poll_client]) <= 3, "took more frames than the engine")


func test_four_frames_connect_if_the_client_is_polled_first() -> void:
	var link := start(need(Credentials.p256()))
	assert_true(_frames_to_connect(link, [link.poll_client, link.poll_server]) <= 4, "took more frames than the engine")


func _frames_to_connect(link: Link, polls_of_a_frame: Array[Callable]) -> int:
	var frames := 0
	while not link.is_established() and frames < 20:
		for poll in polls_of_a_frame:
			poll.call()
		frames += 1
	return frames
