extends "../support/hostile_test.gd"
## Only a client that returns the cookie it was sent, from where it was sent, gets a session.


func test_the_cookie_that_was_sent_is_accepted() -> void:
	var link := _link_before_second_hello()
	_assert_accepted(link, _second_hello(link))


func test_a_forged_cookie_is_answered_with_a_new_one() -> void:
	var link := _link_before_second_hello()
	var hello := _second_hello(link)
	assert_true(Wire.cookie_size(hello) >= 16, "a short cookie can be guessed")
	for index in Wire.cookie_size(hello):
		var forged := hello.duplicate()
		forged[Wire.cookie_offset(hello) + index] ^= 1
		_assert_asked_again(link, forged)


func test_a_cookie_does_not_count_from_another_port() -> void:
	var link := _link_before_second_hello()
	var elsewhere := PacketPeerUDP.new()
	elsewhere.connect_to_host(Link.LOOPBACK, link.server_port())
	elsewhere.put_packet(_second_hello(link))
	link.poll_until(func() -> bool: return elsewhere.get_available_packet_count() > 0, link.poll_server)
	assert_equal(session_count(link), 0, "sessions")
	assert_equal(Wire.handshake_type(elsewhere.get_packet()), Wire.HandshakeType.HELLO_VERIFY_REQUEST, "answer")


func test_a_cookie_of_a_server_that_is_gone_does_not_count() -> void:
	var link := _link_before_second_hello()
	link.replace_server(server_side.server_options(credentials().key, credentials().certificate))
	_assert_asked_again(link, _second_hello(link))


func test_many_hellos_without_a_cookie_leave_nothing_behind() -> void:
	var link := _link_before_second_hello()
	var hello := link.relay.from_client[0]
	for number in 500:
		var flooding := PacketPeerUDP.new()
		flooding.connect_to_host(Link.LOOPBACK, link.server_port())
		flooding.put_packet(hello)
		link.poll_server()
	var all_asked := func() -> bool: return link.server.get_statistics().cookies_asked == 501
	assert_true(link.poll_until(all_asked, link.poll_server), str(link.server.get_statistics()))
	assert_equal(session_count(link), 0, "sessions")
	_assert_accepted(link, _second_hello(link))


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


func _assert_accepted(link: Link, hello: PackedByteArray) -> void:
	assert_equal(_answer(link, hello), Wire.HandshakeType.SERVER_HELLO, "answer")
	assert_equal(session_count(link), 1, "sessions")


func _assert_asked_again(link: Link, hello: PackedByteArray) -> void:
	assert_equal(_answer(link, hello), Wire.HandshakeType.HELLO_VERIFY_REQUEST, "answer")
	assert_equal(session_count(link), 0, "sessions")


func _answer(link: Link, hello: PackedByteArray) -> int:
	link.relay.from_server.clear()
	link.relay.send_to_server(hello)
	link.poll_until(func() -> bool: return not link.relay.from_server.is_empty(), link.poll_server)
	return -1 if link.relay.from_server.is_empty() else Wire.handshake_type(link.relay.from_server[0])
