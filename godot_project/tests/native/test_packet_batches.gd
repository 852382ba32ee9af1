extends "../support/native_test.gd"
## The packets of a frame in one call: DTLSServerOpenSSL.take_packets and put_packets.


func test_a_frame_of_packets_is_taken_and_put_in_one_call() -> void:
	listen()
	var clients: Array[PacketPeer] = []
	var peers: Array[PacketPeer] = []
	for number in 5:
		var pair := await connect_pair()
		clients.append(pair[0])
		peers.append(pair[1])
		for packet: PackedByteArray in _packets_of(number):
			pair[0].put_packet(packet)
	var arrived := {}
	var count := [0]
	var got_all := func() -> bool:
		var batch: DTLSPacketBatchOpenSSL = server.take_packets()
		for i in batch.peers.size():
			var number := peers.find(instance_from_id(batch.peers[i]))
			arrived.get_or_add(number, []).append(_packet(batch, i))
			count[0] += 1
		assert_equal(server.put_packets(batch), OK, "put_packets")
		return count[0] == 3 * clients.size()
	assert_true(await until(got_all, PATIENCE_MSEC), "all packets")
	for number in clients.size():
		assert_equal(arrived[number], _packets_of(number), "packets of client %d, oldest first" % number)
		for packet: PackedByteArray in _packets_of(number):
			assert_equal(await receive(clients[number]), packet, "echo")


func test_packets_of_a_client_that_was_not_taken_wait() -> void:
	listen()
	var client := connect_client()
	assert_true(await until(is_connected_peer.bind(client), PATIENCE_MSEC), "the client is not connected")
	client.put_packet([7])
	assert_true(await until(func() -> bool: return server.get_statistics().queued_bytes == 1), "the packet waits")
	assert_equal(server.take_packets().peers.size(), 0, "before take_connection")
	var peer: PacketPeer = await take_peer()
	var batch: DTLSPacketBatchOpenSSL = server.take_packets()
	assert_equal(batch.peers, PackedInt64Array([peer.get_instance_id()]), "after take_connection")
	assert_equal(batch.data, PackedByteArray([7]), "the packet")


func test_packets_may_share_bytes() -> void:
	listen()
	var first := await connect_pair()
	var second := await connect_pair()
	var batch := DTLSPacketBatchOpenSSL.new()
	batch.peers = [first[1].get_instance_id(), second[1].get_instance_id()]
	batch.offsets = [0, 1]
	batch.lengths = [3, 2]
	batch.data = [1, 2, 3]
	assert_equal(server.put_packets(batch), OK, "put_packets")
	assert_equal(await receive(first[0]), PackedByteArray([1, 2, 3]), "all")
	assert_equal(await receive(second[0]), PackedByteArray([2, 3]), "a part")


func test_a_batch_skips_and_counts_peers_that_are_gone() -> void:
	listen()
	var pair := await connect_pair()
	var other := await connect_pair()
	pair[1].disconnect_from_peer()
	assert_equal(server.put_packets(_batch([pair[1].get_instance_id(), other[1].get_instance_id()])), OK, "put_packets")
	assert_equal(await receive(other[0]), PackedByteArray([1]), "the other's packet")
	assert_equal(server.get_statistics().skipped_packets, 1, "skipped_packets")


func test_a_batch_skips_ids_of_anything_but_peers_of_the_server() -> void:
	listen()
	var pair := await connect_pair()
	var freed: int = RefCounted.new().get_instance_id()
	var ids := [0, -1, 1, 1 << 62, get_instance_id(), server.get_instance_id(), freed, pair[0].get_instance_id()]
	assert_equal(server.put_packets(_batch(ids)), OK, "put_packets")
	assert_equal(server.get_statistics().skipped_packets, ids.size(), "skipped_packets")


func test_a_peer_that_was_freed_is_skipped() -> void:
	listen()
	var id: int = await _id_of_freed_peer()
	assert_true(await until(func() -> bool: return not is_instance_id_valid(id)), "the peer is not freed")
	assert_equal(server.put_packets(_batch([id])), OK, "put_packets")
	assert_equal(server.get_statistics().skipped_packets, 1, "skipped_packets")


func test_a_batch_of_arrays_that_are_not_equally_long_is_refused() -> void:
	listen()
	var pair := await connect_pair()
	expect_error("2 peers, 1 offsets and 1 lengths")
	var batch := _batch([pair[1].get_instance_id()])
	batch.peers = [pair[1].get_instance_id(), pair[1].get_instance_id()]
	assert_equal(server.put_packets(batch), ERR_INVALID_PARAMETER, "unequal arrays")
	expect_error("batch is null")
	assert_equal(server.put_packets(null), ERR_INVALID_PARAMETER, "null")
	assert_equal(server.put_packets(DTLSPacketBatchOpenSSL.new()), OK, "nothing")


func test_a_packet_that_is_no_part_of_the_data_is_refused_and_the_others_are_sent() -> void:
	listen()
	var pair := await connect_pair()
	var id: int = pair[1].get_instance_id()
	var places := [[-1, 1], [0, -1], [0, 3], [3, 1], [1 << 62, 1], [2, 1 << 30]]
	for place: Array in places:
		var batch := DTLSPacketBatchOpenSSL.new()
		batch.peers = [id, id]
		batch.offsets = [place[0], 1]
		batch.lengths = [place[1], 1]
		batch.data = [5, 6]
		assert_equal(server.put_packets(batch), ERR_INVALID_PARAMETER, str(place))
		assert_equal(await receive(pair[0]), PackedByteArray([6]), "the other packet")


func test_a_packet_that_is_too_large_is_refused_and_the_others_are_sent() -> void:
	listen()
	var pair := await connect_pair()
	var id: int = pair[1].get_instance_id()
	var batch := DTLSPacketBatchOpenSSL.new()
	batch.peers = [id, id]
	batch.offsets = [0, 0]
	batch.lengths = [16_385, 1]
	var data := PackedByteArray()
	data.resize(16_385)
	batch.data = data
	assert_equal(server.put_packets(batch), ERR_INVALID_PARAMETER, "put_packets")
	assert_equal(await receive(pair[0]), PackedByteArray([0]), "the other packet")


func _packets_of(number: int) -> Array[PackedByteArray]:
	return [PackedByteArray([number]), PackedByteArray([number, 1]), PackedByteArray([number, 2, 2])]


func _packet(batch: DTLSPacketBatchOpenSSL, index: int) -> PackedByteArray:
	return batch.data.slice(batch.offsets[index], batch.offsets[index] + batch.lengths[index])


## The local variables of this function are the only references.
func _id_of_freed_peer() -> int:
	var pair := await connect_pair()
	return pair[1].get_instance_id()


## One byte for each peer.
func _batch(ids: Array) -> DTLSPacketBatchOpenSSL:
	var batch := DTLSPacketBatchOpenSSL.new()
	var zeros: PackedInt64Array = []
	zeros.resize(ids.size())
	var ones: PackedInt32Array = []
	ones.resize(ids.size())
	ones.fill(1)
	batch.peers = PackedInt64Array(ids)
	batch.offsets = zeros
	batch.lengths = ones
	batch.data = [1]
	return batch
