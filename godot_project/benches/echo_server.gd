extends SceneTree
## The server of `cargo xtask soak` and `cargo xtask flood`: sends back what arrives.
##
## It answers "statistics" on its standard input with its statistics, and with the time spent in frames. Anything else ends it.

const FRAMES_PER_SECOND := 60

var server := DTLSServerOpenSSL.new()
var peers := {} # A connection lives as long as its peer does.
var reader := Thread.new()
var usec_in_frames := 0


func _initialize() -> void:
	Engine.max_fps = FRAMES_PER_SECOND
	var options := TLSOptionsOpenSSL.generate_self_signed()
	# An attacker may send half of a certificate, if one is asked for.
	options.client_verification = TLSOptionsOpenSSL.CLIENT_VERIFICATION_OPTIONAL
	options.trusted_chain = options.get_own_certificate()
	if server.setup(options) != OK or server.listen(0, "127.0.0.1") != OK:
		quit(1)
		return
	print("port=%d" % server.get_local_port())
	reader.start(OS.read_string_from_stdin)


func _process(_delta: float) -> bool:
	var start := Time.get_ticks_usec()
	while server.is_connection_available():
		var peer := server.take_connection()
		peers[peer] = true
	for peer in server.get_ready_peers():
		while peer.get_available_packet_count() > 0:
			peer.put_packet(peer.get_packet())
		if peer.get_status() != PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			peers.erase(peer)
	usec_in_frames += Time.get_ticks_usec() - start
	if reader.is_alive():
		return false
	var command: String = reader.wait_to_finish()
	if command.strip_edges() != "statistics":
		return true
	print_statistics()
	reader.start(OS.read_string_from_stdin)
	return false


func _finalize() -> void:
	server.stop()


func print_statistics() -> void:
	var statistics := server.get_statistics()
	statistics["usec_in_frames"] = usec_in_frames
	var words: PackedStringArray = []
	for key: String in statistics:
		words.append("%s=%d" % [key, statistics[key]])
	print(" ".join(words))
