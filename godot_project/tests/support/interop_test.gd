extends "implementation_test.gd"
## A test of our classes with the programs of other DTLS implementations: it runs on sockets that a script owns, and on
## sockets of their own.

const Program := preload("program.gd")
const Stack := preload("stack.gd")

const ATTEMPTS := 5

class Peering:
	var stack: Stack
	var ours: Implementation
	var label: String

	func _init(p_stack: Stack, p_ours: Implementation) -> void:
		stack = p_stack
		ours = p_ours
		label = "%s-%s" % [stack.label, ours.label]


var ours: Implementation:
	get:
		return parameter.ours

## The other implementation.
var stack: Stack:
	get:
		return parameter.stack

var their_server: Program
var their_port: int

## What polls our side.
var _poll := func() -> void: pass


func parameters() -> Array:
	return peerings_with([Stack.openssl(), Stack.gnutls()])


func peerings_with(stacks: Array[Stack]) -> Array[Peering]:
	var peerings: Array[Peering] = []
	for each in stacks:
		for way: Implementation in [Implementation.ours(), Implementation.native()]:
			peerings.append(Peering.new(each, way))
	return peerings


## See program.gd.
func oldest_godot() -> int:
	return 0x040400


func prepare() -> void:
	var missing := stack.missing_programs()
	if not missing.is_empty():
		fail("no %s on PATH: cargo xtask doctor says how to get it" % " and ".join(missing))


func listen(credentials: Credentials) -> Link:
	return listen_with(ours.server_options(credentials.key, credentials.certificate))


func listen_with(options: RefCounted) -> Link:
	var link := Link.new(ours, ours)
	assert_equal(link.listen(options), OK, "listen")
	_poll = link.poll_server
	return link


func start_their_client(link: Link, trusted: Credentials) -> Program:
	var program := stack.start_client(link.server_port(), trusted)
	for saying in stack.client_says_verified:
		await assert_says(program, saying)
	await assert_lets_in(link, program)
	return program


func assert_lets_in(link: Link, program: Program) -> void:
	await poll_until(func() -> bool: return link.server_status() == PacketPeerDTLS.STATUS_CONNECTED or program.has_ended())
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")


## Our server says why, in these words.
func assert_turns_away(link: Link, program: Program, words: String) -> void:
	await poll_until(func() -> bool: return link.server_status() == PacketPeerDTLS.STATUS_ERROR)
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_ERROR, "status")
	assert_true(link.server_words().contains(words), link.server_words())
	assert_true(await until(program.has_ended), "it did not end")


func start_their_server(credentials: Credentials) -> void:
	await start_their_server_by(stack.server_command, credentials)


## With what else the command has placeholders for.
func start_their_server_by(command: PackedStringArray, credentials: Credentials, more := { }) -> void:
	# Another program may take the port before it does.
	for attempt in ATTEMPTS:
		their_port = _free_port()
		their_server = stack.start(command, their_port, credentials, more)
		var ready := stack.server_says_ready.format({ port = their_port })
		await until(func() -> bool: return their_server.has_said(ready) or their_server.has_ended())
		if their_server.has_said(ready):
			return
	fail("%s does not serve: %s" % [their_server.name, their_server.said])


func meet_their_server(peer: PacketPeer, trusted: Credentials) -> void:
	await meet_their_server_with(peer, ours.client_options(trusted.certificate))


func meet_their_server_with(peer: PacketPeer, options: RefCounted) -> void:
	if ours.owns_sockets:
		assert_equal(peer.connect_to_host("localhost", their_port, options), OK, "connect_to_host")
	else:
		# What the server still says to an earlier connection is for another port.
		var udp := PacketPeerUDP.new()
		udp.connect_to_host(Link.LOOPBACK, their_port)
		assert_equal(peer.connect_to_peer(udp, "localhost", options), OK, "connect_to_peer")
	_poll = peer.poll
	await poll_until(func() -> bool: return peer.get_status() != PacketPeerDTLS.STATUS_HANDSHAKING)


func poll_until(condition: Callable) -> bool:
	return await until(func() -> bool:
		_poll.call()
		return condition.call())


func assert_says(program: Program, text: String) -> void:
	await poll_until(func() -> bool: return program.has_said(text) or program.has_ended())
	assert_true(program.has_said(text), "%s did not say \"%s\" but: %s" % [program.name, text, program.said])


func receive(peer: PacketPeer) -> String:
	await poll_until(func() -> bool: return peer.get_available_packet_count() > 0)
	return peer.get_packet().get_string_from_utf8()


# A port that was free a moment ago.
func _free_port() -> int:
	var udp := PacketPeerUDP.new()
	udp.bind(0, Link.LOOPBACK)
	return udp.get_local_port()
