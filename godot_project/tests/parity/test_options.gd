extends "../support/implementation_test.gd"
## What options say about themselves.


func test_client_options_with_defaults() -> void:
	_assert_options(side.client_options(), { })


func test_client_options_with_a_chain_and_a_name() -> void:
	var chain: X509Certificate = need(Credentials.p256()).certificate
	_assert_options(side.client_options(chain, "a name"), { trusted_chain = chain, common_name = "a name" })


func test_unsafe_client_options() -> void:
	_assert_options(side.client_unsafe(), { is_unsafe = true })


func test_unsafe_client_options_with_a_chain() -> void:
	var chain: X509Certificate = need(Credentials.p256()).certificate
	_assert_options(side.client_unsafe(chain), { is_unsafe = true, trusted_chain = chain })


func test_server_options() -> void:
	var made := need(Credentials.p256())
	_assert_options(
		side.server_options(made.key, made.certificate),
		{ is_server = true, key = made.key, certificate = made.certificate },
	)


func test_server_options_of_nothing() -> void:
	_assert_options(side.server_options(null, null), { is_server = true })


func _assert_options(options: RefCounted, expected: Dictionary) -> void:
	assert_equal(options.is_server(), expected.get("is_server", false), "is_server")
	assert_equal(options.is_unsafe_client(), expected.get("is_unsafe", false), "is_unsafe_client")
	assert_equal(options.get_common_name_override(), expected.get("common_name", ""), "get_common_name_override")
	assert_true(options.get_trusted_ca_chain() == expected.get("trusted_chain"), "get_trusted_ca_chain")
	assert_true(options.get_private_key() == expected.get("key"), "get_private_key")
	assert_true(options.get_own_certificate() == expected.get("certificate"), "get_own_certificate")
