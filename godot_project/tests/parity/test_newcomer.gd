extends "../support/pairing_test.gd"
## A client that was cut off, and starts anew from the same address and port.

const Wire := preload("../support/wire.gd")


func test_a_new_client_on_the_same_port_gets_a_session_of_its_own() -> void:
	var link := start_connected(true)
	var abandoned := link.server_peer
	_cut_off_client(link)

	link.client = client_side.peer()
	link.connect_client("localhost", client_side.client_options(need(Credentials.p256()).certificate))
	await until(func() -> bool:
		link.poll_server()
		link.poll_client()
		return link.server_peer != abandoned and link.is_established())
	assert_true(link.server_peer != abandoned and link.is_established(), "the newcomer is not connected")
	assert_equal(abandoned.get_status(), PacketPeerDTLS.STATUS_ERROR, "status of the abandoned peer")
	if server_side.is_ours():
		assert_true(abandoned.get_last_error().contains("new"), abandoned.get_last_error())
	link.client.put_packet([1])
	assert_equal(link.receive(link.server_peer, 1).size(), 1, "packets received")


func test_a_new_client_on_the_same_port_is_connected_by_its_first_retransmission() -> void:
	var link := start_connected(true)
	var abandoned := link.server_peer
	_cut_off_client(link)
	link.relay.from_client.clear()

	link.client = client_side.peer()
	link.connect_client("localhost", client_side.client_options(need(Credentials.p256()).certificate))
	await until(func() -> bool:
		link.poll_server()
		link.poll_client()
		return link.server_peer != abandoned and link.is_established())
	assert_true(link.server_peer != abandoned and link.is_established(), "the newcomer is not connected")
	var hellos := link.relay.from_client.filter(func(datagram: PackedByteArray) -> bool:
		return Wire.handshake_type(datagram) == Wire.HandshakeType.CLIENT_HELLO)
	assert_true(hellos.size() <= 3, "%d hellos" % hellos.size())


# The server does not hear its farewell.
func _cut_off_client(link: Link) -> void:
	link.relay.carries_from_client = func(_datagram: PackedByteArray) -> bool: return false
	link.client.disconnect_from_peer()
	link.poll_server()
	link.relay.carries_from_client = func(_datagram: PackedByteArray) -> bool: return true
