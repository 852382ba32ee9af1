extends Logger
## Calls something whenever an error is reported.

var meddle: Callable
var count := 0


func _log_error(
		_function: String,
		_file: String,
		_line: int,
		_code: String,
		_rationale: String,
		_editor_notify: bool,
		_error_type: int,
		_backtraces: Array[ScriptBacktrace],
) -> void:
	count += 1
	meddle.call()
