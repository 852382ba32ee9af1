extends SceneTree
## The server of `cargo xtask soak`: sends back what arrives, until its standard input says something.

const FRAMES_PER_SECOND := 60

var server := DTLSServerOpenSSL.new()
var peers := {} # A connection lives as long as its peer does.
var reader := Thread.new()


func _initialize() -> void:
	Engine.max_fps = FRAMES_PER_SECOND
	if server.setup(TLSOptionsOpenSSL.generate_self_signed()) != OK or server.listen(0, "127.0.0.1") != OK:
		quit(1)
		return
	print("port=%d" % server.get_local_port())
	reader.start(OS.read_string_from_stdin)


func _process(_delta: float) -> bool:
	while server.is_connection_available():
		var peer := server.take_connection()
		peers[peer] = true
	for peer in server.get_ready_peers():
		while peer.get_available_packet_count() > 0:
			peer.put_packet(peer.get_packet())
		if peer.get_status() != PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			peers.erase(peer)
	return not reader.is_alive()


func _finalize() -> void:
	reader.wait_to_finish()
	var statistics := server.get_statistics()
	print("handshakes_failed=%d connections=%d" % [statistics["handshakes_failed"], server.get_connection_count()])
	server.stop()
