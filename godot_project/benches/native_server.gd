extends RefCounted
## A server that owns its port: sockets and handshakes are not the script's.

const LOOPBACK := "127.0.0.1"

var dtls := DTLSServerOpenSSL.new()
var peers: Array[PacketPeerDTLSOpenSSL] = []
## What a game would decode of each packet.
var moved := Vector2()


func setup(key: CryptoKey, certificate: X509Certificate) -> Error:
	return dtls.setup(TLSOptionsOpenSSL.server(key, certificate))


func listen() -> Error:
	return dtls.listen(0, LOOPBACK)


func get_local_port() -> int:
	return dtls.get_local_port()


func stop() -> void:
	dtls.stop()
	peers.clear()


func gather() -> void:
	pass


func accept() -> void:
	while dtls.is_connection_available():
		peers.append(dtls.take_connection())


## Decodes what arrived, and sends it back, peer by peer; how many packets.
func echo() -> int:
	var count := 0
	for peer in dtls.get_ready_peers():
		while peer.get_available_packet_count() > 0:
			var packet := peer.get_packet()
			moved += Vector2(packet.decode_float(0), packet.decode_float(4))
			peer.put_packet(packet)
			count += 1
	return count


## Takes what arrived; how many packets.
func receive() -> int:
	var count := 0
	for peer in dtls.get_ready_peers():
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
