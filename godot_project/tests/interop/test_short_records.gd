extends "../support/interop_test.gd"
## Clients that ask for short records (max_fragment_length, RFC 6066). An error in the log would fail these tests.

const LIMIT := 512


func parameters() -> Array:
	return peerings_with([Stack.openssl()])


func test_a_packet_longer_than_a_client_asked_for_is_refused_without_a_word_in_the_log() -> void:
	var credentials := need(Credentials.p256())
	var link := listen(credentials)
	var command := stack.client_command + PackedStringArray(["-maxfraglen", str(LIMIT)])
	var program := stack.start(command, link.server_port(), credentials)
	await assert_lets_in(link, program)
	assert_equal(link.server_peer.get_max_payload_size(), LIMIT, "get_max_payload_size")
	var packet := "x".repeat(LIMIT).to_utf8_buffer()
	assert_equal(link.server_peer.put_packet(packet + PackedByteArray([0])), ERR_INVALID_PARAMETER, "one byte too many")
	assert_equal(link.server_peer.put_packet(packet), OK, "as long as may be")
	await assert_says(program, "x".repeat(LIMIT))
