extends "../support/identity_test.gd"
## Properties are checked as they are set.

const DEFAULTS := {
	mtu = 1200,
	handshake_timeout = 10.0,
	idle_timeout = 0.0,
	max_queued_packets = 1024,
	cipher_list = "",
	groups = "",
	session_resumption = true,
	key_log_path = "",
	client_verification = 0,
}


func test_defaults() -> void:
	for options: TLSOptionsOpenSSL in [TLSOptionsOpenSSL.client(), server_options()]:
		for property: String in DEFAULTS:
			assert_equal(options.get(property), DEFAULTS[property], property)
		assert_equal(options.alpn_protocols, PackedStringArray(), "alpn_protocols")
		assert_equal(options.ticket_keys, PackedByteArray(), "ticket_keys")
		assert_equal(options.cookie_secret, PackedByteArray(), "cookie_secret")


func test_what_is_set_can_be_read() -> void:
	var chain: X509Certificate = need(Credentials.p256()).certificate
	_assert_takes("mtu", [256, 65507])
	_assert_takes("handshake_timeout", [0.5, 86400.0])
	_assert_takes("idle_timeout", [0.5, 86400.0, 0.0])
	_assert_takes("max_queued_packets", [1, 1048576])
	_assert_takes("cipher_list", ["ECDHE-RSA-CHACHA20-POLY1305", ""])
	_assert_takes("groups", ["P-384:X25519", ""])
	_assert_takes("alpn_protocols", [PackedStringArray(["a", "b"]), PackedStringArray()])
	_assert_takes("session_resumption", [false, true])
	_assert_takes("ticket_keys", [random_key(), random_key() + random_key(), PackedByteArray()])
	_assert_takes("cookie_secret", [random_key(), PackedByteArray()])
	_assert_takes("key_log_path", ["user://keys.log", ""])
	_assert_takes("client_verification", [TLSOptionsOpenSSL.CLIENT_VERIFICATION_REQUIRED])
	_assert_takes("trusted_chain", [chain, null])


func test_a_wrong_value_leaves_the_old_one_and_says_why() -> void:
	_assert_refuses("mtu", [255, 65508, -1], "expected 256 to 65507 bytes")
	_assert_refuses("handshake_timeout", [0.0, -1.0, 86401.0, INF, NAN], "more than 0 and at most 86400 seconds")
	_assert_refuses("idle_timeout", [-1.0, 86401.0, INF, NAN], "0 to 86400 seconds")
	_assert_refuses("max_queued_packets", [0, -1, 1048577], "1 to 1048576 packets")
	_assert_refuses("cipher_list", ["nonsense", "AES128-SHA", "NULL"], "no usable cipher")
	_assert_refuses("groups", ["nonsense"], "cannot be used")
	_assert_refuses("alpn_protocols", [PackedStringArray([""]), PackedStringArray(["x".repeat(256)])], "1 to 255 bytes")
	var zeros := PackedByteArray()
	zeros.resize(32)
	for property: String in ["ticket_keys", "cookie_secret"]:
		_assert_refuses(property, [random_key().slice(1), random_key() + zeros.slice(1)], "secrets of 32 bytes each")
		_assert_refuses(property, [zeros], "not random")


func test_a_client_has_no_properties_of_a_server() -> void:
	var options := TLSOptionsOpenSSL.client()
	expect_error("these are client options", 3)
	options.ticket_keys = random_key()
	options.cookie_secret = random_key()
	options.client_verification = TLSOptionsOpenSSL.CLIENT_VERIFICATION_REQUIRED
	assert_equal(options.ticket_keys, PackedByteArray(), "ticket_keys")
	assert_equal(options.client_verification, TLSOptionsOpenSSL.CLIENT_VERIFICATION_NONE, "client_verification")


func test_a_handshake_takes_no_longer_than_its_timeout() -> void:
	var options := client_options()
	options.handshake_timeout = 0.2
	var nobody := UDPServer.new()
	nobody.listen(0, Link.LOOPBACK)
	var udp := PacketPeerUDP.new()
	udp.connect_to_host(Link.LOOPBACK, nobody.get_local_port())
	var peer := PacketPeerDTLSOpenSSL.new()
	assert_equal(peer.connect_to_peer(udp, "localhost", options), OK, "connect_to_peer")
	assert_true(await _ends(peer, 2_000), "still handshaking")
	assert_words(peer.get_last_error(), "did not finish within 0.2 s")


func test_silence_ends_a_connection_when_idling_is_limited() -> void:
	var options := server_options()
	options.idle_timeout = 0.2
	var link := connect_sides(options, client_options())
	assert_true(await _ends(link.server_peer, 2_000), "still connected")
	assert_equal(link.server_peer.get_status(), PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED, "status")
	assert_words(link.server_peer.get_last_error(), "nothing was received for 0.2 s")


func test_a_full_queue_drops_new_packets_and_counts_them() -> void:
	var options := server_options()
	options.max_queued_packets = 2
	var link := connect_sides(options, client_options())
	for number in 5:
		link.client.put_packet([number])
	link.poll_until(func() -> bool: return link.server_peer.get_statistics().packets_received == 5)
	assert_equal(link.server_peer.get_available_packet_count(), 2, "packets")
	assert_equal(link.server_peer.get_statistics().dropped_full, 3, "dropped_full")
	assert_equal(link.server_peer.get_packet(), PackedByteArray([0]), "first packet")


func test_a_handshake_keeps_to_the_mtu() -> void:
	var options := TLSOptionsOpenSSL.server(need(Credentials.rsa()).key, Credentials.rsa().certificate)
	options.mtu = 300
	var link := Link.new(side, side)
	link.listen(options)
	link.put_relay_between()
	link.connect_client("localhost", TLSOptionsOpenSSL.client(Credentials.rsa().certificate))
	assert_true(link.poll_until(link.is_established), "no connection")
	for datagram in link.relay.from_server:
		assert_true(datagram.size() <= 300, "a datagram of %d bytes" % datagram.size())
	assert_true(link.relay.from_server.size() > 3, "nothing was split")


func _ends(peer: PacketPeerDTLSOpenSSL, patience_msec: int) -> bool:
	return await until(func() -> bool:
		peer.poll()
		return peer.get_status() not in [PacketPeerDTLS.STATUS_HANDSHAKING, PacketPeerDTLS.STATUS_CONNECTED], patience_msec)


func _assert_takes(property: String, values: Array) -> void:
	var options := server_options()
	for value: Variant in values:
		options.set(property, value)
		assert_true(options.get(property) == value, "%s: %s instead of %s" % [property, options.get(property), value])


func _assert_refuses(property: String, values: Array, words: String) -> void:
	var options := server_options()
	var old: Variant = options.get(property)
	expect_error(words, values.size())
	for value: Variant in values:
		options.set(property, value)
		assert_equal(options.get(property), old, property)
