extends "dtls_transport.gd"
## DTLS over sockets of the addon, whose threads do the work.

const MONITORS := "Arena"

var _server_options: TLSOptionsOpenSSL
var _client_options: TLSOptionsOpenSSL
var _numbers := { } # Of a server's peers
var _server := DTLSServerOpenSSL.new()


func _init(server_options: TLSOptionsOpenSSL, client_options: TLSOptionsOpenSSL) -> void:
	_server_options = server_options
	_client_options = client_options


func host(port: int) -> Error:
	var error := _server.setup(_server_options)
	if error == OK:
		error = _server.listen(port, LOOPBACK)
	# In the editor's Debugger, unless it has them from before a restart.
	if error == OK and not Performance.has_custom_monitor(MONITORS + "/connections"):
		_server.register_monitors(MONITORS)
	return error


func join(port: int) -> Error:
	var peer := PacketPeerDTLSOpenSSL.new()
	_peers[SERVER] = peer
	return peer.connect_to_host(LOOPBACK, port, _client_options)


func get_local_port() -> int:
	return _server.get_local_port()


func poll() -> void:
	if not _server.is_listening():
		super()
		return
	while _server.is_connection_available():
		var peer := _server.take_connection()
		_numbers[peer] = _add_client(peer)
	# A frame costs as much as there are packets, however many are connected.
	for peer in _server.get_ready_peers():
		if _numbers.has(peer):
			_read(_numbers[peer], peer)


func close() -> void:
	super()
	_numbers.clear()
	_server.stop()


func _drop(number: int, peer: PacketPeer) -> void:
	_numbers.erase(peer)
	super(number, peer)
