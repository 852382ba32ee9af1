extends "../support/native_test.gd"
## Why a server does not run, in words.


func test_a_server_says_why_its_setup_or_its_port_failed() -> void:
	assert_equal(server.get_last_error(), "", "last error of a server that is well")
	expect_error("client options")
	server.setup(side.client_options())
	assert_true(server.get_last_error().contains("client options"), server.get_last_error())
	listen()
	var second := side.server()
	second.setup(side.server_options(credentials.key, credentials.certificate))
	expect_error("DTLSServerOpenSSL.listen")
	assert_true(second.listen(server.get_local_port(), LOOPBACK) != OK, "a port was opened twice")
	assert_true(not second.get_last_error().is_empty(), "no reason is given")


func test_a_server_tells_why_a_handshake_failed_and_then_of_what_failed_later() -> void:
	listen()
	var client := side.peer()
	client.connect_to_host(LOOPBACK, server.get_local_port(), side.client_options(need(Credentials.stranger()).certificate))
	var has_failed := func() -> bool: return server.get_last_error().contains("does not trust the issuer")
	assert_true(await until(has_failed, PATIENCE_MSEC), server.get_last_error())
	assert_true(server.get_last_error().contains("does not trust the issuer"), "forgotten once it was told")
	expect_error("listens already")
	server.listen(0)
	assert_true(server.get_last_error().contains("listens already"), server.get_last_error())
