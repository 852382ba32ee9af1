extends "../support/hostile_test.gd"
## A handshake that the other side has left does not last.

## Longer than it takes until a flight is sent again.
const TIMEOUT := 1.5


func test_a_handshake_with_nobody_ends_with_a_reason() -> void:
	var link := start_handshake(TIMEOUT)
	# Neither hears the other from now on.
	link.relay.carries_from_client = func(_datagram: PackedByteArray) -> bool: return false
	link.relay.carries_from_server = func(_datagram: PackedByteArray) -> bool: return false
	var have_both_ended := func() -> bool:
		link.poll_server()
		link.poll_client()
		return link.client_ended() and link.server_ended()
	assert_true(await until(have_both_ended), "still waiting")
	for status: int in [link.client.get_status(), link.server_status()]:
		assert_equal(status, PacketPeerDTLS.STATUS_ERROR, "status")
	for words: String in [link.client.get_last_error(), link.server_words()]:
		assert_true(words.contains("did not finish within 1.5 s"), words)
