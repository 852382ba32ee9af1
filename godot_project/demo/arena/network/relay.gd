extends RefCounted
## The network cable between the clients and the server of a window, which can be cut: carries datagrams on a thread of its
## own, so that it costs no frame any time.

const LOOPBACK := "127.0.0.1"
const TURN_USEC := 500
const MAX_CLIENTS := 256


## The way of one client.
class Line:
	var towards_client: PacketPeerUDP
	var towards_server := PacketPeerUDP.new()
	var used_usec := 0


var _listener := UDPServer.new()
var _server_port: int
var _lines: Array[Line] = []
var _thread := Thread.new()
# Written by the main thread, read by the relay's.
var _mutex := Mutex.new()
var _is_cut := false
var _is_closing := false


func open(server_port: int) -> Error:
	_server_port = server_port
	_listener.max_pending_connections = MAX_CLIENTS
	var error := _listener.listen(0, LOOPBACK)
	return _thread.start(_run) if error == OK else error


func get_local_port() -> int:
	return _listener.get_local_port()


func cut(is_cut: bool) -> void:
	_mutex.lock()
	_is_cut = is_cut
	_mutex.unlock()


func close() -> void:
	if _thread.is_started():
		_mutex.lock()
		_is_closing = true
		_mutex.unlock()
		_thread.wait_to_finish()
		_listener.stop()


func _run() -> void:
	while true:
		_mutex.lock()
		var carries := not _is_cut
		var is_closing := _is_closing
		_mutex.unlock()
		if is_closing:
			return
		_listener.poll()
		while _listener.is_connection_available():
			_add_line(_listener.take_connection())
		for line in _lines:
			_carry(line, line.towards_client, line.towards_server, carries)
			_carry(line, line.towards_server, line.towards_client, carries)
		OS.delay_usec(TURN_USEC)


func _add_line(towards_client: PacketPeerUDP) -> void:
	if _lines.size() == MAX_CLIENTS:
		# Nothing tells when a client has left.
		_lines.sort_custom(func(a: Line, b: Line) -> bool: return a.used_usec > b.used_usec)
		_lines.pop_back()
	var line := Line.new()
	line.towards_client = towards_client
	line.towards_server.connect_to_host(LOOPBACK, _server_port)
	_lines.append(line)


func _carry(line: Line, from: PacketPeerUDP, to: PacketPeerUDP, carries: bool) -> void:
	while from.get_available_packet_count() > 0:
		line.used_usec = Time.get_ticks_usec()
		var datagram := from.get_packet()
		if carries:
			to.put_packet(datagram)
