extends "res://tests/runner/test_case.gd"
## A test of multiplayer peers: it runs on the engine's and on ours.

const PeerKind := preload("peer_kind.gd")
const Credentials := preload("credentials.gd")
const PATIENCE_MSEC := 15_000
const RESEND_MSEC := 300

## Signals in the order in which they were emitted, as "name id".
class Recorder:
	var signals: PackedStringArray = []

	func _init(peer: MultiplayerPeer) -> void:
		peer.peer_connected.connect(_record.bind("connected"))
		peer.peer_disconnected.connect(_record.bind("disconnected"))

	func _record(id: int, what: String) -> void:
		signals.append("%s %d" % [what, id])

var side: PeerKind:
	get:
		return parameter

## All peers of the test, which are polled together.
var peers: Array[MultiplayerPeer] = []
var server: MultiplayerPeer
var server_log: Recorder


func parameters() -> Array:
	return [PeerKind.engine(), PeerKind.ours()]


func prepare() -> void:
	if not ClassDB.class_exists(PeerKind.OURS):
		fail("no class %s: is the extension built and staged?" % PeerKind.OURS)
	assert_equal(Credentials.p256().problem, "", "credentials")


func start_server(max_clients := 32) -> void:
	server = side.peer()
	assert_equal(side.create_server(server, 0, max_clients), OK, "create_server")
	server_log = Recorder.new(server)
	peers.append(server)


## A client on its way.
func start_client(channel_count := 0) -> MultiplayerPeer:
	var client := side.peer()
	assert_equal(side.create_client(client, side.local_port(server), channel_count), OK, "create_client")
	peers.append(client)
	return client


## A client that both sides know.
func join(channel_count := 0) -> MultiplayerPeer:
	var client := start_client(channel_count)
	var id := client.get_unique_id()
	assert_true(poll_until(func() -> bool: return is_connected_peer(client) and knows(id)), "not connected")
	return client


func knows(id: int) -> bool:
	return server_log.signals.has("connected %d" % id)


func is_connected_peer(peer: MultiplayerPeer) -> bool:
	return peer.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTED


func is_over(peer: MultiplayerPeer) -> bool:
	return peer.get_connection_status() == MultiplayerPeer.CONNECTION_DISCONNECTED


func poll() -> void:
	for peer in peers:
		if not is_over(peer):
			peer.poll()


## Polls all peers until the condition holds; false if it did not in time.
func poll_until(condition: Callable, patience_msec := PATIENCE_MSEC) -> bool:
	var deadline := Time.get_ticks_msec() + patience_msec
	while not condition.call():
		if Time.get_ticks_msec() > deadline:
			return false
		poll()
		OS.delay_usec(100)
	return true


func send(
		from: MultiplayerPeer,
		target: int,
		packet: PackedByteArray,
		mode := MultiplayerPeer.TRANSFER_MODE_RELIABLE,
		channel := 0,
) -> Error:
	from.set_target_peer(target)
	from.transfer_mode = mode
	from.transfer_channel = channel
	return from.put_packet(packet)


func wait_for_packet(at: MultiplayerPeer) -> bool:
	return assert_true(poll_until(func() -> bool: return at.get_available_packet_count() > 0), "no packet")


## Sends a packet, an unreliable one again if it does not arrive: ENet drops these while round trips take longer than before.
## Returns whether there may be more than one copy.
func send_until_it_arrives(
		from: MultiplayerPeer,
		to: MultiplayerPeer,
		packet: PackedByteArray,
		mode: MultiplayerPeer.TransferMode,
		channel := 0,
) -> bool:
	assert_equal(send(from, 0, packet, mode, channel), OK, "put_packet of %d bytes" % packet.size())
	var has_packet := func() -> bool: return to.get_available_packet_count() > 0
	if mode == MultiplayerPeer.TRANSFER_MODE_RELIABLE or poll_until(has_packet, RESEND_MSEC):
		wait_for_packet(to)
		return false
	for attempt in PATIENCE_MSEC / RESEND_MSEC:
		send(from, 0, packet, mode, channel)
		if poll_until(has_packet, RESEND_MSEC):
			return true
	fail("no packet of %d bytes arrives" % packet.size())
	return false


## Takes packets until a new one has come, which is sent reliably.
func skip_copies(from: MultiplayerPeer, to: MultiplayerPeer) -> void:
	var last := "the last".to_utf8_buffer()
	send(from, 0, last)
	var is_last := func() -> bool: return to.get_available_packet_count() > 0 and to.get_packet() == last
	assert_true(poll_until(is_last), "the last packet does not arrive")


## The next packet.
func receive(at: MultiplayerPeer) -> PackedByteArray:
	wait_for_packet(at)
	return at.get_packet()


## Bytes that differ from their neighbours.
func message(size: int) -> PackedByteArray:
	var bytes := PackedByteArray()
	bytes.resize(size)
	for place in mini(size, 5000):
		bytes[place] = place % 251
	if size > 0:
		bytes[size - 1] = 77
	return bytes


## Where ours differ on purpose. docs/differences.md lists every test that asks.
func expected_of(by_label: Dictionary) -> Variant:
	return by_label[side.label]


func expect_error_of(engine_text: String, our_text: String, times := 1) -> void:
	var text := our_text if side.is_ours() else engine_text
	if not text.is_empty():
		expect_error(text, times)
