extends "../support/interop_test.gd"
## Another handshake on a connection that stands: what is agreed on stays.


func parameters() -> Array:
	return peerings_with([Stack.openssl()])


func test_a_client_that_wants_another_handshake_is_told_that_there_is_none() -> void:
	var credentials := need(Credentials.p256())
	var link := listen(credentials)
	var program := await start_their_client(link, credentials)
	program.tell("R")
	await assert_says(program, "no renegotiation")
	await poll_until(link.server_ended)
	assert_true(link.server_words().contains("alert 40"), link.server_words())
