extends "../support/native_test.gd"
## DTLSServerOpenSSL.register_monitors: the server in the Debugger.


func test_monitors_show_the_server_and_vanish_with_it() -> void:
	assert_equal(server.register_monitors("Lobby"), OK, "register_monitors")
	assert_equal(_monitors().size(), 7, "monitors")
	assert_equal(Performance.get_custom_monitor("Lobby/connections"), 0, "connections of a server that does not listen")
	listen()
	var pair := await connect_pair()
	assert_equal(Performance.get_custom_monitor("Lobby/connections"), 1, "connections")
	Performance.get_custom_monitor("Lobby/packets_received_per_second")
	pair[0].put_packet([1])
	await receive(pair[1])
	assert_true(Performance.get_custom_monitor("Lobby/packets_received_per_second") > 0.0, "packets a second")
	pair.clear()
	server = null
	assert_equal(_monitors(), [] as Array[StringName], "monitors of a server that is gone")


func test_a_category_serves_one_server() -> void:
	server.register_monitors()
	expect_error("choose another")
	assert_equal(server.register_monitors(), ERR_ALREADY_EXISTS, "the same category")


func _monitors() -> Array[StringName]:
	return Performance.get_custom_monitor_names()
