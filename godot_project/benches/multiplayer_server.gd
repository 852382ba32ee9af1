extends SceneTree
## A multiplayer server to be measured: `--script res://benches/multiplayer_server.gd -- <implementation> <max_clients>`.
##
## Its clients call echo.gd, or send bytes. Its frames never stop. Between two of them, it does what a line of its standard input says, and
## answers with one line.

const Echo := preload("echo.gd")
const Frames := preload("frames.gd")
const Peers := preload("multiplayer_peers.gd")

## Until another rate is asked for.
const HERTZ := 60

var implementation: String
var api: SceneMultiplayer
var echo := Echo.new()
var frames := Frames.new()
var reader := Thread.new()
## What a call and its answer took in each frame that had some, in microseconds.
var costs: PackedFloat64Array = []


## The first frame, when nodes have a path, is all there is.
func _process(_delta: float) -> bool:
	var arguments := OS.get_cmdline_user_args()
	implementation = arguments[0]
	echo.name = "Echo"
	root.add_child(echo)
	api = get_multiplayer()
	# Clients do not hear of each other, who would be some millions of pairs.
	api.server_relay = false
	var peer := Peers.create_server(implementation, int(arguments[1]))
	if peer == null:
		print("port=0")
		return true
	api.multiplayer_peer = peer
	api.peer_packet.connect(send_back)
	print("port=%d" % Peers.local_port(peer))
	frames.start(HERTZ)
	reader.start(OS.read_string_from_stdin)
	while do_commands():
		frames.wait()
		poll()
	peer.close()
	return true


## What came without a method counts as a call, too.
func send_back(id: int, bytes: PackedByteArray) -> void:
	echo.note_call()
	api.send_bytes(bytes, id, MultiplayerPeer.TRANSFER_MODE_UNRELIABLE)


func poll() -> void:
	var before := echo.calls
	var start := Time.get_ticks_usec()
	api.poll()
	var spent := Time.get_ticks_usec() - start
	if echo.calls > before:
		costs.append(float(spent) / (echo.calls - before))


## Whether to go on.
func do_commands() -> bool:
	if reader.is_alive():
		return true
	var line: String = reader.wait_to_finish()
	var command := line.strip_edges().split(" ")
	match command[0]:
		"frames":
			start_frames(int(command[1]))
		"calls":
			tell_calls()
		"enter":
			enter(int(command[1]))
		_:
			return false
	reader.start(OS.read_string_from_stdin)
	return true


## From now on, there are so many frames a second. What was measured so far does not count.
func start_frames(hertz: int) -> void:
	frames.start(hertz)
	echo.forget_calls()
	costs.clear()
	print("hertz=%d" % hertz)


## What came in these frames, and what a call and its answer took on the main thread in half of them at most.
func tell_calls() -> void:
	costs.sort()
	var median := costs[costs.size() / 2] if not costs.is_empty() else 0.0
	print("usec=%f calls=%d first=%f peers=%d" % [median, echo.calls, echo.first_call, api.get_peers().size()])


## So many clients join from this process, one after the other: the frames until both sides know of each other.
func enter(joins: int) -> void:
	const PATIENCE := 600
	var counts: PackedInt64Array = []
	for join in joins:
		var client := SceneMultiplayer.new()
		client.root_path = ^"/root"
		client.multiplayer_peer = Peers.create_client(implementation, Peers.local_port(api.multiplayer_peer))
		var id := client.get_unique_id()
		var count := 0
		while count < PATIENCE and not (api.get_peers().has(id) and client.get_peers().has(1)):
			frames.wait()
			poll()
			client.poll()
			count += 1
		counts.append(count)
		client.multiplayer_peer.close()
		while api.get_peers().has(id):
			frames.wait()
			poll()
	counts.sort()
	print("median=%d slowest=%d" % [counts[joins / 2], counts[-1]])
