extends SceneTree
## A server to be measured: `--script res://benches/server.gd -- <implementation>`.
##
## It does what each line of its standard input says and answers with one line. Between two commands the main thread
## stands still, so that whoever measures can look at the process, or send a burst that one frame has to take.

const Identity := preload("identity.gd")
const Implementations := preload("implementations.gd")

var server: RefCounted


func _initialize() -> void:
	var arguments := OS.get_cmdline_user_args()
	server = Implementations.server(arguments[0])
	if arguments.has("io_threads=2"):
		server.dtls.io_threads = 2
	if Identity.introduce(server, arguments) != OK or server.listen() != OK:
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
				serve(int(command[1]), int(command[2]), float(command[3]), Callable(server, command[4]))
			"pour":
				pour(int(command[1]), int(command[2]), int(command[3]), float(command[4]))
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
	var packets := turn(server.echo)
	print("usec=%d packets=%d" % [Time.get_ticks_usec() - start, packets])


func turn(doing: Callable) -> int:
	server.gather()
	server.accept()
	return doing.call()


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


## Frames at a steady rate, until there are so many peers, or for so many seconds; also the time from the first frame
## that had packets to the last.
func serve(hertz: int, peers: int, seconds: float, doing: Callable) -> void:
	var spent := 0
	var packets := 0
	var first := 0
	var last := 0
	var begin := Time.get_ticks_usec()
	var end := begin + int(seconds * 1e6)
	var next := begin
	while server.peers.size() < peers and next < end:
		var start := Time.get_ticks_usec()
		var count := turn(doing)
		packets += count
		var now := Time.get_ticks_usec()
		spent += now - start
		if count > 0:
			last = now
			if first == 0:
				first = start
		next += 1_000_000 / hertz
		if next > now:
			OS.delay_usec(next - now)
		else:
			next = now # A frame that took too long delays the ones after it, as in the engine's own loop.
	print("usec=%d packets=%d span=%d" % [spent, packets, last - first])


## Sends until so many packets of `size` bytes were taken, without a pause while some are, or for so many seconds: to each
## peer so many in a row.
func pour(size: int, packets: int, in_a_row: int, seconds: float) -> void:
	const PAUSE_USEC := 500 # Queues are full.
	var packet := PackedByteArray()
	packet.resize(size)
	var taken := 0
	var end := Time.get_ticks_usec() + int(seconds * 1e6)
	while taken < packets and Time.get_ticks_usec() < end:
		var count: int = server.send(packet, in_a_row)
		taken += count
		if count == 0:
			OS.delay_usec(PAUSE_USEC)
	print("packets=%d" % taken)
