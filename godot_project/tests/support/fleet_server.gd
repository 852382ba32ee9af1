extends SceneTree
## One server of a fleet, in a process of its own: says its port, and what it counts whenever that changes.
##
##     godot --headless --path godot_project --script res://tests/support/fleet_server.gd -- <folder of secrets> <ours|native>

const ADDRESS := "127.0.0.1"
## Whoever started it may not be there any more to end it.
const MOST_SECONDS := 60.0

var _dtls := DTLSServerOpenSSL.new()
var _udp := UDPServer.new()
var _peers: Array[PacketPeerDTLSOpenSSL] = []
var _owns_port: bool
var _said := ""


func _initialize() -> void:
	var folder := OS.get_cmdline_user_args()[0]
	var options := TLSOptionsOpenSSL.server_from_files(folder.path_join("tls.key"), folder.path_join("tls.crt"))
	options.cookie_secret = FileAccess.get_file_as_bytes(folder.path_join("cookie_secret"))
	options.ticket_keys = FileAccess.get_file_as_bytes(folder.path_join("ticket_keys"))
	_dtls.setup(options)
	_owns_port = OS.get_cmdline_user_args()[1] == "native"
	if _owns_port:
		_dtls.listen(0, ADDRESS)
	else:
		_udp.listen(0, ADDRESS)
	print("port %d;" % (_dtls.get_local_port() if _owns_port else _udp.get_local_port()))
	create_timer(MOST_SECONDS).timeout.connect(quit)


func _process(_delta: float) -> bool:
	while _dtls.is_connection_available():
		_peers.append(_dtls.take_connection())
	_udp.poll()
	while _udp.is_connection_available():
		var peer := _dtls.take_connection(_udp.take_connection())
		if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			_peers.append(peer)
	for peer in _peers:
		peer.poll()
	var resumed := _peers.filter(func(peer: PacketPeerDTLSOpenSSL) -> bool: return peer.is_session_resumed()).size()
	var counts := _dtls.get_statistics()
	var accepted: int = counts.handshakes_done if _owns_port else counts.accepted
	var saying := "asked %d accepted %d resumed %d;" % [counts.cookies_asked, accepted, resumed]
	if saying != _said:
		_said = saying
		print(saying)
	return false
