extends "../support/identity_test.gd"
## What the sides agree on, and what a peer tells about it.


func test_the_server_s_preference_decides_among_application_protocols() -> void:
	var link := connect_sides(_server_naming(["game/2", "game/1"]), _client_naming(["game/1", "game/2"]))
	assert_equal(link.client.get_alpn_protocol(), "game/2", "client's protocol")
	assert_equal(link.server_peer.get_alpn_protocol(), "game/2", "server's protocol")


func test_without_a_common_application_protocol_there_is_no_connection() -> void:
	var link := meet(_server_naming(["game/2"]), _client_naming(["game/1"]))
	assert_words(link.client.get_last_error(), "no application protocol in common")
	assert_words(link.server_words(), "no application protocol")


func test_a_side_that_names_no_application_protocol_is_refused_by_one_that_does() -> void:
	var link := meet(_server_naming(["game/2"]), client_options())
	assert_words(link.server_words(), "names no application protocol")
	link = meet(server_options(), _client_naming(["game/2"]))
	assert_words(link.client.get_last_error(), "names no application protocol")


func test_ciphers_and_groups_are_taken_from_their_lists() -> void:
	var options := server_options()
	options.cipher_list = "ECDHE-ECDSA-CHACHA20-POLY1305"
	options.groups = "P-384:P-256"
	var link := connect_sides(options, client_options())
	assert_equal(link.client.get_cipher(), "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "cipher")
	var other := client_options()
	other.cipher_list = "ECDHE-ECDSA-AES128-GCM-SHA256"
	meet_again(link, other)
	assert_words(link.client.get_last_error(), "no cipher in common")
	assert_words(link.server_words(), "no shared cipher")


func test_without_a_common_group_there_is_no_connection() -> void:
	# The group of an ECDSA key would have to be among them too.
	var own := need(Credentials.rsa())
	var options := TLSOptionsOpenSSL.server(own.key, own.certificate)
	options.groups = "P-384"
	var willing := TLSOptionsOpenSSL.client(own.certificate)
	willing.groups = "X25519:P-384"
	var link := connect_sides(options, willing)
	var unwilling := TLSOptionsOpenSSL.client(own.certificate)
	unwilling.groups = "X25519:P-256"
	meet_again(link, unwilling)
	assert_words(link.client.get_last_error(), "no cipher in common")
	assert_words(link.server_words(), "no shared cipher")


func test_the_version_is_known() -> void:
	var link := connect_sides(server_options(), client_options())
	assert_equal(link.client.get_protocol_version(), "DTLSv1.2", "client's version")
	assert_equal(link.server_peer.get_protocol_version(), "DTLSv1.2", "server's version")


func test_both_sides_export_the_same_keying_material() -> void:
	var link := connect_sides(server_options(), client_options())
	var material: PackedByteArray = link.client.export_keying_material("EXPORTER-login", 32)
	assert_equal(material.size(), 32, "size")
	assert_equal(link.server_peer.export_keying_material("EXPORTER-login", 32), material, "the server's")
	var for_alice: PackedByteArray = link.client.export_keying_material("EXPORTER-login", 32, "alice".to_utf8_buffer())
	assert_true(for_alice != material, "the same for another context")
	assert_true(link.client.export_keying_material("EXPORTER-other", 32) != material, "the same for another label")


func test_what_cannot_be_exported_is_refused_in_words() -> void:
	var link := connect_sides(server_options(), client_options())
	expect_error("ask for 1 to 4096", 3)
	for length: int in [0, -1, 4097]:
		assert_equal(link.client.export_keying_material("EXPORTER-login", length), PackedByteArray(), "material")
	expect_error("reserved by TLS")
	assert_equal(link.client.export_keying_material("master secret", 32), PackedByteArray(), "material")
	expect_error("not connected")
	assert_equal(PacketPeerDTLSOpenSSL.new().export_keying_material("EXPORTER-login", 32), PackedByteArray(), "material")


func test_the_largest_payload_fills_a_datagram_of_the_mtu() -> void:
	assert_equal(PacketPeerDTLSOpenSSL.new().get_max_payload_size(), 0, "unconnected")
	var options := client_options()
	options.mtu = 1000
	var link := Link.new(side, side)
	link.listen(server_options())
	link.put_relay_between()
	link.connect_client("localhost", options)
	assert_true(link.poll_until(link.is_established), "no connection")
	var payload := PackedByteArray()
	payload.resize(link.client.get_max_payload_size())
	link.client.put_packet(payload)
	assert_equal(link.receive(link.server_peer, 1).size(), 1, "packets received")
	assert_equal(link.relay.from_client.back().size(), 1000, "size of the datagram")


func test_nothing_is_known_before_there_is_a_connection() -> void:
	var peer := PacketPeerDTLSOpenSSL.new()
	assert_equal(peer.get_cipher(), "", "cipher")
	assert_equal(peer.get_protocol_version(), "", "version")
	assert_equal(peer.get_alpn_protocol(), "", "protocol")
	assert_equal(peer.get_psk_identity(), "", "identity")
	assert_equal(peer.get_peer_fingerprint(), "", "fingerprint")
	assert_true(peer.get_peer_certificate() == null, "certificate")
	assert_equal(peer.is_session_resumed(), false, "resumed")


func test_a_key_log_is_written_with_a_warning() -> void:
	var path := Credentials.path_to(side.label + "_keys.log")
	var options := client_options()
	options.key_log_path = path
	expect_error("the secrets of these connections are written to", 2)
	var link := connect_sides(server_options(), options)
	assert_connected(meet_again(link, options))
	var lines := FileAccess.get_file_as_string(path).strip_edges().split("\n")
	assert_equal(lines.size(), 2, "lines")
	for line in lines:
		var words := line.split(" ")
		assert_equal([words[0], words[1].length(), words[2].length()], ["CLIENT_RANDOM", 64, 96], "line")


func test_a_key_log_that_cannot_be_opened_is_refused_in_words() -> void:
	var options := server_options()
	options.key_log_path = Credentials.path_to("no_such_folder/keys.log")
	expect_error("set key_log_path to a file in a folder that is there")
	assert_equal(DTLSServerOpenSSL.new().setup(options), ERR_INVALID_PARAMETER, "setup")


func _server_naming(protocols: PackedStringArray) -> TLSOptionsOpenSSL:
	var options := server_options()
	options.alpn_protocols = protocols
	return options


func _client_naming(protocols: PackedStringArray) -> TLSOptionsOpenSSL:
	var options := client_options()
	options.alpn_protocols = protocols
	return options
