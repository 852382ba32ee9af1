extends "../support/trust_test.gd"
## Certificates that others have signed.

const LEAF: PackedStringArray = ["subjectAltName=DNS:localhost", "basicConstraints=critical,CA:FALSE"]


func test_a_certificate_of_a_trusted_authority_is_accepted() -> void:
	assert_accepted(_issue("leaf", LEAF, _root()), "localhost", _trusting_root())


func test_a_chain_in_one_certificate_is_accepted() -> void:
	var intermediate := _issue("intermediate", Credentials.AUTHORITY, _root(), "An intermediate authority")
	var leaf := _issue("leaf_of_intermediate", LEAF, intermediate)
	leaf.append_issuers([intermediate])
	assert_accepted(leaf, "localhost", _trusting_root())


func test_the_order_of_the_intermediate_certificates_does_not_matter() -> void:
	var first := _issue("intermediate", Credentials.AUTHORITY, _root(), "An intermediate authority")
	var second := _issue("second_intermediate", Credentials.AUTHORITY, first, "Another intermediate authority")
	var leaf := _issue("leaf_of_second_intermediate", LEAF, second)
	leaf.append_issuers([first, second])
	# Our server puts them in order, and our client needs none.
	if client_side.is_ours() or server_side.is_ours():
		assert_accepted(leaf, "localhost", _trusting_root())
	else:
		assert_refused(leaf, "", "localhost", _trusting_root())


func test_the_own_certificate_need_not_be_the_first_of_its_file() -> void:
	var intermediate := _issue("intermediate", Credentials.AUTHORITY, _root(), "An intermediate authority")
	var leaf := _issue("leaf_of_intermediate", LEAF, intermediate)
	var issuer_first := _issue("intermediate", Credentials.AUTHORITY, _root(), "An intermediate authority")
	issuer_first.append_issuers([leaf])
	leaf.certificate = issuer_first.certificate
	if server_side.is_ours():
		assert_accepted(leaf, "localhost", _trusting_root())
	else:
		# It takes the issuer's, which is for no server.
		assert_no_handshake(leaf, _trusting_root())


func test_a_chain_that_was_not_loaded_as_a_resource_loses_its_issuers() -> void:
	var intermediate := _issue("intermediate", Credentials.AUTHORITY, _root(), "An intermediate authority")
	var leaf := _issue("leaf_of_intermediate", LEAF, intermediate)
	leaf.append_issuers([intermediate])
	var chain := X509Certificate.new()
	chain.load_from_string(FileAccess.get_file_as_string(leaf.certificate.resource_path))
	leaf.certificate = chain
	if server_side.is_ours():
		expect_error("first certificate of a chain only")
		assert_refused(leaf, "unable to get local issuer certificate", "localhost", _trusting_root())
	else:
		assert_accepted(leaf, "localhost", _trusting_root())


func test_a_missing_intermediate_certificate_is_refused_with_a_reason() -> void:
	var intermediate := _issue("intermediate", Credentials.AUTHORITY, _root(), "An intermediate authority")
	var leaf := _issue("leaf_of_intermediate", LEAF, intermediate)
	assert_refused(leaf, "unable to get local issuer certificate", "localhost", _trusting_root())


func test_an_issuer_that_is_no_authority_is_refused_with_a_reason() -> void:
	var impostor := _issue("impostor", LEAF, _root(), "No authority")
	var leaf := _issue("leaf_of_impostor", LEAF, impostor)
	leaf.append_issuers([impostor])
	assert_refused(leaf, "invalid CA certificate", "localhost", _trusting_root())


func test_a_path_that_is_too_long_is_refused_with_a_reason() -> void:
	var short: PackedStringArray = ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign"]
	var first := _issue("short_path", short, _root(), "An authority for leaves only")
	var second := _issue("beyond_short_path", Credentials.AUTHORITY, first, "One authority too many")
	var leaf := _issue("leaf_beyond_short_path", LEAF, second)
	leaf.append_issuers([second, first])
	assert_refused(leaf, "path length", "localhost", _trusting_root())


func test_a_certificate_for_clients_is_refused_with_a_reason() -> void:
	var for_clients := LEAF + PackedStringArray(["extendedKeyUsage=clientAuth"])
	assert_purpose_refused(_issue("for_clients", for_clients, _root()), _trusting_root())


func test_a_weak_key_is_refused_with_a_reason() -> void:
	_assert_weakness_refused(_issue("weak_key", LEAF, _root(), "localhost", ["rsa:1024"]), "key too weak", "key too small")


func test_a_weak_digest_is_refused_with_a_reason() -> void:
	var with_sha1 := Credentials.P256 + PackedStringArray(["-sha1"])
	_assert_weakness_refused(_issue("weak_digest", LEAF, _root(), "localhost", with_sha1), "too weak", "md too weak")


# Our server refuses to be set up with it; the engine's shows it to a client, who refuses.
func _assert_weakness_refused(weak: Credentials, reason_for_client: String, reason_for_server: String) -> void:
	if server_side.is_ours():
		expect_error(reason_for_server)
		var options := server_side.server_options(weak.key, weak.certificate)
		assert_equal(server_side.server().setup(options), ERR_INVALID_PARAMETER, "setup")
	else:
		assert_refused(weak, reason_for_client, "localhost", _trusting_root())


func _root() -> Credentials:
	return _issue("root", Credentials.AUTHORITY, null, "A root authority")


func _trusting_root() -> RefCounted:
	return client_side.client_options(_root().certificate)


func _issue(
		name: String,
		extensions: PackedStringArray,
		issuer: Credentials,
		common_name := "localhost",
		key := Credentials.P256,
) -> Credentials:
	return need(Credentials.issued(name, extensions, issuer, common_name, key))
