extends "../support/interop_test.gd"
## Our classes with the programs of other DTLS implementations, in either role.

const KEYS := { p256 = Credentials.P256, rsa2048 = Credentials.RSA_2048 }

## With a kind of key for the server.
class KeyedPeering extends Peering:
	var key: String

	func _init(peering: Peering, p_key: String) -> void:
		super(peering.stack, peering.ours)
		key = p_key
		label += "-" + key


func parameters() -> Array:
	var peerings: Array[KeyedPeering] = []
	for peering: Peering in super():
		for key: String in KEYS:
			peerings.append(KeyedPeering.new(peering, key))
	return peerings


func test_their_client_verifies_our_server_and_talks_to_it() -> void:
	var link := listen(_credentials())
	var program := await start_their_client(link, _credentials())
	program.tell("from their client")
	assert_equal(await receive(link.server_peer), "from their client\n", "packet received")
	link.server_peer.put_packet("from our server\n".to_utf8_buffer())
	await assert_says(program, "from our server")

	if stack.client_quits_by.is_empty():
		program.hang_up()
	else:
		program.tell(stack.client_quits_by)
	await poll_until(link.server_ended)
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status after their farewell")


func test_their_client_notices_that_our_server_leaves() -> void:
	var link := listen(_credentials())
	var program := await start_their_client(link, _credentials())
	link.server_peer.disconnect_from_peer()
	await assert_says(program, stack.client_says_left)
	assert_true(await until(program.has_ended), "it did not end")
	assert_equal(program.exit_code(), 0, "exit code")


func test_their_client_refuses_our_server_s_certificate_if_it_does_not_trust_it() -> void:
	var link := listen(_credentials())
	var program := stack.start_client(link.server_port(), need(Credentials.stranger()))
	await assert_turns_away(link, program, "the other side refused")
	assert_true(program.exit_code() != 0, "it ended as if all were well")


func test_our_client_verifies_their_server_and_talks_to_it() -> void:
	await start_their_server(_credentials())
	var peer: PacketPeer = ours.peer()
	await meet_their_server(peer, _credentials())
	peer.put_packet("from our client\n".to_utf8_buffer())
	await assert_says(their_server, "from our client")
	if stack.server_echoes:
		assert_equal(await receive(peer), "from our client\n", "packet received")
	else:
		their_server.tell("from their server")
		assert_equal(await receive(peer), "from their server\n", "packet received")


func test_their_server_notices_that_our_client_leaves() -> void:
	await start_their_server(_credentials())
	var peer: PacketPeer = ours.peer()
	await meet_their_server(peer, _credentials())
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")
	peer.disconnect_from_peer()
	if stack.server_says_left.is_empty():
		# It serves one client at a time, so the next is served because this one has left.
		await meet_their_server(peer, _credentials())
		assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status of the next")
	else:
		await assert_says(their_server, stack.server_says_left)


func test_our_client_refuses_their_server_s_certificate_if_it_does_not_trust_it() -> void:
	expect_error("self-signed certificate")
	await start_their_server(_credentials())
	var peer: PacketPeer = ours.peer()
	await meet_their_server(peer, need(Credentials.stranger()))
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_ERROR, "status")
	assert_true(peer.get_last_error().contains("self-signed certificate"), peer.get_last_error())


func _credentials() -> Credentials:
	var key: String = parameter.key
	return need(Credentials.issued("interop_" + key, Credentials.LOCALHOST, null, "localhost", KEYS[key]))
