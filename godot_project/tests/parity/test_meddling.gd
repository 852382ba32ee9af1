extends "../support/meddling_test.gd"
## Our objects, used and freed from within a call of their own or of another: a Logger runs while a call reports its error.
## (The engine reports these errors to no Logger.)

const TOO_LARGE := 16_385


func test_another_connection_can_be_used_while_a_call_reports_its_error() -> void:
	var link := start_connected()
	var other := start_connected()
	_meddle_while_refusing_a_packet(link, func() -> void:
		other.client.put_packet([1])
		other.poll_server())
	assert_equal(other.receive(other.server_peer, 1), _packets([[1]]), "packets received")


func test_the_very_connection_can_be_used_while_its_call_reports_an_error() -> void:
	var link := start_connected()
	_meddle_while_refusing_a_packet(link, func() -> void: link.client.put_packet([1]))
	assert_equal(link.receive(link.server_peer, 1), _packets([[1]]), "packets received")


func test_the_very_connection_can_be_ended_while_its_call_reports_an_error() -> void:
	var link := start_connected()
	_meddle_while_refusing_a_packet(link, func() -> void: link.client.disconnect_from_peer())
	assert_equal(link.client.get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")


func test_the_very_connection_can_be_freed_while_its_call_reports_an_error() -> void:
	var link := start_connected()
	_meddle_while_refusing_a_packet(link, func() -> void: link.client = null)
	link.poll_until_left(link.server_peer, link.poll_server)
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status of the freed one's peer")


func test_another_connection_can_be_freed_while_a_call_reports_its_error() -> void:
	var link := start_connected()
	var other := start_connected()
	_meddle_while_refusing_a_packet(link, func() -> void: other.client = null)
	other.poll_until_left(other.server_peer, other.poll_server)
	assert_equal(other.server_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status of the freed one's peer")


func test_a_server_can_be_set_up_while_its_setup_reports_an_error() -> void:
	var credentials := need(Credentials.p256())
	var server := side.server()
	var good := side.server_options(credentials.key, credentials.certificate)
	expect_error("client options")
	var meddler := start_meddling(func() -> void: server.setup(good))
	assert_equal(server.setup(side.client_options()), ERR_INVALID_PARAMETER, "setup")
	end_meddling(meddler)
	assert_equal(server.listen(0, Link.LOOPBACK), OK, "listen")


func test_options_can_be_changed_while_they_report_a_wrong_value() -> void:
	var options := side.client_options()
	expect_error("TLSOptionsOpenSSL.mtu")
	var meddler := start_meddling(func() -> void: options.mtu = 1000)
	options.mtu = 1
	end_meddling(meddler)
	assert_equal(options.mtu, 1000, "mtu")


func test_options_and_server_can_be_used_while_the_opening_of_a_key_log_is_reported() -> void:
	var credentials := need(Credentials.p256())
	var server := side.server()
	var options := side.server_options(credentials.key, credentials.certificate)
	options.key_log_path = Credentials.path_to("meddling.log")
	expect_error("the secrets of these connections")
	var outcomes := []
	var meddler := start_meddling(func() -> void:
		options.key_log_path = ""
		outcomes.append(server.setup(options)))
	assert_equal(server.setup(options), OK, "setup")
	end_meddling(meddler)
	assert_equal(outcomes, [OK], "setup from within")


func _packets(packets: Array[PackedByteArray]) -> Array[PackedByteArray]:
	return packets


func _meddle_while_refusing_a_packet(link: Link, meddle: Callable) -> void:
	expect_error("16384")
	var packet := PackedByteArray()
	packet.resize(TOO_LARGE)
	var meddler := start_meddling(meddle)
	link.client.put_packet(packet)
	end_meddling(meddler)
	assert_true(meddler.count > 0, "nobody meddled")
