extends SceneTree
## Clients to be measured: `--script res://benches/client.gd -- <implementation> <port>`.
##
## Each line of its standard input is how many are to connect at once. It answers with how many did, and the time spent
## in calls.

const Clients := preload("clients.gd")
const Identity := preload("identity.gd")


func _initialize() -> void:
	var arguments := OS.get_cmdline_user_args()
	var certificate := X509Certificate.new()
	certificate.load(Identity.CERTIFICATE)
	var clients := Clients.new(arguments[0], certificate)
	print("ready=1")
	while true:
		var count := int(OS.read_string_from_stdin())
		if count == 0:
			break
		connect_clients(clients, int(arguments[1]), count)
	quit()


func connect_clients(clients: Clients, port: int, count: int) -> void:
	const PAUSE_USEC := 1000
	const LIMIT_USEC := 10_000_000
	var peers: Array[PacketPeer] = []
	var begin := Time.get_ticks_usec()
	for i in count:
		peers.append(clients.connect_client(port))
	var spent := Time.get_ticks_usec() - begin
	var handshaking: Array[PacketPeer] = peers.duplicate()
	while not handshaking.is_empty() and Time.get_ticks_usec() - begin < LIMIT_USEC:
		OS.delay_usec(PAUSE_USEC)
		var start := Time.get_ticks_usec()
		var still: Array[PacketPeer] = []
		for peer in handshaking:
			peer.poll()
			if peer.get_status() == PacketPeerDTLS.STATUS_HANDSHAKING:
				still.append(peer)
		handshaking = still
		spent += Time.get_ticks_usec() - start
	var connected := 0
	for peer in peers:
		if peer.get_status() == PacketPeerDTLS.STATUS_CONNECTED:
			connected += 1
		peer.disconnect_from_peer()
	print("connected=%d usec=%d" % [connected, spent])
