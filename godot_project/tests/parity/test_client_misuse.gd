extends "../support/implementation_test.gd"
## Calls that make no sense on the client's side: refused with a code and a reason, and nothing breaks.

var _silent_socket := PacketPeerUDP.new()


func test_a_new_peer_is_disconnected_and_quiet() -> void:
	var peer := side.peer()
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")
	peer.poll()
	peer.disconnect_from_peer()
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status after poll and disconnect")


func test_a_new_peer_refuses_packets() -> void:
	assert_refuses_packets(side, side.peer())


func test_an_empty_packet_is_accepted_by_a_new_peer() -> void:
	assert_equal(side.peer().put_packet(PackedByteArray()), OK, "put_packet")


func test_connecting_over_nothing_is_refused() -> void:
	_assert_refuses_to_connect(null)


func test_connecting_over_a_new_udp_peer_is_refused() -> void:
	_assert_refuses_to_connect(PacketPeerUDP.new())


func test_connecting_over_an_unconnected_udp_peer_is_refused() -> void:
	var udp := PacketPeerUDP.new()
	udp.bind(0, Link.LOOPBACK)
	_assert_refuses_to_connect(udp)


func test_connecting_with_a_server_s_options_is_refused() -> void:
	expect_error_of(side, "p_options->is_server()", "server")
	if not side.is_ours():
		expect_error("err != OK")
	var credentials := need(Credentials.p256())
	var peer := side.peer()
	var options := side.server_options(credentials.key, credentials.certificate)
	assert_equal(peer.connect_to_peer(_silent_host(), "localhost", options), ERR_INVALID_PARAMETER, "connect_to_peer")
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")


func test_connecting_without_options_uses_the_default_ones() -> void:
	for arguments: Array in [[_silent_host(), "localhost"], [_silent_host(), "localhost", null]]:
		var peer := side.peer()
		assert_equal(peer.callv("connect_to_peer", arguments), OK, "connect_to_peer")
		assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_HANDSHAKING, "status")


func test_connecting_during_a_handshake_is_refused() -> void:
	var peer := side.peer()
	peer.connect_to_peer(_silent_host(), "localhost")
	expect_error_of(side, "already active", "already")
	if not side.is_ours():
		expect_error("err != OK", 2)
	assert_equal(peer.connect_to_peer(_silent_host(), "localhost"), ERR_ALREADY_IN_USE, "connect_to_peer")
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_HANDSHAKING, "status")


func test_verifying_against_an_empty_host_name_is_refused() -> void:
	if side.is_ours():
		expect_error("host name")
	var peer := side.peer()
	var error: Error = peer.connect_to_peer(_silent_host(), "", side.client_options(need(Credentials.p256()).certificate))
	var expected: Error = expected_of(side, { engine = OK, ours = ERR_INVALID_PARAMETER })
	assert_equal(error, expected, "connect_to_peer")


func test_an_empty_host_name_is_accepted_if_it_is_not_verified() -> void:
	assert_equal(side.peer().connect_to_peer(_silent_host(), "", side.client_unsafe()), OK, "unsafe")
	var overridden := side.client_options(need(Credentials.p256()).certificate, "localhost")
	assert_equal(side.peer().connect_to_peer(_silent_host(), "", overridden), OK, "overridden")


func test_a_port_where_nobody_listens_is_an_error() -> void:
	var udp := _silent_host()
	_silent_socket.close()
	if not side.is_ours():
		expect_error("Returning: -0x6C00")
		expect_error("TLS handshake error")
	var peer := side.peer()
	peer.connect_to_peer(udp, "localhost")
	await until(func() -> bool:
		peer.poll()
		return peer.get_status() != PacketPeerDTLS.STATUS_HANDSHAKING)
	var expected: int = expected_of(
		side,
		{ engine = PacketPeerDTLS.STATUS_ERROR_HOSTNAME_MISMATCH, ours = PacketPeerDTLS.STATUS_ERROR },
	)
	assert_equal(peer.get_status(), expected, "status")


func test_a_refused_peer_can_connect_afterwards() -> void:
	var peer := side.peer()
	_expect_refusal_to_connect()
	peer.connect_to_peer(null, "localhost")
	assert_equal(peer.connect_to_peer(_silent_host(), "localhost"), OK, "connect_to_peer")


# Connected to a socket that never answers.
func _silent_host() -> PacketPeerUDP:
	if not _silent_socket.is_bound():
		_silent_socket.bind(0, Link.LOOPBACK)
	var udp := PacketPeerUDP.new()
	udp.connect_to_host(Link.LOOPBACK, _silent_socket.get_local_port())
	return udp


func _assert_refuses_to_connect(udp: PacketPeerUDP) -> void:
	var peer := side.peer()
	_expect_refusal_to_connect()
	assert_equal(peer.connect_to_peer(udp, "localhost"), ERR_INVALID_PARAMETER, "connect_to_peer")
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")


func _expect_refusal_to_connect() -> void:
	expect_error_of(side, "!p_base->is_socket_connected()", "connect_to_host")
