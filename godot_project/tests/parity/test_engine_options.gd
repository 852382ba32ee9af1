extends "../support/implementation_test.gd"
## Our classes take the engine's options where they take ours.

const OPTIONS_GETTERS: PackedStringArray = [
	"is_server", "is_unsafe_client", "get_common_name_override", "get_trusted_ca_chain", "get_private_key",
	"get_own_certificate",
]


func parameters() -> Array:
	return [Implementation.ours(), Implementation.native()]


func test_options_of_the_engine_connect() -> void:
	var credentials := need(Credentials.p256())
	_assert_connects(
		TLSOptions.server(credentials.key, credentials.certificate),
		TLSOptions.client(credentials.certificate),
		"localhost",
	)


func test_what_the_engine_s_options_say_is_heeded() -> void:
	var credentials := need(Credentials.p256())
	var server := TLSOptions.server(credentials.key, credentials.certificate)
	_assert_connects(server, TLSOptions.client(credentials.certificate, "localhost"), "no.such.host")
	_assert_connects(server, TLSOptions.client_unsafe(), "no.such.host")


func test_the_engine_s_options_are_refused_on_the_wrong_side() -> void:
	var credentials := need(Credentials.p256())
	expect_error("TLSOptionsOpenSSL.server")
	assert_equal(side.server().setup(TLSOptions.client()), ERR_INVALID_PARAMETER, "setup")
	expect_error("TLSOptionsOpenSSL.client")
	var udp := PacketPeerUDP.new()
	udp.connect_to_host(Link.LOOPBACK, 9)
	var server_options := TLSOptions.server(credentials.key, credentials.certificate)
	assert_equal(side.peer().connect_to_peer(udp, "localhost", server_options), ERR_INVALID_PARAMETER, "connect_to_peer")


func test_options_made_from_the_engine_s_say_the_same() -> void:
	var credentials := need(Credentials.p256())
	var chain: X509Certificate = credentials.certificate
	for engine_options: TLSOptions in [
		TLSOptions.client(),
		TLSOptions.client(chain, "a name"),
		TLSOptions.client_unsafe(),
		TLSOptions.client_unsafe(chain),
		TLSOptions.server(credentials.key, chain),
	]:
		var made := _from_engine(engine_options)
		for getter in OPTIONS_GETTERS:
			assert_true(made.call(getter) == engine_options.call(getter), getter)


func test_options_made_from_nothing_are_refused() -> void:
	expect_error("options is null")
	assert_true(_from_engine(null) == null, "something was made")


func test_what_are_no_options_is_refused() -> void:
	expect_error("expected TLSOptions or TLSOptionsOpenSSL, got Crypto", 2)
	assert_equal(side.server().setup(Crypto.new()), ERR_INVALID_PARAMETER, "setup")
	var udp := PacketPeerUDP.new()
	udp.connect_to_host(Link.LOOPBACK, 9)
	assert_equal(side.peer().connect_to_peer(udp, "localhost", Crypto.new()), ERR_INVALID_PARAMETER, "connect_to_peer")


func _from_engine(options: TLSOptions) -> RefCounted:
	return TLSOptionsOpenSSL.from_engine(options)


func _assert_connects(server_options: RefCounted, client_options: RefCounted, host_name: String) -> void:
	var link := Link.new(side, side)
	assert_equal(link.listen(server_options), OK, "setup")
	assert_equal(link.connect_client(host_name, client_options), OK, "connect_to_peer")
	assert_true(link.poll_until(link.is_established), "no connection to " + host_name)
