extends "../support/identity_test.gd"
## What a server allows its clients whose UDP peers the script takes.


func parameters() -> Array:
	return [Implementation.ours()]


func test_a_full_drop_in_server_turns_clients_away_in_words() -> void:
	var link := Link.new(side, side)
	link.server.max_connections = 1
	link.listen(server_options())
	link.connect_client("localhost", client_options())
	assert_true(link.poll_until(link.is_established), "no connection")
	var first := link.server_peer
	link.renew_client()
	link.connect_client("localhost", client_options())
	var is_refused := func() -> bool: return link.server.get_statistics().refused_connections > 0
	assert_true(link.poll_until(is_refused), "the second is not refused")
	assert_words(link.server_words(), "the server is full")
	assert_equal(link.server.get_statistics().refused_connections, 1, "refused_connections")
	first.disconnect_from_peer()
	# Its hello is sent again after a second.
	assert_true(await poll_for(link, link.is_established), "the second is not let in")


func test_clients_in_their_handshake_keep_nobody_out_of_a_drop_in_server() -> void:
	var link := Link.new(side, side)
	link.server.max_connections = 1
	link.listen(server_options())
	link.connect_client("localhost", client_options())
	var is_asked := func() -> bool: return link.server.get_statistics().cookies_asked == 1
	assert_true(link.poll_until(is_asked, link.poll_server), "the first was not asked for its cookie")
	link.poll_client()
	var has_come := func() -> bool: return link.server.get_statistics().accepted == 1
	assert_true(link.poll_until(has_come, link.poll_server), "the first did not come")
	var halted := link.client
	var halted_peer := link.server_peer
	link.renew_client()
	link.connect_client("localhost", client_options())
	assert_true(link.poll_until(link.is_established), "the second is kept out")
	# The first goes on, too late.
	var poll_first := func() -> void:
		halted.poll()
		link.server_udp.poll()
		halted_peer.poll()
	var has_heard := func() -> bool: return halted.get_status() == PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED
	assert_true(link.poll_until(has_heard, poll_first), "the first hears nothing")
	assert_words(halted_peer.get_last_error(), "the server is full")
	assert_equal(link.server.get_statistics().refused_connections, 1, "refused_connections")


func test_one_address_has_half_of_the_handshakes_under_way() -> void:
	var link := Link.new(side, side)
	link.server.max_pending_connections = 4
	link.listen(server_options())
	var halted: Array[PacketPeer] = []
	for number in 3:
		link.renew_client()
		link.connect_client("localhost", client_options())
		# It gets its cookie, sends it back, and is not polled again.
		var is_asked := func() -> bool: return link.server.get_statistics().cookies_asked == number + 1
		assert_true(link.poll_until(is_asked, link.poll_server), "client %d was not asked for its cookie" % number)
		link.poll_client()
		var has_come := func() -> bool:
			var counts: Dictionary = link.server.get_statistics()
			return counts.accepted + counts.dropped_handshakes_busy == number + 1
		assert_true(link.poll_until(has_come, link.poll_server), "client %d did not come" % number)
		halted.append(link.server_peer)
	assert_equal(link.server.get_statistics().accepted, 2, "accepted")
	assert_equal(link.server.get_statistics().dropped_handshakes_busy, 1, "dropped_handshakes_busy")


func test_the_server_tells_why_a_handshake_failed_and_the_cookie_exchange_is_no_failure() -> void:
	var link := Link.new(side, side)
	link.listen(server_options())
	link.connect_client("localhost", client_options())
	assert_true(link.poll_until(link.is_established), "no connection")
	assert_equal(link.server.get_last_error(), "", "after a connection")
	link.renew_client()
	link.connect_client("localhost", TLSOptionsOpenSSL.client(need(Credentials.stranger()).certificate))
	expect_error("PacketPeerDTLSOpenSSL")
	assert_true(link.poll_until(link.has_ended), "no end")
	assert_words(link.server.get_last_error(), "does not trust the issuer")
