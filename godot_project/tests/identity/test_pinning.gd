extends "../support/identity_test.gd"
## Trust in exactly one certificate or key, for servers that nobody vouches for.

const Lines := preload("../support/lines.gd")


func test_a_pinned_server_is_trusted_under_any_name() -> void:
	var pin := fingerprint_of(need(Credentials.p256()))
	for host: String in ["localhost", "no.such.host", Link.LOOPBACK, ""]:
		connect_sides(server_options(), TLSOptionsOpenSSL.client_pinned([pin]), host)


func test_a_server_is_pinned_by_what_a_client_saw_of_it() -> void:
	var hosted := TLSOptionsOpenSSL.generate_self_signed("lobby")
	var first := connect_sides(hosted, TLSOptionsOpenSSL.client_unsafe())
	var pin: String = first.client.get_peer_fingerprint()
	assert_true(pin.begins_with("sha256:") and pin.length() == 71, pin)
	connect_sides(hosted, TLSOptionsOpenSSL.client_pinned([pin]))


func test_a_server_with_another_certificate_is_refused_in_words() -> void:
	var pin := fingerprint_of(need(Credentials.stranger()))
	expect_error("none of the pinned ones")
	var link := meet(server_options(), TLSOptionsOpenSSL.client_pinned([pin]))
	assert_words(link.client.get_last_error(), "none of the pinned ones")
	assert_equal(link.client.get_status(), PacketPeerDTLSOpenSSL.STATUS_ERROR, "client's status")
	assert_equal(link.server_status(), PacketPeerDTLSOpenSSL.STATUS_ERROR, "server's status")


func test_several_pins_serve_a_change_of_certificate() -> void:
	var pins: PackedStringArray = [fingerprint_of(Credentials.stranger()), fingerprint_of(need(Credentials.p256()))]
	connect_sides(server_options(), TLSOptionsOpenSSL.client_pinned(pins))


func test_a_key_pin_is_trusted() -> void:
	var own := need(Credentials.p256())
	var output := []
	OS.execute("openssl", ["x509", "-in", own.certificate_path, "-noout", "-pubkey"], output)
	var der := Marshalls.base64_to_raw("".join(Lines.of((output[0] as String).strip_edges()).slice(1, -1)))
	var hashing := HashingContext.new()
	hashing.start(HashingContext.HASH_SHA256)
	hashing.update(der)
	var pin := "spki-sha256:" + hashing.finish().hex_encode()
	connect_sides(server_options(), TLSOptionsOpenSSL.client_pinned([pin]), "any.name")


func test_what_is_no_fingerprint_is_refused_in_words() -> void:
	expect_error("is no fingerprint", 3)
	for text: String in ["", "sha256:1234", "sha1:" + "0".repeat(64)]:
		assert_true(TLSOptionsOpenSSL.client_pinned([text]) == null, "options")
	expect_error("no fingerprints")
	assert_true(TLSOptionsOpenSSL.client_pinned([]) == null, "options")


func test_a_pinned_client_is_no_unsafe_one() -> void:
	assert_true(not TLSOptionsOpenSSL.client_pinned(["sha256:" + "0".repeat(64)]).is_unsafe_client(), "unsafe")
