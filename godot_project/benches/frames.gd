extends SceneTree
## How long a client takes to connect in a 60 Hz game: `--script res://benches/frames.gd -- <implementation>`.
##
## Client and server share the frames, the server first. Answers with the frames after the one of the client's call, up
## to the first in which the client is connected.

const Implementations := preload("implementations.gd")
const Server := preload("server.gd")

const FRAME_USEC := 1_000_000 / 60
const MOST_FRAMES := 600


func _initialize() -> void:
	var name := OS.get_cmdline_user_args()[0]
	var key := CryptoKey.new()
	var certificate := X509Certificate.new()
	key.load(Server.KEY)
	certificate.load(Server.CERTIFICATE)
	var server := Implementations.server(name)
	server.setup(key, certificate)
	server.listen(0, false)
	var client: PacketPeer = connect_client(name, server.get_local_port(), certificate)
	var start := Time.get_ticks_usec()
	var frames := 0
	while client.get_status() == PacketPeerDTLS.STATUS_HANDSHAKING and frames < MOST_FRAMES:
		OS.delay_usec(FRAME_USEC)
		frames += 1
		server.gather()
		server.accept()
		client.poll()
	print("frames=%d usec=%d status=%d" % [frames, Time.get_ticks_usec() - start, client.get_status()])
	client.disconnect_from_peer()
	server.stop()
	quit()


func connect_client(name: String, port: int, certificate: X509Certificate) -> PacketPeer:
	const LOOPBACK := "127.0.0.1"
	if name == "native":
		var native: PacketPeer = ClassDB.instantiate(&"PacketPeerDTLSOpenSSL")
		var options: RefCounted = ClassDB.class_call_static(&"TLSOptionsOpenSSL", &"client", certificate, "localhost")
		native.connect_to_host(LOOPBACK, port, options)
		return native
	var udp := PacketPeerUDP.new()
	udp.connect_to_host(LOOPBACK, port)
	var peer: PacketPeer = ClassDB.instantiate(&"PacketPeerDTLS" if name == "engine" else &"PacketPeerDTLSOpenSSL")
	peer.connect_to_peer(udp, "localhost", TLSOptions.client(certificate))
	return peer
