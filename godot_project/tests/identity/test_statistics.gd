extends "../support/identity_test.gd"
## What connections and servers did, in numbers.


func test_packets_and_bytes_are_counted_on_both_sides() -> void:
	var link := connect_sides(server_options(), client_options())
	link.client.put_packet("hello".to_utf8_buffer())
	link.client.put_packet("again".to_utf8_buffer())
	# A packet may be read a moment before it is counted.
	var is_counted := func() -> bool: return link.server_peer.get_statistics().packets_received == 2
	assert_true(link.poll_until(is_counted), str(link.server_peer.get_statistics()))
	var sent: Dictionary = link.client.get_statistics()
	assert_equal([sent.packets_sent, sent.bytes_sent, sent.packets_received], [2, 10, 0], "the client's")
	var received: Dictionary = link.server_peer.get_statistics()
	assert_equal([received.packets_received, received.bytes_received, received.queued_packets], [2, 10, 2], "the server's")
	for statistics: Dictionary in [sent, received]:
		assert_true(statistics.handshake_usec > 0 and statistics.handshake_usec < 10_000_000, "handshake_usec")
		assert_equal(statistics.retransmissions, 0, "retransmissions")


func test_drops_are_counted_by_cause() -> void:
	var link := Link.new(side, side)
	link.listen(server_options())
	link.put_relay_between()
	link.connect_client("localhost", client_options())
	assert_true(link.poll_until(link.is_established), "no connection")
	link.client.put_packet([1])
	link.receive(link.server_peer, 1)
	link.relay.send_to_server(link.relay.from_client.back())
	link.relay.send_to_server("noise".to_utf8_buffer())
	var counted := func() -> bool:
		var statistics: Dictionary = link.server_peer.get_statistics()
		return statistics.dropped_records == 1 and statistics.dropped_noise == 1
	assert_true(link.poll_until(counted), str(link.server_peer.get_statistics()))


func test_statistics_outlive_the_connection() -> void:
	var link := connect_sides(server_options(), client_options())
	link.client.put_packet([1])
	link.receive(link.server_peer, 1)
	link.client.disconnect_from_peer()
	assert_true(link.poll_until(link.server_ended), "no end")
	assert_equal(link.server_peer.get_statistics().packets_received, 1, "packets_received")


func test_a_repeated_handshake_flight_is_counted() -> void:
	var link := connect_to_nobody(client_options())
	await poll_for(link, func() -> bool: return link.client.get_statistics().retransmissions > 0)
	assert_equal(link.client.get_statistics().retransmissions, 1, "retransmissions")


func test_a_server_counts_what_came_to_its_door() -> void:
	var link := connect_sides(server_options(), client_options())
	var stray := PacketPeerUDP.new()
	stray.connect_to_host(Link.LOOPBACK, link.server_port())
	stray.put_packet("noise".to_utf8_buffer())
	var is_ignored := func() -> bool: return link.server.get_statistics().ignored == 1
	assert_true(link.poll_until(is_ignored), "not ignored")
	var counts: Dictionary = link.server.get_statistics()
	assert_equal([counts.cookies_asked, counts.ignored], [1, 1], "asked for a cookie, and ignored")
	assert_equal(counts.handshakes_done if side.owns_sockets else counts.accepted, 1, "let in")


func test_statistics_hold_numbers_only() -> void:
	var link := connect_sides(server_options(), client_options())
	for statistics: Dictionary in [link.client.get_statistics(), link.server.get_statistics()]:
		for name: String in statistics:
			assert_equal(typeof(statistics[name]), TYPE_INT, name)
