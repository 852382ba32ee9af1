extends "../support/interop_test.gd"
## What our classes agree on with the programs of other implementations.

const PROTOCOL := "game/1"
const EXPORTED := { label = "EXPORTER-login", length = 32 }


func test_their_client_and_our_server_agree_on_an_application_protocol() -> void:
	var options := _server_options()
	options.alpn_protocols = ["game/2", PROTOCOL]
	var link := listen_with(options)
	var program := await _start_their_client(link, stack.with_protocol)
	await assert_says(program, stack.client_says_protocol.format(_protocol()))
	assert_equal(link.server_peer.get_alpn_protocol(), PROTOCOL, "get_alpn_protocol")


func test_our_client_and_their_server_agree_on_an_application_protocol() -> void:
	var command := stack.server_command + stack.with_protocol
	await start_their_server_by(command, need(Credentials.p256()), _protocol())
	var options := TLSOptionsOpenSSL.client(Credentials.p256().certificate)
	options.alpn_protocols = ["game/2", PROTOCOL]
	var peer: PacketPeer = ours.peer()
	await meet_their_server_with(peer, options)
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")
	assert_equal(peer.get_alpn_protocol(), PROTOCOL, "get_alpn_protocol")


func test_their_client_that_names_no_application_protocol_is_turned_away() -> void:
	var options := _server_options()
	options.alpn_protocols = [PROTOCOL]
	var link := listen_with(options)
	var program := stack.start_client(link.server_port(), need(Credentials.p256()))
	var has_refused := func() -> bool: return link.server_words().contains("names no application protocol")
	assert_true(await poll_until(has_refused), link.server_words())
	assert_true(await until(program.has_ended), "it did not end")


func test_their_client_exports_the_same_keying_material_as_our_server() -> void:
	var link := listen_with(_server_options())
	var program := await _start_their_client(link, stack.client_exporting)
	var ours_exported: PackedByteArray = link.server_peer.export_keying_material(EXPORTED.label, EXPORTED.length)
	var digits := 2 * ours_exported.size()
	var theirs := func() -> String: return program.said.get_slice(stack.client_says_material, 1).left(digits)
	var has_said_all := func() -> bool:
		return program.has_said(stack.client_says_material) and theirs.call().length() == digits
	assert_true(await poll_until(has_said_all), program.said)
	assert_equal(theirs.call().to_lower(), ours_exported.hex_encode(), "keying material")


func test_their_client_takes_the_cipher_that_our_server_wants() -> void:
	var options := _server_options()
	options.cipher_list = "ECDHE-ECDSA-CHACHA20-POLY1305"
	var link := listen_with(options)
	await _start_their_client(link, [])
	assert_equal(link.server_peer.get_cipher(), "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "cipher")


func test_our_server_takes_the_cipher_that_their_client_wants_or_turns_it_away() -> void:
	var link := listen_with(_server_options())
	await _start_their_client(link, stack.client_with_aes)
	assert_equal(link.server_peer.get_cipher(), "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "cipher")
	var options := _server_options()
	options.cipher_list = "ECDHE-ECDSA-AES128-GCM-SHA256"
	link = listen_with(options)
	var program := stack.start(stack.client_command + stack.client_with_chacha, link.server_port(), Credentials.p256())
	var has_refused := func() -> bool: return link.server_words().contains("no shared cipher")
	assert_true(await poll_until(has_refused), "%s does without: %s" % [program.name, link.server_words()])


func test_their_client_comes_back_to_its_session_with_our_server() -> void:
	var link := listen_with(_server_options())
	var program: Program
	for more in stack.client_coming_back:
		if program != null:
			program.tell(stack.client_quits_by)
			assert_true(await poll_until(program.has_ended), "it did not end")
		link.server_peer = null
		program = await _start_their_client(link, more)
	var is_resumed := func() -> bool: return link.server_peer != null and link.server_peer.is_session_resumed()
	assert_true(await poll_until(is_resumed), "not resumed: " + program.said)
	program.tell("back again")
	assert_equal(await receive(link.server_peer), "back again\n", "packet received")


func _start_their_client(link: Link, more: PackedStringArray) -> Program:
	var values := { session = Credentials.path_to(parameter.label + ".session") }
	values.merge(_protocol())
	values.merge(EXPORTED)
	var program := stack.start(stack.client_command + more, link.server_port(), need(Credentials.p256()), values)
	await assert_lets_in(link, program)
	return program


func _server_options() -> TLSOptionsOpenSSL:
	var own := need(Credentials.p256())
	return TLSOptionsOpenSSL.server(own.key, own.certificate)


func _protocol() -> Dictionary:
	return { protocol = PROTOCOL }
