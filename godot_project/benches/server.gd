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
	if Identity.introduce(server, arguments) != OK or server.listen(0, arguments.has("default")) != OK:
		quit(1)
		return
	print("port=%d" % server.get_local_port())
	while true:
		var command := OS.read_string_from_stdin().strip_edges().split(" ")
		match command[0]:
			"gather":
				gather()
			"frame":
				frame(task(command.slice(1)))
			"admit":
				admit(int(command[1]), float(command[2]))
			"serve":
				serve(int(command[1]), int(command[2]), float(command[3]), task(command.slice(4)))
			"pour":
				pour(int(command[1]), float(command[2]), task(command.slice(3)))
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


## A method of the server, and the size of the packet for those that send one.
func task(words: PackedStringArray) -> Callable:
	var method := Callable(server, words[0])
	if words.size() == 1:
		return method
	var packet := PackedByteArray()
	packet.resize(int(words[1]))
	return method.bind(packet)


## One frame of a game that does this with its packets.
func frame(doing: Callable) -> void:
	var start := Time.get_ticks_usec()
	var packets := turn(doing)
	print("usec=%d packets=%d peers=%d" % [Time.get_ticks_usec() - start, packets, server.peers.size()])


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
	var frames := 0
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
		frames += 1
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
	var facts := [spent, frames, packets, server.peers.size(), last - first]
	print("usec=%d frames=%d packets=%d peers=%d span=%d" % facts)


## Sends until so many packets were taken, without a pause while some are, or for so many seconds.
func pour(packets: int, seconds: float, doing: Callable) -> void:
	const PAUSE_USEC := 500 # Queues are full.
	var taken := 0
	var end := Time.get_ticks_usec() + int(seconds * 1e6)
	while taken < packets and Time.get_ticks_usec() < end:
		var count: int = doing.call()
		taken += count
		if count == 0:
			OS.delay_usec(PAUSE_USEC)
	print("packets=%d" % taken)


## Stops and listens again on the same port.
func restart() -> void:
	var port: int = server.get_local_port()
	var start := Time.get_ticks_usec()
	server.stop()
	var error: Error = server.listen(port, false)
	print("usec=%d error=%d" % [Time.get_ticks_usec() - start, error])
