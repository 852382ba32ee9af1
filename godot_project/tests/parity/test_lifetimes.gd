extends "../support/pairing_test.gd"
## Sockets of a script, and peers, that go away at the wrong moment.

## More than a handshake takes.
const STEPS := 8


func parameters() -> Array:
	return drop_in_pairings()


func test_a_connection_needs_no_reference_to_its_udp_peer() -> void:
	var link := start_connected()
	link.client_udp = null
	link.client.put_packet([7])
	assert_equal(link.receive(link.server_peer, 1).size(), 1, "packets received")


func test_a_connection_outlives_its_server() -> void:
	var link := start_connected()
	link.server = null
	link.client.put_packet([7])
	assert_equal(link.receive(link.server_peer, 1).size(), 1, "packets received")


func test_a_client_can_be_freed_at_any_point() -> void:
	_expect_engine_to_mention_stray_flights()
	for step in STEPS:
		var link := start(need(Credentials.p256()))
		_poll_steps(link, step)
		link.client = client_side.peer()
		_assert_newcomer_connects(link, "after freeing the client at step %d" % step)


func test_a_server_s_peer_can_be_freed_at_any_point() -> void:
	_expect_engine_to_mention_stray_flights()
	for step in STEPS:
		var link := start(need(Credentials.p256()))
		_poll_steps(link, step)
		link.server_peer = null
		link.client.disconnect_from_peer()
		_assert_newcomer_connects(link, "after freeing the server's peer at step %d" % step)


func test_closing_the_socket_of_a_client_ends_its_connection() -> void:
	if not client_side.is_ours():
		expect_error("Returning: -0x6C00")
	var link := start_connected()
	link.client_udp.close()
	link.client.poll()
	assert_equal(link.client.get_status(), PacketPeerDTLS.STATUS_ERROR, "status")


func test_a_packet_for_a_closed_socket_ends_the_connection() -> void:
	if client_side.is_ours():
		expect_error("PacketPeerDTLSOpenSSL.put_packet: not connected.")
	var link := start_connected()
	link.client_udp.close()
	var error: Error = link.client.put_packet([1])
	assert_equal(error, expected_of(client_side, { engine = OK, ours = ERR_UNCONFIGURED }) as Error, "put_packet")
	link.client.poll()
	var expected_status: int = expected_of(
		client_side,
		{ engine = PacketPeerDTLS.STATUS_CONNECTED, ours = PacketPeerDTLS.STATUS_ERROR },
	)
	assert_equal(link.client.get_status(), expected_status, "status")


func test_a_connection_that_a_closed_socket_ended_can_be_made_anew() -> void:
	if not client_side.is_ours():
		expect_error("Returning: -0x6C00")
	var link := start_connected()
	link.client_udp.close()
	if client_side.is_ours():
		expect_error("PacketPeerDTLSOpenSSL.put_packet: not connected.")
		link.client.put_packet([1])
	else:
		link.client.poll()
	link.client_udp.connect_to_host(Link.LOOPBACK, link.server_port())
	var options: RefCounted = client_side.client_options(need(Credentials.p256()).certificate)
	assert_equal(link.client.connect_to_peer(link.client_udp, "localhost", options) as Error, OK, "connect_to_peer")


func test_stopping_the_udp_server_ends_its_connections() -> void:
	if not server_side.is_ours():
		expect_error("Returning: -0x6C00")
	var link := start_connected()
	link.server_udp.stop()
	link.server_peer.poll()
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_ERROR, "status")


func test_a_failure_of_the_socket_is_reported_by_put_packet() -> void:
	if not client_side.is_ours():
		expect_error("Returning: -0x6C00")
	var link := start_connected()
	link.server_udp.stop()
	# The first finds nobody there, the second is told so.
	link.client.put_packet([1])
	var error: Error = link.client.put_packet([2])
	assert_equal(error, expected_of(client_side, { engine = ERR_CONNECTION_ERROR, ours = FAILED }) as Error, "put_packet")
	var expected_status: int = expected_of(
		client_side,
		{ engine = PacketPeerDTLS.STATUS_DISCONNECTED, ours = PacketPeerDTLS.STATUS_CONNECTED },
	)
	assert_equal(link.client.get_status(), expected_status, "status")


func _poll_steps(link: Link, steps: int) -> void:
	for step in steps:
		if step % 2 == 0:
			link.poll_server()
		else:
			link.poll_client()


# What a client sent to a peer that is gone reaches the server as from a new client; ours says nothing of it.
func _expect_engine_to_mention_stray_flights() -> void:
	if not server_side.is_ours():
		expect_error("TLS handshake error", 3)


# From another port than the one before.
func _assert_newcomer_connects(link: Link, when: String) -> void:
	link.server_peer = null
	link.client_udp = PacketPeerUDP.new()
	var certificate: X509Certificate = need(Credentials.p256()).certificate
	assert_equal(link.connect_client("localhost", client_side.client_options(certificate)), OK, "connect_to_peer")
	assert_true(link.poll_until(link.is_established), "no connection " + when)
