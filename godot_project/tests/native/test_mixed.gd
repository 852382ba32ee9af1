extends "../support/native_test.gd"
## A server or a client with a socket of its own talks to one whose datagrams the script moves, ours and the engine's.


func parameters() -> Array:
	return [Implementation.engine(), Implementation.ours()]


func prepare() -> void:
	require(parameter)
	require(Implementation.ours())
	credentials = need(Credentials.p256())
	server = Implementation.ours().server()
	server.setup(Implementation.ours().server_options(credentials.key, credentials.certificate))


func test_a_client_whose_script_moves_the_datagrams() -> void:
	listen()
	var udp := PacketPeerUDP.new()
	udp.connect_to_host(LOOPBACK, server.get_local_port())
	var client := side.peer()
	assert_equal(client.connect_to_peer(udp, "localhost", side.client_options(credentials.certificate)), OK, "connect")
	var polled := func() -> bool:
		client.poll()
		return is_connected_peer(client) and server.is_connection_available()
	assert_true(await until(polled, PATIENCE_MSEC), "not connected")
	var peer: PacketPeer = server.take_connection()
	client.put_packet([1])
	assert_equal(await receive(peer), PackedByteArray([1]), "to the server")
	peer.put_packet([2])
	var arrived := func() -> bool:
		client.poll()
		return client.get_available_packet_count() > 0
	assert_true(await until(arrived, PATIENCE_MSEC), "nothing arrived")
	assert_equal(client.get_packet(), PackedByteArray([2]), "to the client")
	client.disconnect_from_peer()
	var has_ended := func() -> bool: return peer.get_status() == PacketPeerDTLS.STATUS_DISCONNECTED
	assert_true(await until(has_ended, PATIENCE_MSEC), "the server's end is still connected")


func test_a_server_whose_script_moves_the_datagrams() -> void:
	var ours: Implementation = Implementation.ours()
	var link := Link.new(ours, side)
	assert_equal(link.listen(side.server_options(credentials.key, credentials.certificate)), OK, "setup")
	link.client = ours.peer()
	var options: RefCounted = ours.client_options(credentials.certificate, "localhost")
	link.client.connect_to_host(LOOPBACK, link.server_udp.get_local_port(), options)
	var established := func() -> bool:
		link.poll_server()
		return link.is_established()
	assert_true(await until(established, PATIENCE_MSEC), link.client.get_last_error())
	link.client.put_packet([1])
	var arrived := func() -> bool:
		link.poll_server()
		return link.server_peer.get_available_packet_count() > 0
	assert_true(await until(arrived, PATIENCE_MSEC), "nothing arrived")
	assert_equal(link.server_peer.get_packet(), PackedByteArray([1]), "to the server")
	link.server_peer.put_packet([2])
	assert_equal(await receive(link.client), PackedByteArray([2]), "to the client")
