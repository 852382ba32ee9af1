extends RefCounted
## Keeps what is printed.

const EngineLog := preload("../runner/engine_log.gd")

var _log := EngineLog.new()
var _printed: PackedStringArray = []


func has_printed(text: String) -> bool:
	_printed.append_array(_log.take())
	return "\n".join(_printed).contains(text)
