extends RefCounted
## What the arena starts with. From the command line, after "--":
##
##     --host                  listen
##     --join N                have N clients
##     --port N                where to listen, or where the server is
##     --implementation NAME   engine, ours or native
##     --identity NAME         certificate, pinned or psk
##
## Without --host and --join, it does both.

const Game := preload("game/game.gd")
const Mode := preload("network/mode.gd")

const CLIENTS := 8

var hosts := true
var clients := CLIENTS
var port := Game.DEFAULT_PORT
var mode := Mode.new()
## Where keys and certificates are kept.
var folder := "user://arena"
## What cannot be understood.
var problem := ""


static func parse(arguments: PackedStringArray) -> RefCounted:
	var options := new()
	if "--host" in arguments or "--join" in arguments:
		options.hosts = "--host" in arguments
		options.clients = 0
	var rest := Array(arguments)
	while not rest.is_empty():
		var option: String = rest.pop_front()
		if option != "--host":
			options._take(option, rest.pop_front() if not rest.is_empty() else "")
	var obstacle := Mode.obstacle(options.mode.implementation, options.mode.identity)
	if options.problem.is_empty():
		options.problem = obstacle
	return options


func _take(option: String, value: String) -> void:
	match option:
		"--join":
			clients = clampi(int(value), 1, Game.MAX_CLIENTS)
		"--port":
			port = int(value)
		"--implementation" when value in Mode.IMPLEMENTATIONS:
			mode.implementation = Mode.IMPLEMENTATIONS.find(value) as Mode.Implementation
		"--identity" when value in Mode.IDENTITIES:
			mode.identity = Mode.IDENTITIES.find(value) as Mode.Identity
		_:
			problem = "There is no %s %s." % [option, value]
