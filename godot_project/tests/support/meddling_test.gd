extends "implementation_test.gd"
## A test of what a script's Logger may do while a call reports its error.

class Meddler extends Logger:
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


func parameters() -> Array:
	return [Implementation.ours(), Implementation.native()]


func start(trusted: Credentials) -> Link:
	var credentials := need(Credentials.p256())
	var link := Link.new(side, side)
	link.listen(side.server_options(credentials.key, credentials.certificate))
	link.connect_client("localhost", side.client_options(trusted.certificate))
	return link


func start_connected() -> Link:
	var link := start(need(Credentials.p256()))
	assert_true(link.poll_until(link.is_established), "no connection")
	return link


func meddling(meddle: Callable) -> Meddler:
	var meddler := Meddler.new()
	meddler.meddle = meddle
	OS.add_logger(meddler)
	return meddler
