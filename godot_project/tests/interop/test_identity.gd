extends "../support/interop_test.gd"
## Clients that show who they are, by a certificate or by a pre-shared key, with the programs of other implementations.

const IDENTITY := "alice"
const FOR_CLIENTS: PackedStringArray = ["extendedKeyUsage=clientAuth"]

var _psk := Crypto.new().generate_random_bytes(32)


func test_our_server_verifies_their_client_s_certificate() -> void:
	var link := listen_with(_requiring_certificates())
	var player := _player()
	var own := { own_certificate = player.certificate_path, own_key = player.key_path }
	var command := stack.client_command + stack.client_with_certificate
	var program := stack.start(command, link.server_port(), need(Credentials.p256()), own)
	await assert_lets_in(link, program)
	assert_true(link.server_peer.get_peer_certificate() != null, "no certificate")
	program.tell("hello")
	assert_equal(await receive(link.server_peer), "hello\n", "packet received")


func test_our_server_refuses_their_client_without_a_certificate() -> void:
	var link := listen_with(_requiring_certificates())
	var program := stack.start_client(link.server_port(), need(Credentials.p256()))
	await assert_turns_away(link, program, "presented no certificate")


func test_our_server_lets_their_client_without_a_certificate_in_where_it_is_optional() -> void:
	var options := _requiring_certificates()
	options.client_verification = TLSOptionsOpenSSL.CLIENT_VERIFICATION_OPTIONAL
	var link := listen_with(options)
	await start_their_client(link, need(Credentials.p256()))
	assert_true(link.server_peer.get_peer_certificate() == null, "a certificate")


func test_our_server_refuses_their_client_s_certificate_that_is_meant_for_servers() -> void:
	var link := listen_with(_requiring_certificates())
	var own := need(Credentials.issued("interop_a_server", ["extendedKeyUsage=serverAuth"], _authority(), IDENTITY))
	var shown := { own_certificate = own.certificate_path, own_key = own.key_path }
	var command := stack.client_command + stack.client_with_certificate
	var program := stack.start(command, link.server_port(), need(Credentials.p256()), shown)
	await assert_turns_away(link, program, "purpose")


func test_our_client_trusts_their_server_by_its_fingerprint_and_no_other() -> void:
	await start_their_server(need(Credentials.p256()))
	var peer: PacketPeer = ours.peer()
	expect_error("none of the pinned ones")
	await meet_their_server_with(peer, TLSOptionsOpenSSL.client_pinned(["sha256:" + "0".repeat(64)]))
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_ERROR, "status")
	assert_true(peer.get_last_error().contains("none of the pinned ones"), peer.get_last_error())
	# The words name the one to compare with the owner's.
	var pin: String = "sha256:" + peer.get_last_error().get_slice("sha256:", 1).left(64)
	await start_their_server(Credentials.p256())
	await _assert_talks_to_their_server(TLSOptionsOpenSSL.client_pinned([pin]))


func test_their_server_verifies_our_client_s_certificate() -> void:
	await _start_their_server_requiring_certificates()
	await _assert_talks_to_their_server(_showing(_player()))


func test_their_server_refuses_our_client_of_another_authority() -> void:
	await _start_their_server_requiring_certificates()
	var peer: PacketPeer = ours.peer()
	await meet_their_server_with(peer, _showing(need(Credentials.stranger())))
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_ERROR, "status")
	assert_true(peer.get_last_error().contains("the other side refused"), peer.get_last_error())


func test_our_server_knows_their_client_by_its_key() -> void:
	var link := listen_with(TLSOptionsOpenSSL.server_psk({ IDENTITY: _psk }))
	var program := stack.start(stack.client_with_key, link.server_port(), null, _key())
	await assert_lets_in(link, program)
	assert_equal(link.server_peer.get_psk_identity(), IDENTITY, "identity")
	program.tell("hello")
	assert_equal(await receive(link.server_peer), "hello\n", "packet received")


func test_our_server_gives_their_client_with_a_wrong_key_up() -> void:
	var options := TLSOptionsOpenSSL.server_psk({ IDENTITY: Crypto.new().generate_random_bytes(32) })
	options.handshake_timeout = 0.5
	var link := listen_with(options)
	var program := stack.start(stack.client_with_key, link.server_port(), null, _key())
	var has_given_up := func() -> bool: return link.server_status() == PacketPeerDTLS.STATUS_ERROR
	assert_true(await poll_until(has_given_up), program.said)
	assert_true(link.server_words().contains("same identity with the same key"), link.server_words())


func test_their_server_knows_our_client_by_its_key() -> void:
	await start_their_server_by(stack.server_with_key, null, _key())
	await _assert_talks_to_their_server(TLSOptionsOpenSSL.client_psk(IDENTITY, _psk))


func _assert_talks_to_their_server(options: TLSOptionsOpenSSL) -> void:
	var peer: PacketPeer = ours.peer()
	await meet_their_server_with(peer, options)
	assert_equal(peer.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")
	peer.put_packet("hello\n".to_utf8_buffer())
	await assert_says(their_server, "hello")


func _start_their_server_requiring_certificates() -> void:
	var command := stack.server_command + stack.server_requiring_certificate
	await start_their_server_by(command, need(Credentials.p256()), { authority = _authority().certificate_path })


func _showing(own: Credentials) -> TLSOptionsOpenSSL:
	var options := TLSOptionsOpenSSL.client(need(Credentials.p256()).certificate)
	assert_equal(options.set_own_certificate(own.key, own.certificate), OK, "set_own_certificate")
	return options


func _requiring_certificates() -> TLSOptionsOpenSSL:
	var own := need(Credentials.p256())
	var options := TLSOptionsOpenSSL.server(own.key, own.certificate)
	options.client_verification = TLSOptionsOpenSSL.CLIENT_VERIFICATION_REQUIRED
	options.trusted_chain = _authority().certificate
	return options


func _authority() -> Credentials:
	return need(Credentials.issued("interop_authority", Credentials.AUTHORITY, null, "An authority of players"))


func _player() -> Credentials:
	return need(Credentials.issued("interop_player", FOR_CLIENTS, _authority(), IDENTITY))


func _key() -> Dictionary:
	var path := Credentials.path_to("interop.psk")
	var file := FileAccess.open(path, FileAccess.WRITE)
	file.store_line("%s:%s" % [IDENTITY, _psk.hex_encode()])
	return { identity = IDENTITY, psk = _psk.hex_encode(), psk_file = path }
