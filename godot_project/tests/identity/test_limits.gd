extends "../support/identity_test.gd"
## What properties say of time, of sizes and of queues holds.

const Wire := preload("../support/wire.gd")


func test_a_handshake_takes_no_longer_than_its_timeout() -> void:
	var options := client_options()
	options.handshake_timeout = 0.2
	var link := connect_to_nobody(options)
	assert_true(await poll_for(link, link.client_ended), "still handshaking")
	assert_equal(link.client.get_status(), PacketPeerDTLSOpenSSL.STATUS_ERROR, "status")
	assert_words(link.client.get_last_error(), "did not finish within 0.2 s")


func test_a_client_that_falls_silent_in_its_handshake_is_given_up() -> void:
	var options := server_options()
	options.handshake_timeout = 0.2
	var link := Link.new(side, side)
	link.listen(options)
	# Its hellos come through, and nothing else.
	link.put_relay_between().carries_from_client = func(datagram: PackedByteArray) -> bool:
		return Wire.handshake_type(datagram) == Wire.HandshakeType.CLIENT_HELLO
	link.connect_client("localhost", client_options())
	var has_failed := func() -> bool: return link.server_status() == PacketPeerDTLSOpenSSL.STATUS_ERROR
	assert_true(await poll_for(link, has_failed), "still handshaking")
	assert_words(link.server_words(), "did not finish within 0.2 s")


func test_silence_ends_a_connection_when_idling_is_limited() -> void:
	var options := server_options()
	options.idle_timeout = 0.2
	var link := connect_sides(options, client_options())
	assert_true(await poll_for(link, link.server_ended), "still connected")
	assert_equal(link.server_peer.get_status(), PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED, "status")
	assert_words(link.server_peer.get_last_error(), "nothing was received for 0.2 s")


func test_a_full_queue_drops_new_packets_and_counts_them() -> void:
	var options := server_options()
	options.max_queued_packets = 2
	var link := connect_sides(options, client_options())
	for number in 5:
		link.client.put_packet([number])
	link.poll_until(func() -> bool: return link.server_peer.get_statistics().packets_received == 5)
	assert_equal(link.server_peer.get_available_packet_count(), 2, "packets")
	assert_equal(link.server_peer.get_statistics().dropped_full, 3, "dropped_full")
	assert_equal(link.server_peer.get_packet(), PackedByteArray([0]), "first packet")


func test_a_queue_that_is_full_of_bytes_drops_new_packets_and_counts_them() -> void:
	var options := server_options()
	options.max_queued_bytes = 16_384
	var link := connect_sides(options, client_options())
	var packet := PackedByteArray()
	packet.resize(6000)
	for number in 4:
		link.client.put_packet(packet)
	link.poll_until(func() -> bool: return link.server_peer.get_statistics().packets_received == 4)
	assert_equal(link.server_peer.get_available_packet_count(), 2, "packets")
	assert_equal(link.server_peer.get_statistics().dropped_full, 2, "dropped_full")
	assert_equal(link.server.get_statistics().queued_bytes, 12_000, "queued_bytes")
	while link.server_peer.get_available_packet_count() > 0:
		link.server_peer.get_packet()
	assert_equal(link.server.get_statistics().queued_bytes, 0, "queued_bytes after reading")


func test_a_handshake_keeps_to_the_mtu() -> void:
	var options := TLSOptionsOpenSSL.server(need(Credentials.rsa()).key, Credentials.rsa().certificate)
	options.mtu = 300
	var link := Link.new(side, side)
	link.listen(options)
	link.put_relay_between()
	link.connect_client("localhost", TLSOptionsOpenSSL.client(Credentials.rsa().certificate))
	assert_true(link.poll_until(link.is_established), "no connection")
	for datagram in link.relay.from_server:
		assert_true(datagram.size() <= 300, "a datagram of %d bytes" % datagram.size())
	assert_true(link.relay.from_server.size() > 3, "nothing was split")
