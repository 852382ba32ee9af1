extends SceneTree
## How long a client takes to connect in a 60 Hz game: `--script res://benches/frames.gd -- <implementation>`.
##
## Client and server share the frames, the server first. Answers with the frames after the one of the client's call, up
## to the first in which the client is connected.

const Clients := preload("clients.gd")
const Identity := preload("identity.gd")
const Implementations := preload("implementations.gd")

const FRAME_USEC := 1_000_000 / 60
const MOST_FRAMES := 600


func _initialize() -> void:
	var name := OS.get_cmdline_user_args()[0]
	var certificate := X509Certificate.new()
	certificate.load(Identity.CERTIFICATE)
	var server := Implementations.server(name)
	Identity.introduce(server, [])
	server.listen(0, false)
	var clients := Clients.new(name, certificate)
	var client: PacketPeer = clients.connect_client(server.get_local_port())
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
