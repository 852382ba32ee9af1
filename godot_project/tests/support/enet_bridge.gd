extends RefCounted
## Ends DTLS: hands each packet of a DTLS connection on as a datagram of plain ENet, and the other way round. So the engine's
## ENetMultiplayerPeer without DTLS talks to ours with it: inside DTLS, each datagram of ENet is one packet.
##
## It can lose, double and reorder what it carries.

const PeerKind := preload("peer_kind.gd")

## A DTLS connection, and the socket that stands for it.
class Pair:
	var dtls: PacketPeerDTLSOpenSSL
	var udp: PacketPeerUDP
	## What came before DTLS was connected.
	var early: Array[PackedByteArray] = []

## How many of 100 packets are lost, doubled, and overtaken by the next one.
var lost_percent := 0
var doubled_percent := 0
var overtaken_percent := 0
var carried := 0
var lost := 0

var _random := RandomNumberGenerator.new()
var _pairs: Array[Pair] = []
var _dtls_server: DTLSServerOpenSSL
var _udp_server: UDPServer
var _port: int


func _init() -> void:
	_random.seed = 15


## For clients of ours: DTLS connections in, datagrams to the engine's server at `port` out.
static func to_engine_server(port: int, side: PeerKind) -> RefCounted:
	var bridge := new()
	bridge._port = port
	bridge._dtls_server = DTLSServerOpenSSL.new()
	bridge._dtls_server.setup(side.server_options())
	bridge._dtls_server.listen(0, PeerKind.LOOPBACK)
	return bridge


## For clients of the engine: datagrams in, DTLS connections to our server at `port` out.
static func to_our_server(port: int) -> RefCounted:
	var bridge := new()
	bridge._port = port
	bridge._udp_server = UDPServer.new()
	bridge._udp_server.listen(0, PeerKind.LOOPBACK)
	return bridge


func get_local_port() -> int:
	return _dtls_server.get_local_port() if _dtls_server != null else _udp_server.get_local_port()


func poll(side: PeerKind) -> void:
	if _dtls_server != null:
		while _dtls_server.is_connection_available():
			var udp := PacketPeerUDP.new()
			# Room for all that ENet has under way at once.
			udp.bind(0, PeerKind.LOOPBACK, 1 << 20)
			udp.connect_to_host(PeerKind.LOOPBACK, _port)
			_add(_dtls_server.take_connection(), udp)
	else:
		_udp_server.poll()
		while _udp_server.is_connection_available():
			var dtls := PacketPeerDTLSOpenSSL.new()
			dtls.connect_to_host(PeerKind.LOOPBACK, _port, side.client_options())
			_add(dtls, _udp_server.take_connection())
	for pair in _pairs:
		_carry(pair)


func close() -> void:
	_pairs.clear()
	if _dtls_server != null:
		_dtls_server.stop()
	else:
		_udp_server.stop()


func _add(dtls: PacketPeerDTLSOpenSSL, udp: PacketPeerUDP) -> void:
	var pair := Pair.new()
	pair.dtls = dtls
	pair.udp = udp
	_pairs.append(pair)


func _carry(pair: Pair) -> void:
	_deliver(_taken_from(pair.dtls), pair.udp.put_packet)
	pair.early.append_array(_taken_from(pair.udp))
	if pair.dtls.get_status() == PacketPeerDTLS.STATUS_CONNECTED:
		_deliver(pair.early, pair.dtls.put_packet)
		pair.early.clear()


func _taken_from(peer: PacketPeer) -> Array[PackedByteArray]:
	var packets: Array[PackedByteArray] = []
	while peer.get_available_packet_count() > 0:
		packets.append(peer.get_packet())
	return packets


func _deliver(packets: Array[PackedByteArray], put: Callable) -> void:
	var overtaken: Array[PackedByteArray] = []
	for packet in packets:
		carried += 1
		if _happens(lost_percent):
			lost += 1
			continue
		if _happens(overtaken_percent):
			overtaken.append(packet)
			continue
		put.call(packet)
		if _happens(doubled_percent):
			put.call(packet)
		for late in overtaken:
			put.call(late)
		overtaken.clear()
	for late in overtaken:
		put.call(late)


func _happens(percent: int) -> bool:
	return percent > 0 and _random.randi_range(0, 99) < percent
