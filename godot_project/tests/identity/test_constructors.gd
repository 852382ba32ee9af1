extends "../support/identity_test.gd"
## The ways to make options.


func test_a_server_from_pem_text_serves() -> void:
	for own: Credentials in [Credentials.p256(), Credentials.rsa()]:
		var options := TLSOptionsOpenSSL.server_from_pem(_text(need(own).key_path), _text(own.certificate_path))
		connect_sides(options, TLSOptionsOpenSSL.client(own.certificate))


func test_a_server_from_files_serves_wherever_they_are() -> void:
	var own := need(Credentials.p256())
	connect_sides(TLSOptionsOpenSSL.server_from_files(own.key_path, own.certificate_path), client_options())
	# Another run may be under way on the machine.
	var path := "user://identity_test_%d" % OS.get_process_id()
	DirAccess.copy_absolute(own.key_path, path + ".key")
	DirAccess.copy_absolute(own.certificate_path, path + ".crt")
	var options := TLSOptionsOpenSSL.server_from_files(path + ".key", path + ".crt")
	DirAccess.remove_absolute(path + ".key")
	DirAccess.remove_absolute(path + ".crt")
	connect_sides(options, client_options())


func test_a_chain_from_a_file_is_sent_whole() -> void:
	var root := need(Credentials.issued("whole_root", Credentials.AUTHORITY, null, "whole root"))
	var between := need(Credentials.issued("whole_between", Credentials.AUTHORITY, root, "whole between"))
	var own := need(Credentials.issued("whole", Credentials.LOCALHOST, between))
	var chain := _text(own.certificate_path) + _text(between.certificate_path)
	connect_sides(
		TLSOptionsOpenSSL.server_from_pem(_text(own.key_path), chain),
		TLSOptionsOpenSSL.client(root.certificate),
	)


func test_an_encrypted_key_needs_its_passphrase() -> void:
	var own := need(Credentials.p256())
	var path := Credentials.path_to("encrypted.key")
	var arguments: PackedStringArray = ["pkcs8", "-topk8", "-in", own.key_path, "-out", path, "-passout", "pass:secret"]
	assert_equal(OS.execute("openssl", arguments), 0, "openssl pkcs8")
	connect_sides(TLSOptionsOpenSSL.server_from_files(path, own.certificate_path, "secret"), client_options())
	expect_error("the right passphrase", 2)
	for wrong: String in ["", "wrong"]:
		assert_true(TLSOptionsOpenSSL.server_from_files(path, own.certificate_path, wrong) == null, "options")


func test_what_cannot_be_read_is_refused_in_words() -> void:
	var own := need(Credentials.p256())
	var key := _text(own.key_path)
	var certificate := _text(own.certificate_path)
	expect_error("no private key found")
	assert_true(TLSOptionsOpenSSL.server_from_pem(certificate, certificate) == null, "a certificate as key")
	expect_error("no certificate found")
	assert_true(TLSOptionsOpenSSL.server_from_pem(key, key) == null, "a key as certificate")
	expect_error("does not belong to the certificate")
	assert_true(TLSOptionsOpenSSL.server_from_pem(_text(Credentials.stranger().key_path), certificate) == null, "options")
	expect_error("cannot read user://no.such.file")
	assert_true(TLSOptionsOpenSSL.server_from_files("user://no.such.file", own.certificate_path) == null, "options")


func test_a_generated_certificate_serves_its_host() -> void:
	for host: String in ["localhost", "127.0.0.1"]:
		var options := TLSOptionsOpenSSL.generate_self_signed(host)
		connect_sides(options, TLSOptionsOpenSSL.client(options.get_own_certificate()), host)


func test_a_generated_key_and_certificate_can_be_saved_and_loaded() -> void:
	var options := TLSOptionsOpenSSL.generate_self_signed("localhost", 1)
	var key_path := Credentials.path_to("generated.key")
	var certificate_path := Credentials.path_to("generated.crt")
	assert_equal(options.get_private_key().save(key_path), OK, "key")
	assert_equal(options.get_own_certificate().save(certificate_path), OK, "certificate")
	var client := TLSOptionsOpenSSL.client(options.get_own_certificate())
	connect_sides(TLSOptionsOpenSSL.server_from_files(key_path, certificate_path), client)


func test_nothing_is_generated_for_a_wrong_name_or_time() -> void:
	expect_error("is no host name or IP address", 2)
	assert_true(TLSOptionsOpenSSL.generate_self_signed("") == null, "without a name")
	assert_true(TLSOptionsOpenSSL.generate_self_signed("a b") == null, "with a space")
	expect_error("give 1 to 36525", 3)
	for days: int in [0, -1, 36526]:
		assert_true(TLSOptionsOpenSSL.generate_self_signed("localhost", days) == null, "for %d days" % days)


func test_options_tell_whom_they_trust_and_nothing_they_hold() -> void:
	var key := random_key()
	assert_equal(str(TLSOptionsOpenSSL.client()), "<TLSOptionsOpenSSL: client that trusts the default store>", "client")
	assert_equal(str(TLSOptionsOpenSSL.client_psk("alice", key)), "<TLSOptionsOpenSSL: client with a pre-shared key>", "psk")
	assert_words(str(TLSOptionsOpenSSL.client_unsafe()), "trusts anybody")
	var server := TLSOptionsOpenSSL.server_psk({ "alice": key })
	server.cookie_secret = key
	server.ticket_keys = key
	assert_equal(str(server), "<TLSOptionsOpenSSL: server>", "server")
	for property in ClassDB.class_get_property_list(&"TLSOptionsOpenSSL", true):
		assert_true(property.usage & PROPERTY_USAGE_EDITOR == 0, "%s is shown by the inspector" % property.name)


func _text(path: String) -> String:
	return FileAccess.get_file_as_string(path)
