extends "../support/pairing_test.gd"
## Private keys of the kinds and in the forms that Godot loads.

const P384: PackedStringArray = ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]


func test_a_p384_key_is_taken() -> void:
	_assert_connects(need(Credentials.issued("p384", Credentials.LOCALHOST, null, "localhost", P384)))


func test_a_pkcs1_key_is_taken() -> void:
	_assert_connects(_converted(need(Credentials.rsa()), "BEGIN RSA PRIVATE KEY", ["rsa", "-traditional"]))


func test_a_pkcs8_rsa_key_is_taken() -> void:
	_assert_connects(_converted(need(Credentials.rsa()), "BEGIN PRIVATE KEY", ["pkey"]))


func test_a_sec1_key_is_taken() -> void:
	_assert_connects(_converted(need(Credentials.p256()), "BEGIN EC PRIVATE KEY", ["ec"]))


func test_files_with_windows_line_ends_are_taken() -> void:
	var credentials := need(Credentials.p256())
	var path := Credentials.path_to("windows.crt")
	_store(path, FileAccess.get_file_as_string(credentials.certificate_path).replace("\n", "\r\n"))
	credentials.certificate = load(path)
	var key_path := Credentials.path_to("windows.key")
	_store(key_path, FileAccess.get_file_as_string(credentials.key_path).replace("\n", "\r\n"))
	credentials.key = load(key_path)
	_assert_connects(credentials)


func test_files_in_der_are_taken() -> void:
	var credentials := need(Credentials.p256())
	var path := Credentials.path_to("der.crt")
	_run_openssl(["x509", "-in", credentials.certificate_path, "-out", path, "-outform", "DER"])
	credentials.certificate = load(path)
	var key_path := Credentials.path_to("der.key")
	_run_openssl(["pkey", "-in", credentials.key_path, "-out", key_path, "-outform", "DER"])
	credentials.key = load(key_path)
	_assert_connects(credentials)


func test_a_certificate_whose_file_was_replaced_stays_what_it_was() -> void:
	var credentials := need(Credentials.p256())
	var path := Credentials.path_to("replaced.crt")
	_store(path, FileAccess.get_file_as_string(credentials.certificate_path))
	credentials.certificate = load(path)
	_store(path, FileAccess.get_file_as_string(need(Credentials.stranger()).certificate_path))
	_assert_connects(credentials)


func test_what_the_engine_saved_to_a_string_is_taken() -> void:
	var credentials := need(Credentials.p256())
	var certificate := X509Certificate.new()
	certificate.load_from_string(credentials.certificate.save_to_string())
	credentials.certificate = certificate
	var key := CryptoKey.new()
	key.load_from_string(credentials.key.save_to_string())
	credentials.key = key
	_assert_connects(credentials)


func _assert_connects(credentials: Credentials) -> void:
	var link := start(credentials)
	assert_true(link.poll_until(link.is_established), "no connection")


# The same credentials, their key rewritten by the openssl program.
func _converted(credentials: Credentials, expected_form: String, arguments: PackedStringArray) -> Credentials:
	var path := Credentials.path_to("converted.key")
	_run_openssl(arguments + PackedStringArray(["-in", credentials.key_path, "-out", path]))
	assert_true(FileAccess.get_file_as_string(path).contains(expected_form), "not in the form to test")
	credentials.key = load(path)
	return credentials


func _run_openssl(arguments: PackedStringArray) -> void:
	var output := []
	assert_equal(OS.execute("openssl", arguments, output, true), 0, "openssl: " + output[0])


func _store(path: String, text: String) -> void:
	var file := FileAccess.open(path, FileAccess.WRITE)
	file.store_string(text)
	file.close()
