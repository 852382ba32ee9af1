extends "../support/hostile_test.gd"
## A handshake that the other side has left does not last.

const PATIENCE_MSEC := 15_000


func _init() -> void:
	deadline_msec = 2 * PATIENCE_MSEC


func test_a_handshake_with_nobody_ends_with_a_reason() -> void:
	var link := start_handshake()
	# Neither hears the other from now on.
	link.relay.carries_from_client = func(_datagram: PackedByteArray) -> bool: return false
	link.relay.carries_from_server = func(_datagram: PackedByteArray) -> bool: return false
	var have_both_ended := func() -> bool:
		link.poll_server()
		link.poll_client()
		return link.client_ended() and link.server_ended()
	assert_true(await until(have_both_ended, PATIENCE_MSEC), "still waiting")
	for status: int in [link.client.get_status(), link.server_status()]:
		assert_equal(status, PacketPeerDTLS.STATUS_ERROR, "status")
	for words: String in [link.client.get_last_error(), link.server_words()]:
		assert_true(words.contains("did not finish"), words)
