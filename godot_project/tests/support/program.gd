extends RefCounted
## Another program, which is talked to over its standard streams and does not outlive this object. Needs Godot 4.4.

const READ_SIZE := 65_536
## What a run says of a program that is nowhere: on Windows, and elsewhere.
const NOT_FOUND: Array[int] = [-1, 127]

static var _exist := { }

var name: String
## All that it said so far: what it printed, then its errors.
var said: String:
	get:
		return "\n".join(_said.map(func(bytes: PackedByteArray) -> String: return bytes.get_string_from_utf8()))
var _process_id: int
var _input: FileAccess
var _outputs: Array[FileAccess] = []
## Of each output by itself, so that neither comes to stand in the middle of a line of the other.
var _said: Array[PackedByteArray] = [[], []]


func _init(command: PackedStringArray) -> void:
	name = command[0]
	# By name, so that Godot 4.3 parses it, whose pipes always block.
	var started: Dictionary = OS.call(&"execute_with_pipe", name, command.slice(1), false)
	_process_id = started.pid
	_input = started.stdio
	_outputs = [started.stdio, started.stderr]


## Whether it can be started.
static func exists(program: String) -> bool:
	if not program in _exist:
		_exist[program] = OS.execute(program, ["--help"], []) not in NOT_FOUND
	return _exist[program]


func has_said(text: String) -> bool:
	for index in _outputs.size():
		_said[index].append_array(_outputs[index].get_buffer(READ_SIZE))
	return said.contains(text)


func has_ended() -> bool:
	return not OS.is_process_running(_process_id)


func exit_code() -> int:
	return OS.get_process_exit_code(_process_id)


func tell(line: String) -> void:
	_input.store_string(line + "\n")


## It reads that there is no more to come. Nothing of what it says is heard from then on.
func hang_up() -> void:
	_input = null
	_outputs.clear()


func _notification(what: int) -> void:
	# By now it has no methods of its own any more.
	if what == NOTIFICATION_PREDELETE and OS.is_process_running(_process_id):
		OS.kill(_process_id)
