extends "../support/interop_test.gd"
## The programs of other DTLS implementations with those of ours that own their sockets.


func parameters() -> Array:
	return [Stack.openssl(), Stack.gnutls()]


func test_their_client_talks_to_our_server_that_owns_its_port() -> void:
	var credentials := need(Credentials.p256())
	var server := ours.server()
	assert_equal(server.setup(ours.server_options(credentials.key, credentials.certificate)), OK, "setup")
	assert_equal(server.listen(0, Link.LOOPBACK), OK, "listen")
	var program := stack().start_client(server.get_local_port(), credentials)
	for saying in stack().client_says_verified:
		await assert_says(program, saying)
	assert_true(await until(server.is_connection_available), "no connection")
	var peer: PacketPeer = server.take_connection()
	program.tell("from their client")
	assert_equal(await receive(peer), "from their client\n", "packet received")
	peer.put_packet("from our server\n".to_utf8_buffer())
	await assert_says(program, "from our server")
	server.stop()
	await assert_says(program, stack().client_says_left)


func test_our_client_that_owns_its_socket_talks_to_their_server() -> void:
	var credentials := need(Credentials.p256())
	await start_their_server(credentials)
	var peer: PacketPeer = ours.peer()
	var options := ours.client_options(credentials.certificate, "localhost")
	assert_equal(peer.connect_to_host(Link.LOOPBACK, their_port, options), OK, "connect_to_host")
	await until(func() -> bool: return peer.get_status() != PacketPeerDTLS.STATUS_HANDSHAKING)
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")
	peer.put_packet("from our client\n".to_utf8_buffer())
	await assert_says(their_server, "from our client")
	if stack().server_echoes:
		assert_equal(await receive(peer), "from our client\n", "packet received")
	else:
		their_server.tell("from their server")
		assert_equal(await receive(peer), "from their server\n", "packet received")
