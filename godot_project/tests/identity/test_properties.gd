extends "../support/identity_test.gd"
## Properties are checked as they are set.

const DEFAULTS := {
	mtu = 1200,
	handshake_timeout = 10.0,
	idle_timeout = 0.0,
	max_queued_packets = 1024,
	max_queued_bytes = 2 * 1024 * 1024,
	cipher_list = "",
	groups = "",
	session_resumption = true,
	key_log_path = "",
	client_verification = 0,
}


func parameters() -> Array:
	return [Implementation.ours()]


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
	_assert_takes("max_queued_bytes", [16384, 1 << 30])
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
	_assert_refuses("max_queued_bytes", [0, -1, 16383, (1 << 30) + 1], "16384 to 1073741824 bytes")
	_assert_refuses("cipher_list", ["nonsense", "AES128-SHA", "NULL", "ECDHE-ECDSA-AES128-CCM8"], "no usable cipher")
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
