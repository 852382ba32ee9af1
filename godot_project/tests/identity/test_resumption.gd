extends "../support/identity_test.gd"
## A client that comes back.


func test_a_client_that_comes_back_with_the_same_options_resumes() -> void:
	var options := client_options()
	var link := connect_sides(server_options(), options)
	assert_true(not link.client.is_session_resumed() and not link.server_peer.is_session_resumed(), "resumed what?")
	for time in 3:
		assert_connected(meet_again(link, options))
		assert_true(link.client.is_session_resumed() and link.server_peer.is_session_resumed(), "not resumed")
	link.client.put_packet([1])
	assert_equal(link.receive(link.server_peer, 1).size(), 1, "packets received")


func test_a_client_with_other_options_does_not_resume() -> void:
	var link := connect_sides(server_options(), client_options())
	assert_connected(meet_again(link, client_options()))
	assert_true(not link.client.is_session_resumed(), "resumed another's session")


func test_a_session_is_not_resumed_for_another_name_or_trust() -> void:
	var options := TLSOptionsOpenSSL.client_unsafe(need(Credentials.p256()).certificate)
	var link := connect_sides(server_options(), options)
	assert_connected(meet_again(link, options, "another.host"))
	assert_true(not link.client.is_session_resumed(), "resumed for another name")
	options.trusted_chain = null
	assert_connected(meet_again(link, options))
	assert_true(not link.client.is_session_resumed(), "resumed for another trust")


func test_either_side_can_do_without() -> void:
	var stubborn_client := client_options()
	stubborn_client.session_resumption = false
	_assert_never_resumes(server_options(), stubborn_client)
	var stubborn_server := server_options()
	stubborn_server.session_resumption = false
	_assert_never_resumes(stubborn_server, client_options())


func test_a_second_setup_keeps_sessions() -> void:
	var options := client_options()
	var link := connect_sides(server_options(), options)
	assert_equal(link.server.setup(server_options()), OK, "setup")
	assert_connected(meet_again(link, options))
	assert_true(link.client.is_session_resumed(), "not resumed")


func test_a_server_that_asks_more_of_clients_takes_no_session_from_before() -> void:
	var alice := player("alice")
	var options := client_options()
	options.set_own_certificate(alice.key, alice.certificate)
	var link := connect_sides(server_options(), options)
	var stricter := server_options()
	stricter.client_verification = TLSOptionsOpenSSL.CLIENT_VERIFICATION_REQUIRED
	stricter.trusted_chain = authority().certificate
	link.server.setup(stricter)
	assert_connected(meet_again(link, options))
	assert_true(not link.client.is_session_resumed(), "resumed")
	var fingerprint: String = link.server_peer.get_peer_fingerprint()
	assert_connected(meet_again(link, options))
	assert_true(link.client.is_session_resumed(), "not resumed")
	assert_equal(link.server_peer.get_peer_fingerprint(), fingerprint, "the client's certificate")


func test_servers_with_the_same_ticket_keys_resume_each_other_s_sessions() -> void:
	var keys := random_key()
	var options := client_options()
	var link := connect_sides(_with_ticket_keys(keys), options)
	link.replace_server(_with_ticket_keys(random_key() + keys))
	assert_connected(meet_again(link, options))
	assert_true(link.client.is_session_resumed(), "not resumed")
	link.replace_server(_with_ticket_keys(random_key()))
	assert_connected(meet_again(link, options))
	assert_true(not link.client.is_session_resumed(), "resumed with other keys")


func _with_ticket_keys(keys: PackedByteArray) -> TLSOptionsOpenSSL:
	var options := server_options()
	options.ticket_keys = keys
	return options


func _assert_never_resumes(server: TLSOptionsOpenSSL, client: TLSOptionsOpenSSL) -> void:
	var link := connect_sides(server, client)
	assert_connected(meet_again(link, client))
	assert_true(not link.client.is_session_resumed(), "resumed")
