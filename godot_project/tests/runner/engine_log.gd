extends RefCounted
## What the engine prints and reports from now on, as it writes it into its log file.
##
## Scripts can hear of errors by a Logger since Godot 4.5. Every version has the file.

const Scratch := preload("scratch.gd")

var _file: FileAccess
## The beginning of a line whose end was not written yet.
var _rest: PackedByteArray


func _init() -> void:
	_file = FileAccess.open(Scratch.path_to(Scratch.LOG), FileAccess.READ)
	_file.seek_end()


## The lines that came since the last call.
func take() -> PackedStringArray:
	_rest.append_array(_file.get_buffer(_file.get_length() - _file.get_position()))
	var whole := _rest.slice(0, _rest.rfind(0x0a) + 1)
	_rest = _rest.slice(whole.size())
	var lines := whole.get_string_from_utf8().split("\n")
	# Nothing follows the last line's end.
	lines.resize(lines.size() - 1)
	return lines
