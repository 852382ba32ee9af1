extends RefCounted
## A server and a client on loopback, polled in turn.

const Implementation := preload("implementation.gd")
const Relay := preload("relay.gd")

const LOOPBACK := "127.0.0.1"

var server: RefCounted
var server_udp := UDPServer.new()
## The latest peer that got past the cookie round.
var server_peer: PacketPeer
## The status of each peer at the moment the server gave it out.
var statuses_taken: Array[int] = []
var client: PacketPeer
var client_udp := PacketPeerUDP.new()
## Carries the datagrams if it was put in between.
var relay: Relay


func _init(client_side: Implementation, server_side: Implementation) -> void:
	client = client_side.peer()
	server = server_side.server()


func listen(server_options: RefCounted) -> Error:
	server_udp.listen(0, LOOPBACK)
	return server.setup(server_options)


func put_relay_between() -> Relay:
	relay = Relay.new(server_udp.get_local_port())
	return relay


func connect_client(host_name: String, client_options: RefCounted) -> Error:
	client_udp.connect_to_host(LOOPBACK, server_udp.get_local_port() if relay == null else relay.get_local_port())
	return client.connect_to_peer(client_udp, host_name, client_options)


func poll_server() -> void:
	if relay != null:
		relay.poll()
	server_udp.poll()
	while server_udp.is_connection_available():
		var peer: PacketPeer = server.take_connection(server_udp.take_connection())
		statuses_taken.append(peer.get_status())
		if peer.get_status() == PacketPeerDTLS.STATUS_HANDSHAKING:
			server_peer = peer
	if server_peer != null:
		server_peer.poll()


func poll_client() -> void:
	if relay != null:
		relay.poll()
	client.poll()


## Each poll is what one frame does on each side. False if the condition did not come to hold.
func poll_until(condition: Callable, most_polls := 50) -> bool:
	for poll in most_polls:
		if condition.call():
			return true
		poll_server()
		poll_client()
	return condition.call()


## Polls until the peer got that many packets; gives those that came.
func receive(peer: PacketPeer, count: int, most_polls := 100) -> Array[PackedByteArray]:
	var received: Array[PackedByteArray] = []
	var got_enough := func() -> bool:
		while peer.get_available_packet_count() > 0:
			received.append(peer.get_packet())
		return received.size() >= count
	poll_until(got_enough, most_polls)
	return received


## Client to server, and server to client: who sends, who receives, and what polls the one who receives.
func directions() -> Array[Array]:
	return [[client, server_peer, poll_server], [server_peer, client, poll_client]]


func is_established() -> bool:
	return server_status() == PacketPeerDTLS.STATUS_CONNECTED and client.get_status() == PacketPeerDTLS.STATUS_CONNECTED


func client_ended() -> bool:
	return client.get_status() not in [PacketPeerDTLS.STATUS_HANDSHAKING, PacketPeerDTLS.STATUS_CONNECTED]


func server_ended() -> bool:
	return server_status() not in [PacketPeerDTLS.STATUS_HANDSHAKING, PacketPeerDTLS.STATUS_CONNECTED]


func server_status() -> int:
	return PacketPeerDTLS.STATUS_DISCONNECTED if server_peer == null else server_peer.get_status()
