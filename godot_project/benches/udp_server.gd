extends RefCounted
## Without any encryption, to tell what of the cost is the engine's and the system's.

const LOOPBACK := "127.0.0.1"

## As drop_in_server.gd has it.
const MAX_PENDING := 4096

var udp := UDPServer.new()
var peers: Array[PacketPeerUDP] = []
## As drop_in_server.gd has it.
var moved := Vector2()


func setup(_key: CryptoKey, _certificate: X509Certificate) -> Error:
	return OK


func listen() -> Error:
	udp.max_pending_connections = MAX_PENDING
	return udp.listen(0, LOOPBACK)


func get_local_port() -> int:
	return udp.get_local_port()


func stop() -> void:
	peers.clear()
	udp.stop()


func gather() -> void:
	udp.poll()


## A client's first packet is answered, so that it knows that it is in.
func accept() -> void:
	while udp.is_connection_available():
		var peer := udp.take_connection()
		peer.put_packet(peer.get_packet())
		peers.append(peer)


func echo() -> int:
	var count := 0
	for peer in peers:
		while peer.get_available_packet_count() > 0:
			var packet := peer.get_packet()
			moved += Vector2(packet.decode_float(0), packet.decode_float(4))
			peer.put_packet(packet)
			count += 1
	return count


func receive() -> int:
	var count := 0
	for peer in peers:
		while peer.get_available_packet_count() > 0:
			peer.get_packet()
			count += 1
	return count


func send(packet: PackedByteArray, in_a_row: int) -> int:
	var count := 0
	for peer in peers:
		for time in in_a_row:
			if peer.put_packet(packet) == OK:
				count += 1
	return count
