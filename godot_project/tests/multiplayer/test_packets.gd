extends "../support/multiplayer_test.gd"
## Packets: their sizes, transfer modes, channels and targets.

const MODES: Array[MultiplayerPeer.TransferMode] = [
	MultiplayerPeer.TRANSFER_MODE_UNRELIABLE,
	MultiplayerPeer.TRANSFER_MODE_UNRELIABLE_ORDERED,
	MultiplayerPeer.TRANSFER_MODE_RELIABLE,
]


func test_mode_channel_and_sender_of_a_packet_arrive_with_it() -> void:
	start_server()
	var client := join()
	var id := client.get_unique_id()
	for mode in MODES:
		for channel in 4:
			send(client, 1, [mode, channel], mode, channel)
			_assert_next(server, [mode, channel], id, mode, channel)
			send(server, id, [channel, mode], mode, channel)
			_assert_next(client, [channel, mode], 1, mode, channel)


func test_packets_of_every_size_arrive_whole_both_ways() -> void:
	start_server()
	var client := join()
	for mode in MODES:
		# The engine warns of unreliable packets of more than 1,392 bytes.
		for size: int in [1, 100, 1300, 1390] + ([20_000] if mode == MultiplayerPeer.TRANSFER_MODE_RELIABLE else []):
			_assert_arrives(client, server, mode, size)
			_assert_arrives(server, client, mode, size)


func test_a_megabyte_arrives_whole_both_ways() -> void:
	start_server()
	var client := join()
	_assert_arrives(client, server, MultiplayerPeer.TRANSFER_MODE_RELIABLE, 1 << 20)
	_assert_arrives(server, client, MultiplayerPeer.TRANSFER_MODE_RELIABLE, 1 << 20)


func test_an_empty_packet_is_accepted_and_not_sent() -> void:
	start_server()
	var client := join()
	assert_equal(send(client, 1, []), OK, "put_packet")
	send(client, 1, [7])
	assert_equal(receive(server), PackedByteArray([7]), "the first packet")


func test_reliable_packets_arrive_in_order() -> void:
	start_server()
	var client := join()
	for number in 300:
		send(client, 1, [number & 0xff, number >> 8])
	for number in 300:
		assert_equal(receive(server), PackedByteArray([number & 0xff, number >> 8]), "packet %d" % number)


func test_a_packet_goes_to_its_target() -> void:
	start_server()
	var clients := [join(), join(), join()]
	var ids := clients.map(func(client: MultiplayerPeer) -> int: return client.get_unique_id())
	send(server, 0, [1])
	send(server, ids[1], [2])
	send(server, -ids[1], [3])
	send(server, 0, [9])
	for number in 3:
		var expected := [[1], [2], [9]] if number == 1 else [[1], [3], [9]]
		for packet: Array in expected:
			assert_equal(receive(clients[number]), PackedByteArray(packet), "client %d" % number)


func test_a_target_that_is_not_there_is_refused() -> void:
	start_server()
	var client := join()
	expect_error_of("Invalid target peer", "there is no peer", 3)
	assert_equal(send(server, 5, [1]), ERR_INVALID_PARAMETER, "a stranger")
	assert_equal(send(server, -5, [1]), ERR_INVALID_PARAMETER, "all but a stranger")
	assert_equal(send(client, 5, [1]), ERR_INVALID_PARAMETER, "a client's stranger")


func test_what_a_client_sends_to_all_goes_to_the_server() -> void:
	start_server()
	var client := join()
	var other := join()
	for target: int in [0, 1, -1]:
		assert_equal(send(client, target, [7]), OK, "put_packet")
		assert_equal(receive(server), PackedByteArray([7]), "packet to %d" % target)
	assert_equal(other.get_available_packet_count(), 0, "packets of the other client")


func test_reading_without_a_packet_is_an_error() -> void:
	start_server()
	expect_error_of("No incoming packets available", "no packet waits")
	assert_equal(server.get_packet(), PackedByteArray(), "get_packet")
	assert_equal(server.get_packet_error(), ERR_UNAVAILABLE, "get_packet_error")


func test_variants_travel_both_ways() -> void:
	start_server()
	var client := join()
	client.put_var({ a = [1, 2.5] })
	wait_for_packet(server)
	assert_equal(server.get_var(), { a = [1, 2.5] }, "the client's")


func test_a_channel_that_is_not_there_loses_the_packet_or_refuses_it() -> void:
	start_server()
	var client := join(2)
	send(client, 1, [1], MultiplayerPeer.TRANSFER_MODE_RELIABLE, 2)
	assert_equal(receive(server), PackedByteArray([1]), "the last channel")
	expect_error_of("Unable to send packet on channel", "transfer channel 3 is not there")
	var error := send(client, 1, [2], MultiplayerPeer.TRANSFER_MODE_RELIABLE, 3)
	assert_equal(error, expected_of({ engine = OK, ours = ERR_INVALID_PARAMETER }) as Error, "put_packet")
	send(client, 1, [3])
	assert_equal(receive(server), PackedByteArray([3]), "the next packet")


func test_packets_that_nobody_reads_stay_until_the_end() -> void:
	start_server()
	var client := join()
	send(client, 1, [7])
	wait_for_packet(server)
	client.close()
	assert_true(poll_until(func() -> bool: return server_log.signals.size() == 2), "no end")
	assert_equal(receive(server), PackedByteArray([7]), "packet")


func _assert_arrives(from: MultiplayerPeer, to: MultiplayerPeer, mode: MultiplayerPeer.TransferMode, size: int) -> void:
	var may_have_copies := send_until_it_arrives(from, to, message(size), mode)
	assert_true(to.get_packet() == message(size), "%d bytes in mode %d arrive whole" % [size, mode])
	if may_have_copies:
		skip_copies(from, to)


func _assert_next(
		at: MultiplayerPeer,
		packet: PackedByteArray,
		sender: int,
		mode: MultiplayerPeer.TransferMode,
		channel: int,
) -> void:
	wait_for_packet(at)
	var facts := [at.get_packet_peer(), at.get_packet_mode(), at.get_packet_channel()]
	assert_equal(facts, [sender, mode, channel], "sender, mode and channel")
	assert_equal(at.get_packet(), packet, "packet")
