extends "../support/pairing_test.gd"
## How a connection comes about.

const Wire := preload("../support/wire.gd")


func test_a_client_connects_to_a_server_with_an_rsa_certificate() -> void:
	var link := start(need(Credentials.rsa()))
	assert_true(link.poll_until(link.is_established), "no connection")


func test_a_client_connects_to_a_server_with_a_p256_certificate() -> void:
	var link := start(need(Credentials.p256()))
	assert_true(link.poll_until(link.is_established), "no connection")


func test_the_first_hello_is_answered_with_a_cookie_and_the_second_with_the_server_s_hello() -> void:
	var link := start(need(Credentials.p256()), true)
	assert_true(link.poll_until(func() -> bool: return link.relay.from_server.size() >= 2), "no handshake")
	var answers := link.relay.from_server.slice(0, 2).map(Wire.handshake_type)
	assert_equal(answers, [Wire.HandshakeType.HELLO_VERIFY_REQUEST, Wire.HandshakeType.SERVER_HELLO], "answers")
