extends "../support/multiplayer_test.gd"
## Calls that make no sense: refused with the engine's codes.


func test_a_server_needs_a_port_and_a_number_of_clients() -> void:
	var peer := side.peer()
	for port: int in [-1, 65536]:
		expect_error_of("The local port number must be between", "port is")
		assert_equal(side.create_server(peer, port), ERR_INVALID_PARAMETER, "port %d" % port)
	for clients: int in [0, 4096]:
		expect_error_of("The number of clients must be set between", "max_clients is")
		assert_equal(side.create_server(peer, 0, clients), ERR_INVALID_PARAMETER, "%d clients" % clients)
	assert_true(is_over(peer), "status")


func test_a_port_in_use_cannot_be_had() -> void:
	start_server()
	expect_error_of("Couldn't create an ENet host", "cannot be opened")
	assert_equal(side.create_server(side.peer(), side.local_port(server)), ERR_CANT_CREATE, "create_server")


func test_a_client_needs_a_port_to_connect_to() -> void:
	var peer := side.peer()
	for port: int in [0, 65536]:
		expect_error_of("The remote port number must be between", "is no port to connect to", 1)
		if not side.is_ours():
			expect_error("Couldn't connect to the ENet multiplayer server")
		assert_equal(side.create_client(peer, port), ERR_CANT_CREATE, "port %d" % port)
	assert_true(is_over(peer), "status")


func test_disconnecting_nobody_is_refused() -> void:
	start_server()
	expect_error_of("!peers.has(p_peer)", "there is no peer 5")
	server.disconnect_peer(5)
	assert_equal(server_log.signals.size(), 0, "signals")


func test_only_the_engine_s_peer_has_a_mesh_mode() -> void:
	assert_equal(side.peer().has_method("create_mesh"), not side.is_ours(), "create_mesh")
