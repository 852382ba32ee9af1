extends "../support/native_test.gd"
## Packets that are sent faster than they can be sealed.


func test_a_full_queue_is_busy_and_takes_more_once_it_has_room() -> void:
	var options: RefCounted = side.server_options(credentials.key, credentials.certificate)
	options.max_queued_packets = 1
	assert_equal(server.setup(options), OK, "setup")
	listen()
	var pair := await connect_pair()
	var packet := PackedByteArray()
	packet.resize(16_384)
	var batch := DTLSPacketBatchOpenSSL.new()
	batch.peers = [pair[1].get_instance_id()]
	batch.offsets = [0]
	batch.lengths = [packet.size()]
	batch.data = packet
	for send: Callable in [pair[1].put_packet.bind(packet), server.put_packets.bind(batch)]:
		assert_true(await until(func() -> bool: return _burst(send).has(ERR_BUSY)), "never busy")
		assert_true(await until(func() -> bool: return send.call() == OK), "busy for ever")
	assert_equal(pair[1].get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")


## What calls answer that come faster than packets are sealed.
func _burst(send: Callable) -> Array:
	return range(100).map(func(_number: int) -> Error: return send.call())
