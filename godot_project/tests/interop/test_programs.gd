extends "../support/implementation_test.gd"
## Our classes with the programs of other DTLS implementations, in either role.

const Program := preload("../support/program.gd")
const Stack := preload("../support/stack.gd")

const KEYS: Dictionary[String, PackedStringArray] = { p256 = Credentials.P256, rsa2048 = ["rsa:2048"] }

## A stack with a kind of key for the server.
class Peering:
	var stack: Stack
	var key: String
	var label: String

	func _init(p_stack: Stack, p_key: String) -> void:
		stack = p_stack
		key = p_key
		label = "%s-%s" % [stack.label, key]


var _ours: Implementation = Implementation.ours()
## What polls our side.
var _poll := func() -> void: pass
var _their_port := _free_port()
var _their_server: Program
var _client_udp := PacketPeerUDP.new()


func parameters() -> Array:
	var peerings: Array[Peering] = []
	for stack: Stack in [Stack.openssl(), Stack.gnutls()]:
		for key in KEYS:
			peerings.append(Peering.new(stack, key))
	return peerings


func prepare() -> void:
	require(_ours)
	var missing := stack().missing_programs()
	if not missing.is_empty():
		fail("no %s on PATH: cargo xtask doctor says how to get it" % " and ".join(missing))


func test_their_client_verifies_our_server_and_talks_to_it() -> void:
	var link := _listen()
	var program := await _start_their_client(link)
	program.tell("from their client")
	assert_equal(await _receive(link.server_peer), "from their client\n", "packet received")
	link.server_peer.put_packet("from our server\n".to_utf8_buffer())
	await _assert_says(program, "from our server")

	if stack().client_quits_by.is_empty():
		program.hang_up()
	else:
		program.tell(stack().client_quits_by)
	await _poll_until(link.server_ended)
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status after their farewell")


func test_their_client_notices_that_our_server_leaves() -> void:
	var link := _listen()
	var program := await _start_their_client(link)
	link.server_peer.disconnect_from_peer()
	await _assert_says(program, stack().client_says_left)
	assert_true(await until(program.has_ended), "it did not end")
	assert_equal(program.exit_code(), 0, "exit code")


func test_their_client_refuses_our_server_s_certificate_if_it_does_not_trust_it() -> void:
	var link := _listen()
	var program := stack().start_client(link.server_udp.get_local_port(), need(Credentials.stranger()))
	await _poll_until(func() -> bool: return link.server_ended() and link.server_peer != null)
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_ERROR, "status")
	assert_true(await until(program.has_ended), "it did not end")
	assert_true(program.exit_code() != 0, "it ended as if all were well")


func test_our_client_verifies_their_server_and_talks_to_it() -> void:
	await _start_their_server()
	var peer: PacketPeer = _ours.peer()
	await _connect(peer, _credentials())
	peer.put_packet("from our client\n".to_utf8_buffer())
	await _assert_says(_their_server, "from our client")
	if stack().server_echoes:
		assert_equal(await _receive(peer), "from our client\n", "packet received")
	else:
		_their_server.tell("from their server")
		assert_equal(await _receive(peer), "from their server\n", "packet received")


func test_their_server_notices_that_our_client_leaves() -> void:
	await _start_their_server()
	var peer: PacketPeer = _ours.peer()
	await _connect(peer, _credentials())
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")
	peer.disconnect_from_peer()
	# They serve one client at a time, so the next is served because this one has left.
	await _connect(peer, _credentials())
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status of the next")


func test_our_client_refuses_their_server_s_certificate_if_it_does_not_trust_it() -> void:
	expect_error("self-signed certificate")
	await _start_their_server()
	var peer: PacketPeer = _ours.peer()
	await _connect(peer, need(Credentials.stranger()))
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_ERROR, "status")
	assert_true(peer.get_last_error().contains("self-signed certificate"), peer.get_last_error())


func stack() -> Stack:
	return parameter.stack


func _credentials() -> Credentials:
	var peering: Peering = parameter
	return need(Credentials.issued("interop_" + peering.key, Credentials.LOCALHOST, null, "localhost", KEYS[peering.key]))


func _listen() -> Link:
	var credentials := _credentials()
	var link := Link.new(_ours, _ours)
	assert_equal(link.listen(_ours.server_options(credentials.key, credentials.certificate)), OK, "setup")
	_poll = link.poll_server
	return link


func _start_their_client(link: Link) -> Program:
	var program := stack().start_client(link.server_udp.get_local_port(), _credentials())
	for saying in stack().client_says_verified:
		await _assert_says(program, saying)
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")
	return program


func _start_their_server() -> void:
	_their_server = stack().start_server(_their_port, _credentials())
	await _assert_says(_their_server, stack().server_says_ready)


func _connect(peer: PacketPeer, trusted: Credentials) -> void:
	if not _client_udp.is_socket_connected():
		_client_udp.connect_to_host(Link.LOOPBACK, _their_port)
	var options := _ours.client_options(trusted.certificate)
	assert_equal(peer.connect_to_peer(_client_udp, "localhost", options), OK, "connect_to_peer")
	_poll = peer.poll
	await _poll_until(func() -> bool: return peer.get_status() != PacketPeerDTLS.STATUS_HANDSHAKING)


func _poll_until(condition: Callable) -> bool:
	return await until(func() -> bool:
		_poll.call()
		return condition.call())


func _assert_says(program: Program, text: String) -> void:
	await _poll_until(func() -> bool: return program.has_said(text) or program.has_ended())
	assert_true(program.has_said(text), "%s did not say \"%s\" but: %s" % [program.name, text, program.said])


func _receive(peer: PacketPeer) -> String:
	await _poll_until(func() -> bool: return peer.get_available_packet_count() > 0)
	return peer.get_packet().get_string_from_utf8()


# A port that was free a moment ago.
func _free_port() -> int:
	var udp := PacketPeerUDP.new()
	udp.bind(0, Link.LOOPBACK)
	return udp.get_local_port()
