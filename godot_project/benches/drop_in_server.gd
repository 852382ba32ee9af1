extends RefCounted
## A server on the engine's classes, which is ours once its classes are renamed: the user's code owns the sockets.

const LOOPBACK := "127.0.0.1"

## How many clients UDPServer keeps between two polls; with its default of 16 the bench would measure time-outs.
const MAX_PENDING := 4096

var dtls := DTLSServer.new()
var udp := UDPServer.new()
var handshaking: Array[PacketPeerDTLS] = []
var peers: Array[PacketPeerDTLS] = []
## What a game would decode of each packet.
var moved := Vector2()


func setup(key: CryptoKey, certificate: X509Certificate) -> Error:
	return dtls.setup(TLSOptions.server(key, certificate))


func listen() -> Error:
	udp.max_pending_connections = MAX_PENDING
	return udp.listen(0, LOOPBACK)


func get_local_port() -> int:
	return udp.get_local_port()


func stop() -> void:
	for peer in peers:
		peer.disconnect_from_peer()
	peers.clear()
	handshaking.clear()
	udp.stop()


## Takes datagrams off the server's socket.
func gather() -> void:
	udp.poll()


## Lets clients in, and moves their handshakes on.
func accept() -> void:
	while udp.is_connection_available():
		var peer: PacketPeerDTLS = dtls.take_connection(udp.take_connection())
		if peer.get_status() == PacketPeerDTLS.STATUS_HANDSHAKING:
			handshaking.append(peer)
	var still: Array[PacketPeerDTLS] = []
	for peer in handshaking:
		peer.poll()
		var status := peer.get_status()
		if status == PacketPeerDTLS.STATUS_CONNECTED:
			peers.append(peer)
		elif status == PacketPeerDTLS.STATUS_HANDSHAKING:
			still.append(peer)
	handshaking = still


## Decodes what arrived, and sends it back; how many packets.
func echo() -> int:
	var count := 0
	for peer in peers:
		peer.poll()
		while peer.get_available_packet_count() > 0:
			var packet := peer.get_packet()
			moved += Vector2(packet.decode_float(0), packet.decode_float(4))
			peer.put_packet(packet)
			count += 1
	return count


## Takes what arrived; how many packets.
func receive() -> int:
	var count := 0
	for peer in peers:
		peer.poll()
		while peer.get_available_packet_count() > 0:
			peer.get_packet()
			count += 1
	return count


## Sends a packet to each peer so many times in a row; how many were taken.
func send(packet: PackedByteArray, in_a_row: int) -> int:
	var count := 0
	for peer in peers:
		for time in in_a_row:
			if peer.put_packet(packet) == OK:
				count += 1
	return count
