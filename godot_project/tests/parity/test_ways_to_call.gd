extends "../support/pairing_test.gd"
## Scripts reach the classes in every way that GDScript has, and free peers wherever they like.

const PEERS := 4


func test_methods_can_be_called_by_name() -> void:
	var link := start(need(Credentials.p256()))
	var is_connected := func() -> bool:
		return link.server_peer != null and [link.client, link.server_peer].all(_is_connected_by_name)
	assert_true(link.poll_until(is_connected), "no connection")
	assert_equal(link.client.call("put_packet", PackedByteArray([1])), OK, "put_packet")
	var poll := func() -> void:
		link.server_udp.poll()
		link.server_peer.callv("poll", [])
	var arrived := func() -> bool: return link.server_peer.call("get_available_packet_count") == 1
	assert_true(link.poll_until(arrived, poll), "no packet")
	assert_equal(link.server_peer.call("get_packet"), PackedByteArray([1]), "packet")
	link.client.call("disconnect_from_peer")
	link.poll_until_left(link.server_peer, poll)
	assert_equal(link.server_peer.call("get_status"), PacketPeerDTLS.STATUS_DISCONNECTED, "status")


func test_methods_can_be_called_through_callables() -> void:
	var link := start_connected()
	var put: Callable = link.client.put_packet
	assert_equal(put.bind(PackedByteArray([1])).call(), OK, "put_packet")
	var poll := func() -> void:
		link.server_udp.poll()
		Callable(link.server_peer, "poll").call()
	var arrived := func() -> bool: return Callable(link.server_peer, &"get_available_packet_count").call() == 1
	assert_true(link.poll_until(arrived, poll), "no packet")
	assert_equal(Callable(link.server_peer, &"get_packet").call(), PackedByteArray([1]), "packet")
	var connecting := Callable(link.client, "connect_to_peer").bindv([link.client_udp, "localhost"])
	if client_side.owns_sockets:
		connecting = Callable(link.client, "connect_to_host").bindv([Link.LOOPBACK, link.server_port()])
	expect_error_of(client_side, "already active", "already")
	if not client_side.is_ours():
		expect_error("err != OK", 2)
	assert_equal(connecting.call(), ERR_ALREADY_IN_USE, "connecting once more")


func test_options_are_taken_from_variables_without_a_type() -> void:
	var made := need(Credentials.p256())
	var server_options = server_side.server_options(made.key, made.certificate)
	var client_options = client_side.client_options(made.certificate)
	var link = Link.new(client_side, server_side)
	assert_equal(link.listen(server_options), OK, "setup")
	assert_equal(link.connect_client("localhost", client_options), OK, "connect_to_peer")
	assert_true(link.poll_until(link.is_established), "no connection")


func test_a_script_can_wait_for_the_handshake_frame_by_frame() -> void:
	var link := start(need(Credentials.p256()))
	while link.client.get_status() == PacketPeerDTLS.STATUS_HANDSHAKING:
		link.poll_server()
		link.client.poll()
		await tree.process_frame
	assert_equal(link.client.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")


func test_polling_can_be_connected_to_a_signal() -> void:
	var link := start(need(Credentials.p256()))
	tree.process_frame.connect(link.client.poll)
	tree.process_frame.connect(link.poll_server)
	await until(link.is_established)
	assert_true(link.is_established(), "no connection")
	tree.process_frame.disconnect(link.poll_server)
	# What is freed is disconnected from signals by the engine.
	link.client = null
	await tree.process_frame
	link.poll_until_left(link.server_peer, link.poll_server)
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status after the client was freed")


func test_peers_can_be_freed_inside_the_loop_that_polls_them() -> void:
	var links: Array[Link] = []
	var peers := []
	for number in PEERS:
		links.append(start_connected())
		peers.append(links.back().client)
		links.back().client = null
	for peer: PacketPeer in peers:
		peer.poll()
		# The array holds the only reference to it.
		peers.pop_back()
	assert_equal(peers.size(), PEERS / 2, "peers left")
	peers.map(func(peer: PacketPeer) -> void:
		peer.poll()
		peers.clear())
	for link in links:
		link.poll_until_left(link.server_peer, link.poll_server)
		assert_equal(link.server_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status at the server")


func _is_connected_by_name(peer: PacketPeer) -> bool:
	return peer.call("get_status") == PacketPeerDTLS.STATUS_CONNECTED
