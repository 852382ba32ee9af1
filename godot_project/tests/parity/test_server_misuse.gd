extends "../support/implementation_test.gd"
## Calls that make no sense on the server's side: refused with a code and a reason, and nothing breaks.


func test_setup_without_options_is_refused() -> void:
	expect_error_of(side, "p_options.is_null()", "TLSOptionsOpenSSL.server")
	assert_equal(side.server().setup(null), ERR_INVALID_PARAMETER, "setup")


func test_setup_with_a_client_s_options_is_refused() -> void:
	expect_error_of(side, "!p_options->is_server()", "TLSOptionsOpenSSL.server")
	assert_equal(side.server().setup(side.client_options()), ERR_INVALID_PARAMETER, "setup")


func test_setup_without_a_key_or_a_certificate_is_refused() -> void:
	var credentials := need(Credentials.p256())
	_assert_incomplete_options(side.server_options(null, credentials.certificate), "private key")
	_assert_incomplete_options(side.server_options(credentials.key, null), "certificate")
	_assert_incomplete_options(side.server_options(CryptoKey.new(), credentials.certificate), "private key")
	_assert_incomplete_options(side.server_options(credentials.key, X509Certificate.new()), "certificate")


func test_setup_with_a_key_of_another_certificate_is_refused() -> void:
	var strangers_key: CryptoKey = need(Credentials.stranger()).key
	_assert_incomplete_options(side.server_options(strangers_key, need(Credentials.p256()).certificate), "does not belong")


func test_a_second_setup_takes_over_for_new_connections() -> void:
	var first := need(Credentials.p256())
	var second := need(Credentials.stranger())
	var link := Link.new(side, side)
	link.listen(side.server_options(first.key, first.certificate))
	link.connect_client("localhost", side.client_options(first.certificate))
	assert_true(link.poll_until(link.is_established), "no connection before")
	var live := link.server_peer
	var live_client := link.client

	if not side.is_ours():
		expect_error("already in use")
		expect_error("cookies->setup() != OK")
	var error: Error = link.server.setup(side.server_options(second.key, second.certificate))
	assert_equal(error, expected_of(side, { engine = ERR_ALREADY_IN_USE, ours = OK }) as Error, "second setup")

	link.client = side.peer()
	link.client_udp = PacketPeerUDP.new()
	var newest: Credentials = expected_of(side, { engine = first, ours = second })
	link.connect_client("localhost", side.client_options(newest.certificate))
	var is_newcomer_connected := func() -> bool: return link.server_peer != live and link.is_established()
	assert_true(link.poll_until(is_newcomer_connected), "no connection after")
	live.poll()
	live_client.poll()
	assert_equal(live.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status of the first connection at the server")
	assert_equal(live_client.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status of the first connection's client")


func test_taking_a_connection_before_setup_gives_nothing() -> void:
	expect_error_of(side, "tls_options.is_null()", "setup")
	assert_true(side.server().take_connection(_connected_udp()) == null, "something was taken")


func test_taking_nothing_gives_nothing() -> void:
	expect_error_of(side, "p_udp_peer.is_null()", "null")
	assert_true(_set_up_server().take_connection(null) == null, "something was taken")


func test_taking_an_unconnected_udp_peer_gives_a_disconnected_peer() -> void:
	var server := _set_up_server()
	var bound := PacketPeerUDP.new()
	bound.bind(0, Link.LOOPBACK)
	expect_error_of(side, "!p_base->is_socket_connected()", "connect", 2)
	for udp: PacketPeerUDP in [PacketPeerUDP.new(), bound]:
		assert_equal(server.take_connection(udp).get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")


func test_taking_a_udp_peer_without_a_datagram() -> void:
	var peer: PacketPeer = _set_up_server().take_connection(_connected_udp())
	# Ours keep nothing for a client that has not returned its cookie.
	var expected: int = expected_of(
		side,
		{ engine = PacketPeerDTLS.STATUS_HANDSHAKING, ours = PacketPeerDTLS.STATUS_ERROR },
	)
	assert_equal(peer.get_status(), expected, "status")


func _assert_incomplete_options(options: RefCounted, our_reason: String) -> void:
	if side.is_ours():
		expect_error(our_reason)
	var expected: Error = expected_of(side, { engine = OK, ours = ERR_INVALID_PARAMETER })
	assert_equal(side.server().setup(options), expected, "setup")


func _set_up_server() -> RefCounted:
	var credentials := need(Credentials.p256())
	var server := side.server()
	server.setup(side.server_options(credentials.key, credentials.certificate))
	return server


func _connected_udp() -> PacketPeerUDP:
	var udp := PacketPeerUDP.new()
	udp.connect_to_host(Link.LOOPBACK, 9)
	return udp
