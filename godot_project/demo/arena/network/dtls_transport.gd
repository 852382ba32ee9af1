extends "transport.gd"
## What the transports over DTLS share: peers are read and asked in the same way, wherever their datagrams come from.

var _peers := { } # PacketPeer by number
var _connected := { } # Numbers of those whose handshake is done
var _next_number := SERVER + 1
var _sent := 0
var _received := 0
var _dropped_by_former_peers := 0


func poll() -> void:
	for number: int in _peers.keys():
		if _peers.has(number):
			_read(number, _peers[number])


func send(number: int, packet: PackedByteArray) -> void:
	if _connected.has(number) and _peers[number].put_packet(packet) == OK:
		_sent += 1


func close() -> void:
	for peer: PacketPeer in _peers.values():
		_dropped_by_former_peers += _dropped_by(peer)
		peer.disconnect_from_peer()
	_peers.clear()
	_connected.clear()


func get_facts(number: int) -> Facts:
	var facts := Facts.new()
	var peer := _peers.get(number) as PacketPeerDTLSOpenSSL
	if peer != null:
		facts.cipher = peer.get_cipher()
		facts.identity = peer.get_psk_identity() if peer.get_psk_identity() else peer.get_peer_fingerprint()
		facts.handshake_usec = peer.get_statistics().handshake_usec
	return facts


func get_statistics() -> Statistics:
	var statistics := Statistics.new()
	statistics.sent = _sent
	statistics.received = _received
	if _tells_what_it_drops():
		statistics.dropped = _dropped_by_former_peers
		for peer: PacketPeer in _peers.values():
			statistics.dropped += _dropped_by(peer)
	return statistics


## The number of the new client.
func _add_client(peer: PacketPeer) -> int:
	_peers[_next_number] = peer
	_next_number += 1
	return _next_number - 1


func _read(number: int, peer: PacketPeer) -> void:
	if not _connected.has(number) and peer.get_status() == PacketPeerDTLS.STATUS_CONNECTED:
		_connected[number] = true
		joined.emit(number)
	# Whoever hears of a packet may close this transport.
	while _connected.has(number) and _has_packet(peer):
		_received += 1
		received.emit(number, peer.get_packet())
	var is_alive: bool = peer.get_status() in [PacketPeerDTLS.STATUS_HANDSHAKING, PacketPeerDTLS.STATUS_CONNECTED]
	if _peers.has(number) and not is_alive:
		_drop(number, peer)


# The engine's peers do not like to be asked once their connection has ended.
func _has_packet(peer: PacketPeer) -> bool:
	return peer.get_status() == PacketPeerDTLS.STATUS_CONNECTED and peer.get_available_packet_count() > 0


func _drop(number: int, peer: PacketPeer) -> void:
	_dropped_by_former_peers += _dropped_by(peer)
	_peers.erase(number)
	_connected.erase(number)
	var ours := peer as PacketPeerDTLSOpenSSL
	left.emit(number, "the connection ended" if ours == null else ours.get_last_error())


## The engine's classes count nothing.
func _tells_what_it_drops() -> bool:
	return true


static func _dropped_by(peer: PacketPeer) -> int:
	var ours := peer as PacketPeerDTLSOpenSSL
	if ours == null:
		return 0
	var counts := ours.get_statistics()
	return counts.dropped_noise + counts.dropped_records + counts.dropped_full
