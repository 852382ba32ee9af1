extends Logger
## Keeps every error and warning the engine, a script or an extension reports.

const KINDS: Dictionary[Logger.ErrorType, String] = {
	Logger.ERROR_TYPE_ERROR: "ERROR",
	Logger.ERROR_TYPE_WARNING: "WARNING",
	Logger.ERROR_TYPE_SCRIPT: "SCRIPT",
	Logger.ERROR_TYPE_SHADER: "SHADER",
}

class Entry:
	var type: Logger.ErrorType
	var text: String
	var place: String

	func _to_string() -> String:
		return "%s: %s (%s)" % [KINDS[type], text, place]


# The engine reports from whichever thread met the error.
var _mutex := Mutex.new()
var _entries: Array[Entry] = []


## What came since the last call.
func take() -> Array[Entry]:
	_mutex.lock()
	var taken := _entries
	_entries = []
	_mutex.unlock()
	return taken


static func describe(entries: Array[Entry]) -> PackedStringArray:
	var times: Dictionary[String, int] = { }
	for entry in entries:
		times[str(entry)] = times.get(str(entry), 0) + 1
	var lines: PackedStringArray = []
	for text in times:
		lines.append(text if times[text] == 1 else "%s, %d times" % [text, times[text]])
	return lines


func _log_error(
		_function: String,
		file: String,
		line: int,
		code: String,
		rationale: String,
		_editor_notify: bool,
		error_type: int,
		backtraces: Array[ScriptBacktrace],
) -> void:
	var entry := Entry.new()
	entry.type = error_type as Logger.ErrorType
	entry.text = code if rationale.is_empty() else rationale
	entry.place = "%s:%d" % [file, line]
	# The line of GDScript that led there says more than a line inside the engine.
	for backtrace in backtraces:
		if not backtrace.is_empty():
			entry.place = "%s:%d" % [backtrace.get_frame_file(0), backtrace.get_frame_line(0)]
			break
	_mutex.lock()
	_entries.append(entry)
	_mutex.unlock()
