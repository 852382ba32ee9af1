extends "../support/interop_test.gd"
## Another handshake on a connection that stands: what is agreed on stays.


func parameters() -> Array:
	return [Stack.openssl()]


func test_a_client_that_wants_another_handshake_is_told_that_there_is_none() -> void:
	var credentials := need(Credentials.p256())
	var server := ours.server()
	assert_equal(server.setup(ours.server_options(credentials.key, credentials.certificate)), OK, "setup")
	assert_equal(server.listen(0, Link.LOOPBACK), OK, "listen")
	var program := stack().start_client(server.get_local_port(), credentials)
	assert_true(await until(server.is_connection_available), "no connection")
	var peer: PacketPeer = server.take_connection()
	program.tell("R")
	await assert_says(program, "no renegotiation")
	await until(func() -> bool: return peer.get_status() != PacketPeerDTLS.STATUS_CONNECTED)
	assert_true(peer.get_last_error().contains("alert 40"), peer.get_last_error())
