extends "implementation_test.gd"
## A test of what a script's Logger may do while a call reports its error.

## Not preloaded, as Godot 4.3 and 4.4 have no Logger.
static var _meddler: GDScript


func oldest_godot() -> int:
	return 0x040500


func parameters() -> Array:
	# The engine keeps the script. Here it does so before the objects of a test are counted.
	_meddler = load("res://tests/support/meddler.gd")
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


func start_meddling(meddle: Callable) -> RefCounted:
	var meddler: RefCounted = _meddler.new()
	meddler.meddle = meddle
	OS.call(&"add_logger", meddler)
	return meddler


func end_meddling(meddler: RefCounted) -> void:
	OS.call(&"remove_logger", meddler)
