extends "../support/trust_test.gd"
## Our client without a chain trusts the bundle that the project names. (The engine reads the setting at its start.)

const SETTING := "network/tls/certificate_bundle_override"


func parameters() -> Array:
	return pairings_of([Implementation.ours(), Implementation.native()])


func test_a_bundle_of_the_project_is_trusted() -> void:
	var credentials := need(Credentials.p256())
	ProjectSettings.set_setting(SETTING, credentials.certificate_path)
	assert_accepted(credentials, "localhost", client_side.client_options())
	ProjectSettings.set_setting(SETTING, "")


func test_nothing_but_the_bundle_of_the_project_is_trusted() -> void:
	ProjectSettings.set_setting(SETTING, need(Credentials.stranger()).certificate_path)
	assert_refused(need(Credentials.p256()), "self-signed", "localhost", client_side.client_options())
	ProjectSettings.set_setting(SETTING, "")


func test_a_bundle_that_cannot_be_read_is_refused_with_a_reason() -> void:
	expect_error(SETTING)
	ProjectSettings.set_setting(SETTING, Credentials.path_to("missing.crt"))
	var udp := PacketPeerUDP.new()
	udp.connect_to_host(Link.LOOPBACK, 9)
	assert_equal(client_side.peer().connect_to_peer(udp, "localhost"), ERR_INVALID_PARAMETER, "connect_to_peer")
	ProjectSettings.set_setting(SETTING, "")
