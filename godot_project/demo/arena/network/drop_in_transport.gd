extends "dtls_transport.gd"
## DTLS over sockets of the script, as the engine's classes work and as ours do under their names with a suffix. All work is
## done in poll().

# More clients may wait for their first poll than the engine's default allows.
const MAX_PENDING := 64

var _suffix: String
var _server_options: RefCounted
var _client_options: RefCounted
var _dtls: RefCounted
var _listener := UDPServer.new()


func _init(suffix: String, server_options: RefCounted, client_options: RefCounted) -> void:
	_suffix = suffix
	_server_options = server_options
	_client_options = client_options
	_listener.max_pending_connections = MAX_PENDING


func host(port: int) -> Error:
	_dtls = ClassDB.instantiate("DTLSServer" + _suffix)
	var error: Error = _dtls.setup(_server_options)
	return _listener.listen(port, LOOPBACK) if error == OK else error


func join(port: int) -> Error:
	var udp := PacketPeerUDP.new()
	var error := udp.connect_to_host(LOOPBACK, port)
	if error != OK:
		return error
	var peer: PacketPeer = ClassDB.instantiate("PacketPeerDTLS" + _suffix)
	_peers[SERVER] = peer
	return peer.connect_to_peer(udp, "localhost", _client_options)


func get_local_port() -> int:
	return _listener.get_local_port()


func poll() -> void:
	if _listener.is_listening():
		_listener.poll()
		while _listener.is_connection_available():
			var peer: PacketPeer = _dtls.take_connection(_listener.take_connection())
			# The first try of every client fails: it is given a cookie to return.
			if peer.get_status() == PacketPeerDTLS.STATUS_HANDSHAKING:
				_add_client(peer)
	for peer: PacketPeer in _peers.values():
		peer.poll()
	super()


func close() -> void:
	super()
	_listener.stop()


func _tells_what_it_drops() -> bool:
	return not _suffix.is_empty()
