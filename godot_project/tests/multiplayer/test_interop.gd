extends "../support/enet_interop_test.gd"
## Packets between the engine's peer and ours.

const MODES: Array[MultiplayerPeer.TransferMode] = [
	MultiplayerPeer.TRANSFER_MODE_UNRELIABLE,
	MultiplayerPeer.TRANSFER_MODE_UNRELIABLE_ORDERED,
	MultiplayerPeer.TRANSFER_MODE_RELIABLE,
]


func test_packets_of_all_modes_and_channels_travel_both_ways() -> void:
	start_server()
	var client := join()
	var id := client.get_unique_id()
	for mode in MODES:
		for channel in 4:
			# Larger ones are sent in fragments, as ordered ones.
			for size: int in [1, 1000, 1300] + ([30_000] if mode == MultiplayerPeer.TRANSFER_MODE_RELIABLE else []):
				_assert_arrives(client, server, id, mode, channel, size)
				_assert_arrives(server, client, 1, mode, channel, size)


func test_a_megabyte_travels_both_ways() -> void:
	start_server()
	var client := join()
	_assert_arrives(client, server, client.get_unique_id(), MultiplayerPeer.TRANSFER_MODE_RELIABLE, 0, 1 << 20)
	_assert_arrives(server, client, 1, MultiplayerPeer.TRANSFER_MODE_RELIABLE, 0, 1 << 20)


func test_compressed_packets_travel_both_ways() -> void:
	for mode: ENetConnection.CompressionMode in [
		ENetConnection.COMPRESS_RANGE_CODER,
		ENetConnection.COMPRESS_FASTLZ,
		ENetConnection.COMPRESS_ZLIB,
		ENetConnection.COMPRESS_ZSTD,
	]:
		compression = mode
		start_server()
		var client := join()
		for packet in _samples():
			send(client, 1, packet)
			assert_true(receive(server) == packet, "mode %d: the client's %d bytes" % [mode, packet.size()])
			send(server, 0, packet)
			assert_true(receive(client) == packet, "mode %d: the server's %d bytes" % [mode, packet.size()])
		_end()


func test_reliable_packets_arrive_in_order_over_a_bad_link() -> void:
	start_server()
	bridge.lost_percent = 5
	bridge.doubled_percent = 5
	bridge.overtaken_percent = 10
	var client := join()
	for number in 200:
		send(client, 1, PackedByteArray([number]) + message(500))
		send(server, 0, PackedByteArray([number]) + message(500))
	for number in 200:
		assert_equal(receive(server)[0], number, "the client's packet")
		assert_equal(receive(client)[0], number, "the server's packet")
	assert_true(bridge.lost > 0, "nothing was lost")


func test_a_large_packet_arrives_whole_over_a_bad_link() -> void:
	start_server()
	bridge.lost_percent = 5
	bridge.doubled_percent = 5
	bridge.overtaken_percent = 10
	var client := join()
	_assert_arrives(client, server, client.get_unique_id(), MultiplayerPeer.TRANSFER_MODE_RELIABLE, 0, 200_000)
	_assert_arrives(server, client, 1, MultiplayerPeer.TRANSFER_MODE_RELIABLE, 0, 200_000)


func _assert_arrives(
		from: MultiplayerPeer,
		to: MultiplayerPeer,
		sender: int,
		mode: MultiplayerPeer.TransferMode,
		channel: int,
		size: int,
) -> void:
	var may_have_copies := send_until_it_arrives(from, to, message(size), mode, channel)
	var facts := [to.get_packet_peer(), to.get_packet_mode(), to.get_packet_channel()]
	assert_equal(facts, [sender, mode, channel], "sender, mode and channel of %d bytes" % size)
	assert_true(to.get_packet() == message(size), "%d bytes in mode %d arrive whole" % [size, mode])
	if may_have_copies:
		skip_copies(from, to)


## Packets of several kinds and sizes.
func _samples() -> Array[PackedByteArray]:
	var random := RandomNumberGenerator.new()
	random.seed = 4
	var samples: Array[PackedByteArray] = []
	for size: int in [20, 100, 300, 1300, 5000]:
		var few_values := PackedByteArray()
		var drifting := PackedByteArray()
		for place in size:
			few_values.append(random.randi_range(0, 3))
			drifting.append(drifting[place - 16] if place >= 16 and random.randi_range(0, 3) > 0 else random.randi_range(0, 255))
		var text := "the quick brown fox, the lazy dog; ".repeat(size / 35 + 1).left(size).to_utf8_buffer()
		samples.append_array([message(size), few_values, drifting, text])
	return samples


func _end() -> void:
	for peer in peers:
		peer.close()
	peers.clear()
	bridge.close()
	bridge = null
