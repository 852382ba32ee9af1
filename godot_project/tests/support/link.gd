extends RefCounted
## A server and a client on loopback, polled in turn. Where a side owns its socket, a poll only looks at what its thread did.

const Implementation := preload("implementation.gd")
const Relay := preload("relay.gd")

const LOOPBACK := "127.0.0.1"
## How long anything here may take; what is waited for is always a condition.
const PATIENCE_MSEC := 10_000
## What threads get between two polls.
const TURN_USEC := 200

var server: RefCounted
var server_udp := UDPServer.new()
## The latest peer that got past the cookie round; of a server that owns its port, past the handshake.
var server_peer: PacketPeer
## The status of each peer at the moment the server gave it out.
var statuses_taken: Array[int] = []
var client: PacketPeer
var client_udp := PacketPeerUDP.new()
## Carries the datagrams if it was put in between.
var relay: Relay

var _client_side: Implementation
var _server_side: Implementation
var _words_of_turned_away := ""
## How many handshakes had failed before the client started, at a server that owns its port.
var _failures_before := 0


func _init(client_side: Implementation, server_side: Implementation) -> void:
	_client_side = client_side
	_server_side = server_side
	client = client_side.peer()
	server = server_side.server()


func listen(server_options: RefCounted) -> Error:
	var error: Error = server.setup(server_options)
	if not _server_side.owns_sockets:
		server_udp.listen(0, LOOPBACK)
	elif error == OK:
		error = server.listen(0, LOOPBACK)
	return error


## Another server in the place of the first, at the same port.
func replace_server(server_options: RefCounted) -> Error:
	var port := server_port()
	server = null
	server = _server_side.server()
	var error: Error = server.setup(server_options)
	return server.listen(port, LOOPBACK) if _server_side.owns_sockets and error == OK else error


func server_port() -> int:
	return server.get_local_port() if _server_side.owns_sockets else server_udp.get_local_port()


func put_relay_between() -> Relay:
	relay = Relay.new(server_port())
	return relay


func connect_client(host_name: String, client_options: RefCounted) -> Error:
	_failures_before = _failed_handshakes()
	var port := server_port() if relay == null else relay.get_local_port()
	if _client_side.owns_sockets:
		# It looks the name up, and of all names only this one is sure to be found.
		return client.connect_to_host("localhost" if host_name == "localhost" else LOOPBACK, port, client_options)
	client_udp.connect_to_host(LOOPBACK, port)
	return client.connect_to_peer(client_udp, host_name, client_options)


## Lets go of both ends, for a client on another port.
func renew_client() -> void:
	client = _client_side.peer()
	client_udp = PacketPeerUDP.new()
	server_peer = null


func poll_server() -> void:
	if relay != null:
		relay.poll()
	if _server_side.owns_sockets:
		while server != null and server.is_connection_available():
			server_peer = server.take_connection()
			statuses_taken.append(server_peer.get_status())
		return
	server_udp.poll()
	while server_udp.is_connection_available():
		var peer: PacketPeer = server.take_connection(server_udp.take_connection())
		statuses_taken.append(peer.get_status())
		if peer.get_status() == PacketPeerDTLS.STATUS_HANDSHAKING:
			server_peer = peer
		elif _server_side.is_ours():
			_words_of_turned_away = peer.get_last_error()
	if server_peer != null:
		server_peer.poll()


func poll_client() -> void:
	if relay != null:
		relay.poll()
	client.poll()


func poll() -> void:
	poll_server()
	poll_client()


## Each poll is what one frame does on each side. False if the condition did not come to hold in time.
func poll_until(condition: Callable, poll_once: Callable = poll) -> bool:
	var deadline := Time.get_ticks_msec() + PATIENCE_MSEC
	while not condition.call():
		if Time.get_ticks_msec() > deadline:
			return false
		poll_once.call()
		if _has_threads():
			OS.delay_usec(TURN_USEC)
	return true


## Polls until the peer got that many packets; gives those that came.
func receive(peer: PacketPeer, count: int) -> Array[PackedByteArray]:
	var received: Array[PackedByteArray] = []
	var got_enough := func() -> bool:
		while peer.get_available_packet_count() > 0:
			received.append(peer.get_packet())
		return received.size() >= count
	poll_until(got_enough)
	return received


## Client to server, and server to client: who sends, who receives, and what polls the one who receives.
func directions() -> Array[Array]:
	return [[client, server_peer, poll_server], [server_peer, client, poll_client]]


## Polls the one who stayed until it has heard that the other left.
func poll_until_left(stayed: PacketPeer, poll_stayed: Callable) -> bool:
	return poll_until(func() -> bool: return stayed.get_status() != PacketPeerDTLS.STATUS_CONNECTED, poll_stayed)


func is_established() -> bool:
	return server_status() == PacketPeerDTLS.STATUS_CONNECTED and client.get_status() == PacketPeerDTLS.STATUS_CONNECTED


func has_ended() -> bool:
	return client_ended() and server_ended()


func client_ended() -> bool:
	return client.get_status() not in [PacketPeerDTLS.STATUS_HANDSHAKING, PacketPeerDTLS.STATUS_CONNECTED]


func server_ended() -> bool:
	return server_status() not in [PacketPeerDTLS.STATUS_HANDSHAKING, PacketPeerDTLS.STATUS_CONNECTED]


func server_status() -> int:
	if server_peer != null:
		return server_peer.get_status()
	if not _server_side.owns_sockets:
		return PacketPeerDTLS.STATUS_DISCONNECTED
	# It gives out no peers whose handshake failed, but counts them.
	var has_failed := _failed_handshakes() > _failures_before
	return PacketPeerDTLS.STATUS_ERROR if has_failed else PacketPeerDTLS.STATUS_HANDSHAKING


## Why the server's end of the connection ended, or there is none. Of our classes only.
func server_words() -> String:
	if server_peer != null:
		return server_peer.get_last_error()
	return server.get_last_error() if _server_side.owns_sockets else _words_of_turned_away


func _has_threads() -> bool:
	return _client_side.owns_sockets or _server_side.owns_sockets


func _failed_handshakes() -> int:
	return server.get_statistics().handshakes_failed if _server_side.owns_sockets and server.is_listening() else 0
