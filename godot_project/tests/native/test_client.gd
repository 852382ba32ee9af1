extends "../support/native_test.gd"
## PacketPeerDTLSOpenSSL.connect_to_host: a socket of its own.


func test_a_name_is_looked_up_and_verified() -> void:
	assert_equal(server.listen(0), OK, "listen")
	var client := side.peer()
	var options := side.client_options(credentials.certificate)
	assert_equal(client.connect_to_host("localhost", server.get_local_port(), options), OK, "connect_to_host")
	assert_true(await until(is_connected_peer.bind(client), PATIENCE_MSEC), client.get_last_error())


func test_a_name_in_unicode_is_looked_up_and_verified_in_its_ascii_form() -> void:
	assert_equal(server.listen(0), OK, "listen")
	var client := side.peer()
	var options := side.client_options(credentials.certificate)
	# In full-width letters.
	assert_equal(client.connect_to_host("ｌｏｃａｌｈｏｓｔ", server.get_local_port(), options), OK, "connect_to_host")
	assert_true(await until(is_connected_peer.bind(client), PATIENCE_MSEC), client.get_last_error())


func test_a_certificate_for_another_name_is_a_mismatch() -> void:
	listen()
	var client := side.peer()
	client.connect_to_host(LOOPBACK, server.get_local_port(), side.client_options(credentials.certificate))
	expect_error("not valid for")
	await _ends(client, PacketPeerDTLS.STATUS_ERROR_HOSTNAME_MISMATCH, "not valid for \"127.0.0.1\"")


func test_a_port_where_nobody_listens_is_an_error() -> void:
	listen()
	var port: int = server.get_local_port()
	server.stop()
	var client := side.peer()
	client.connect_to_host(LOOPBACK, port, side.client_unsafe())
	await _ends(client, PacketPeerDTLS.STATUS_ERROR, "port is closed")


func test_a_host_that_does_not_exist_is_an_error() -> void:
	var client := side.peer()
	assert_equal(client.connect_to_host("host.invalid", 4242), OK, "connect_to_host")
	await _ends(client, PacketPeerDTLS.STATUS_ERROR, "cannot be resolved")


func test_mistakes_are_refused_at_once() -> void:
	listen()
	var client := side.peer()
	expect_error("is no port", 2)
	assert_equal(client.connect_to_host(LOOPBACK, 0), ERR_INVALID_PARAMETER, "port 0")
	assert_equal(client.connect_to_host(LOOPBACK, 65_536), ERR_INVALID_PARAMETER, "port 65536")
	expect_error("no host name")
	assert_equal(client.connect_to_host("", 4242), ERR_INVALID_PARAMETER, "no host")
	expect_error("these are server options")
	var for_servers := side.server_options(credentials.key, credentials.certificate)
	assert_equal(client.connect_to_host(LOOPBACK, 4242, for_servers), ERR_INVALID_PARAMETER, "a server's options")
	assert_equal(client.get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")
	var pair := await connect_pair()
	expect_error("already connected")
	assert_equal(pair[0].connect_to_host(LOOPBACK, 4242), ERR_ALREADY_IN_USE, "twice")


func test_a_peer_connects_again_after_disconnecting() -> void:
	listen()
	var pair := await connect_pair()
	pair[0].disconnect_from_peer()
	assert_equal(pair[0].get_status(), PacketPeerDTLS.STATUS_DISCONNECTED, "status")
	var options := side.client_options(credentials.certificate, "localhost")
	assert_equal(pair[0].connect_to_host(LOOPBACK, server.get_local_port(), options), OK, "again")
	assert_true(await until(is_connected_peer.bind(pair[0]), PATIENCE_MSEC), pair[0].get_last_error())


func test_a_packet_larger_than_a_record_is_refused_and_the_connection_lives_on() -> void:
	listen()
	var pair := await connect_pair()
	var packet := PackedByteArray()
	packet.resize(16_385)
	expect_error("16385 bytes")
	assert_equal(pair[0].put_packet(packet), ERR_INVALID_PARAMETER, "put_packet")
	pair[0].put_packet([1])
	assert_equal(await receive(pair[1]), PackedByteArray([1]), "still connected")


func _ends(client: PacketPeer, status: int, words: String) -> void:
	var has_ended := func() -> bool: return client.get_status() not in [1, 2]
	assert_true(await until(has_ended, PATIENCE_MSEC), "still connecting")
	assert_equal(client.get_status(), status, "status")
	assert_true(client.get_last_error().contains(words), client.get_last_error())
