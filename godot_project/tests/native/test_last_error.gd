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
