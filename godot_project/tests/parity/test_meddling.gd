extends "../support/implementation_test.gd"
## Our peers, used and freed from within a call of another: a Logger runs while a call reports its error. (The engine
## reports these errors to no Logger.)

const TOO_LARGE := 16_385

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
	return [Implementation.ours()]


func test_another_connection_can_be_used_while_a_call_reports_its_error() -> void:
	var link := _start_connected()
	var other := _start_connected()
	_meddle_while_refusing_a_packet(link, func() -> void:
		other.client.put_packet([1])
		other.poll_server())
	assert_equal(other.server_peer.get_packet(), PackedByteArray([1]), "packet received")


func test_another_connection_can_be_freed_while_a_call_reports_its_error() -> void:
	var link := _start_connected()
	var other := _start_connected()
	_meddle_while_refusing_a_packet(link, func() -> void: other.client = null)
	other.poll_server()
	assert_equal(other.server_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status of the freed one's peer")


func test_another_handshake_can_be_started_while_one_reports_its_failure() -> void:
	expect_error("self-signed certificate")
	var link := _start(need(Credentials.stranger()))
	var others: Array[Link] = []
	var meddler := _meddler(func() -> void: others.append(_start(need(Credentials.p256()))))
	link.poll_until(link.client_ended)
	OS.remove_logger(meddler)
	assert_true(not others.is_empty(), "nobody meddled")
	for other in others:
		assert_true(other.poll_until(other.is_established), "no connection")


func _meddle_while_refusing_a_packet(link: Link, meddle: Callable) -> void:
	expect_error("16384")
	var packet := PackedByteArray()
	packet.resize(TOO_LARGE)
	var meddler := _meddler(meddle)
	link.client.put_packet(packet)
	OS.remove_logger(meddler)
	assert_true(meddler.count > 0, "nobody meddled")


func _start(trusted: Credentials) -> Link:
	var credentials := need(Credentials.p256())
	var link := Link.new(side, side)
	link.listen(side.server_options(credentials.key, credentials.certificate))
	link.connect_client("localhost", side.client_options(trusted.certificate))
	return link


func _start_connected() -> Link:
	var link := _start(need(Credentials.p256()))
	assert_true(link.poll_until(link.is_established), "no connection")
	return link


func _meddler(meddle: Callable) -> Meddler:
	var meddler := Meddler.new()
	meddler.meddle = meddle
	OS.add_logger(meddler)
	return meddler
