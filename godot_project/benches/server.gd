extends SceneTree
## A server to be measured: `--script res://benches/server.gd -- <implementation>`.
##
## It does what each line of its standard input says and answers with one line. Between two commands the main thread
## stands still, so that whoever measures can look at the process, or send a burst that one frame has to take.

const Implementations := preload("implementations.gd")

const CERTIFICATE := "res://demo/certs/server.crt"
const KEY := "res://demo/certs/server.key"

var server: RefCounted


func _initialize() -> void:
	var arguments := OS.get_cmdline_user_args()
	var key := CryptoKey.new()
	var certificate := X509Certificate.new()
	if key.load(KEY) != OK or certificate.load(CERTIFICATE) != OK:
		quit(1)
		return
	server = Implementations.server(arguments[0])
	if server.setup(key, certificate) != OK or server.listen(0, arguments.has("default")) != OK:
		quit(1)
		return
	print("port=%d" % server.get_local_port())
	while true:
		var command := OS.read_string_from_stdin().strip_edges().split(" ")
		match command[0]:
			"gather":
				gather()
			"frame":
				frame()
			"admit":
				admit(int(command[1]), float(command[2]))
			"serve":
				serve(int(command[1]), int(command[2]), float(command[3]))
			"restart":
				restart()
			_:
				break
	server.stop()
	quit()


## Takes datagrams off the socket before the frame does, for bursts that its buffer could not hold.
func gather() -> void:
	var start := Time.get_ticks_usec()
	server.gather()
	print("usec=%d" % (Time.get_ticks_usec() - start))


## One frame of a game that sends back what arrived.
func frame() -> void:
	var start := Time.get_ticks_usec()
	var echoes := turn()
	print("usec=%d echoes=%d peers=%d" % [Time.get_ticks_usec() - start, echoes, server.peers.size()])


func turn() -> int:
	server.gather()
	server.accept()
	return server.echo()


## Does nothing but handshakes until there are so many peers, or for so many seconds; the time spent in calls.
func admit(peers: int, seconds: float) -> void:
	const PAUSE_USEC := 4000 # Looking when there is nothing must not count for much.
	var spent := 0
	var end := Time.get_ticks_usec() + int(seconds * 1e6)
	while server.peers.size() < peers and Time.get_ticks_usec() < end:
		var start := Time.get_ticks_usec()
		server.gather()
		server.accept()
		spent += Time.get_ticks_usec() - start
		OS.delay_usec(PAUSE_USEC)
	print("usec=%d peers=%d" % [spent, server.peers.size()])


## Frames at a steady rate, until there are so many peers, or for so many seconds.
func serve(hertz: int, peers: int, seconds: float) -> void:
	var spent := 0
	var frames := 0
	var echoes := 0
	var begin := Time.get_ticks_usec()
	var end := begin + int(seconds * 1e6)
	var next := begin
	while server.peers.size() < peers and next < end:
		var start := Time.get_ticks_usec()
		echoes += turn()
		frames += 1
		var now := Time.get_ticks_usec()
		spent += now - start
		next += 1_000_000 / hertz
		if next > now:
			OS.delay_usec(next - now)
		else:
			next = now # A frame that took too long delays the ones after it, as in the engine's own loop.
	print("usec=%d frames=%d echoes=%d peers=%d" % [spent, frames, echoes, server.peers.size()])


## Stops and listens again on the same port.
func restart() -> void:
	var port: int = server.get_local_port()
	var start := Time.get_ticks_usec()
	server.stop()
	var error: Error = server.listen(port, false)
	print("usec=%d error=%d" % [Time.get_ticks_usec() - start, error])
