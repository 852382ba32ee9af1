extends "../support/identity_test.gd"
## Mutual TLS: a server that asks who its clients are.

const OPTIONAL := TLSOptionsOpenSSL.CLIENT_VERIFICATION_OPTIONAL
const REQUIRED := TLSOptionsOpenSSL.CLIENT_VERIFICATION_REQUIRED


func test_a_server_knows_a_client_by_its_certificate() -> void:
	var alice := player("alice")
	for mode: int in [OPTIONAL, REQUIRED]:
		var link := connect_sides(_asking(mode), _showing(alice))
		var shown: X509Certificate = link.server_peer.get_peer_certificate()
		assert_true(shown != null, "no certificate")
		assert_equal(link.server_peer.get_peer_fingerprint(), _lower(fingerprint_of(alice)), "fingerprint")


func test_a_client_knows_the_server_s_certificate() -> void:
	var link := connect_sides(server_options(), client_options())
	assert_equal(link.client.get_peer_fingerprint(), _lower(fingerprint_of(Credentials.p256())), "fingerprint")
	assert_equal(link.server_peer.get_peer_fingerprint(), "", "fingerprint of the client")
	assert_true(link.server_peer.get_peer_certificate() == null, "certificate of the client")


func test_a_client_without_a_certificate_is_let_in_where_it_is_optional() -> void:
	connect_sides(_asking(OPTIONAL), client_options())


func test_a_client_without_a_certificate_is_refused_where_it_is_required() -> void:
	_assert_refused(REQUIRED, client_options(), "presented no certificate", "wanted another certificate")


func test_a_client_of_another_authority_is_refused() -> void:
	var others := need(Credentials.issued("others", Credentials.AUTHORITY, null, "others"))
	var stranger := player("mallory", PLAYER, others)
	for mode: int in [OPTIONAL, REQUIRED]:
		_assert_refused(mode, _showing(stranger), "issuer certificate", "does not trust the issuer")


func test_a_client_with_an_expired_certificate_is_refused() -> void:
	var asking := _asking(REQUIRED)
	asking.trusted_chain = need(Credentials.expired()).certificate
	var link := meet(asking, _showing(Credentials.expired()))
	assert_words(link.server_words(), "expired")
	assert_words(link.client.get_last_error(), "our certificate has expired")


func test_a_certificate_that_is_meant_for_servers_is_refused() -> void:
	var wrong := player("a_server", ["extendedKeyUsage=serverAuth"])
	_assert_refused(REQUIRED, _showing(wrong), "purpose", "alert")


func test_verifying_clients_without_knowing_whom_to_trust_is_refused() -> void:
	var options := server_options()
	options.client_verification = REQUIRED
	expect_error("set trusted_chain")
	assert_equal(DTLSServerOpenSSL.new().setup(options), ERR_INVALID_PARAMETER, "setup")


func test_a_key_of_another_certificate_is_no_own_certificate() -> void:
	var options := _showing(player("alice"))
	var own := options.get_own_certificate()
	expect_error("does not belong to the certificate")
	var refused := options.set_own_certificate(Credentials.stranger().key, Credentials.p256().certificate)
	assert_equal(refused, ERR_INVALID_PARAMETER, "set_own_certificate")
	expect_error("no private key")
	assert_equal(options.set_own_certificate(null, own), ERR_INVALID_PARAMETER, "set_own_certificate")
	assert_true(options.get_own_certificate() == own, "the old one stays")


func test_a_renewed_certificate_needs_no_restart() -> void:
	var options := server_options()
	var link := connect_sides(options, client_options())
	var old_client := link.client
	var old_peer := link.server_peer
	var renewed := need(Credentials.stranger())
	assert_equal(options.set_own_certificate(renewed.key, renewed.certificate), OK, "set_own_certificate")
	assert_equal(link.server.setup(options), OK, "setup")
	assert_connected(meet_again(link, TLSOptionsOpenSSL.client(renewed.certificate)))
	old_peer.poll()
	assert_equal(old_peer.get_status(), PacketPeerDTLSOpenSSL.STATUS_CONNECTED, "the server's live connection")
	assert_equal(old_client.get_status(), PacketPeerDTLSOpenSSL.STATUS_CONNECTED, "the client's live connection")


func _asking(mode: int) -> TLSOptionsOpenSSL:
	var options := server_options()
	options.client_verification = mode
	options.trusted_chain = authority().certificate
	return options


func _showing(own: Credentials) -> TLSOptionsOpenSSL:
	var options := client_options()
	assert_equal(options.set_own_certificate(own.key, own.certificate), OK, "set_own_certificate")
	return options


func _assert_refused(mode: int, client: TLSOptionsOpenSSL, server_says: String, client_says: String) -> void:
	var link := meet(_asking(mode), client)
	assert_words(link.server_words(), server_says)
	assert_words(link.client.get_last_error(), client_says)
	assert_equal(link.server_status(), PacketPeerDTLSOpenSSL.STATUS_ERROR, "server's status")
	assert_equal(link.client.get_status(), PacketPeerDTLSOpenSSL.STATUS_ERROR, "client's status")


func _lower(fingerprint: String) -> String:
	return "sha256:" + fingerprint.trim_prefix("sha256:").replace(":", "").to_lower()
