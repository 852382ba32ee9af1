extends "../support/hostile_test.gd"
## Only a client that returns the cookie it was sent, from where it was sent, gets a session.


func test_the_cookie_that_was_sent_is_accepted() -> void:
	var link := _link_before_second_hello()
	_assert_answer(link, _second_hello(link), PacketPeerDTLS.STATUS_HANDSHAKING)


func test_a_forged_cookie_is_answered_with_a_new_one() -> void:
	var link := _link_before_second_hello()
	var hello := _second_hello(link)
	assert_true(Wire.cookie_size(hello) >= 16, "a short cookie can be guessed")
	for index in Wire.cookie_size(hello):
		var forged := hello.duplicate()
		forged[Wire.cookie_offset(hello) + index] ^= 1
		_assert_answer(link, forged, PacketPeerDTLS.STATUS_ERROR)


func test_a_cookie_does_not_count_from_another_port() -> void:
	var link := _link_before_second_hello()
	var elsewhere := PacketPeerUDP.new()
	elsewhere.connect_to_host(Link.LOOPBACK, link.server_udp.get_local_port())
	elsewhere.put_packet(_second_hello(link))
	link.poll_server()
	assert_equal(link.statuses_taken.back(), PacketPeerDTLS.STATUS_ERROR, "status")
	assert_equal(Wire.handshake_type(elsewhere.get_packet()), Wire.HandshakeType.HELLO_VERIFY_REQUEST, "answer")


func test_a_cookie_of_a_server_that_is_gone_does_not_count() -> void:
	var link := _link_before_second_hello()
	link.server = server_side.server()
	link.server.setup(server_side.server_options(credentials().key, credentials().certificate))
	_assert_answer(link, _second_hello(link), PacketPeerDTLS.STATUS_ERROR)


func test_many_hellos_without_a_cookie_leave_nothing_behind() -> void:
	var link := _link_before_second_hello()
	var hello := link.relay.from_client[0]
	for number in 500:
		var flooding := PacketPeerUDP.new()
		flooding.connect_to_host(Link.LOOPBACK, link.server_udp.get_local_port())
		flooding.put_packet(hello)
		link.poll_server()
	assert_equal(link.statuses_taken.count(PacketPeerDTLS.STATUS_ERROR), 501, "peers turned away")
	_assert_answer(link, _second_hello(link), PacketPeerDTLS.STATUS_HANDSHAKING)


# The relay has its first hello carried and answered, and keeps its second one.
func _link_before_second_hello() -> Link:
	var link := start(credentials(), true)
	link.relay.carries_from_client = func(_datagram: PackedByteArray) -> bool: return link.relay.from_client.size() == 1
	assert_true(link.poll_until(func() -> bool: return link.relay.from_client.size() == 2), "no second hello")
	# The lambda would keep the link alive through itself.
	link.relay.carries_from_client = func(_datagram: PackedByteArray) -> bool: return false
	return link


func _second_hello(link: Link) -> PackedByteArray:
	return link.relay.from_client[1]


func _assert_answer(link: Link, hello: PackedByteArray, expected_status: int) -> void:
	link.relay.from_server.clear()
	link.relay.send_to_server(hello)
	link.poll_server()
	link.relay.poll()
	assert_equal(link.statuses_taken.back(), expected_status, "status of the peer taken")
	var expected_answer: int = Wire.HandshakeType.SERVER_HELLO
	if expected_status == PacketPeerDTLS.STATUS_ERROR:
		expected_answer = Wire.HandshakeType.HELLO_VERIFY_REQUEST
	assert_equal(Wire.handshake_type(link.relay.from_server[0]), expected_answer, "answer")
