extends Logger
## Keeps what scripts print.

# Any thread may print.
var _mutex := Mutex.new()
var _printed := ""


func has_printed(text: String) -> bool:
	_mutex.lock()
	var found := _printed.contains(text)
	_mutex.unlock()
	return found


func _log_message(message: String, is_error: bool) -> void:
	if not is_error:
		_mutex.lock()
		_printed += message
		_mutex.unlock()
