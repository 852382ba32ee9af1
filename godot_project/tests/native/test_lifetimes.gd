extends "../support/implementation_test.gd"
## Servers and peers with sockets of their own that go away at the wrong moment.

## A handshake is done after so many datagrams.
const STEPS := 6


func parameters() -> Array:
	return [Implementation.native()]


func test_a_client_can_be_freed_at_any_point() -> void:
	for step in STEPS:
		var link := _start_and_carry(step)
		link.client = null
		_assert_newcomer_connects(link, "after freeing the client at step %d" % step)


func test_a_server_can_be_stopped_at_any_point() -> void:
	for step in STEPS:
		var link := _start_and_carry(step)
		link.server.stop()
		assert_equal(link.server.get_connection_count(), 0, "connections of a server that was stopped")
		assert_equal(link.server.listen(0, Link.LOOPBACK), OK, "listen")
		_assert_newcomer_connects(link, "after stopping the server at step %d" % step)


func test_a_server_can_be_freed_at_any_point() -> void:
	for step in STEPS:
		var link := _start_and_carry(step)
		link.server = null
		# The relay stays: at a closed port the client would not wait for an answer.
		assert_equal(link.client.get_status(), PacketPeerDTLS.STATUS_HANDSHAKING, "status of the client at step %d" % step)
		link.client.disconnect_from_peer()


func test_a_server_can_be_freed_before_its_peers() -> void:
	var link := _start()
	assert_true(link.poll_until(link.is_established), "no connection")
	link.server = null
	for peer: PacketPeer in [link.server_peer, link.client]:
		link.poll_until_left(peer, link.poll_client)
		assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")
		assert_equal(peer.put_packet([1]), ERR_UNCONFIGURED, "put_packet")
	# The server's log is not for its clients to fill.
	expect_error("put_packet: not connected", 1)


func _start() -> Link:
	var credentials := need(Credentials.p256())
	var link := Link.new(side, side)
	link.listen(side.server_options(credentials.key, credentials.certificate))
	link.put_relay_between()
	link.connect_client("localhost", side.client_options(credentials.certificate))
	return link


## So many datagrams of the handshake have arrived, and no more will.
func _start_and_carry(count: int) -> Link:
	var link := _start()
	var from_client := link.relay.from_client
	var from_server := link.relay.from_server
	var is_carried := func(_datagram: PackedByteArray) -> bool: return from_client.size() + from_server.size() <= count
	link.relay.carries_from_client = is_carried
	link.relay.carries_from_server = is_carried
	var has_carried := func() -> bool: return from_client.size() + from_server.size() >= count
	assert_true(link.poll_until(has_carried), "fewer than %d datagrams" % count)
	return link


# From another port, and past the relay.
func _assert_newcomer_connects(link: Link, when: String) -> void:
	link.relay = null
	link.renew_client()
	var options := side.client_options(need(Credentials.p256()).certificate)
	assert_equal(link.connect_client("localhost", options), OK, "connect_to_host")
	assert_true(link.poll_until(link.is_established), "no connection " + when)
