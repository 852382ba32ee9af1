extends "res://tests/runner/test_case.gd"
## The examples of the documents and of the class help do what the text beside them says.

const CodeBlock := preload("support/code_block.gd")
const Credentials := preload("support/credentials.gd")
const PrintLog := preload("support/print_log.gd")

const QUICK_START := "docs/quick-start.md"
const MOVING_OVER := "docs/moving-over.md"
const PRODUCTION := "docs/certificates-for-production.md"
const HOST := "game.example"

## What stands in the examples, and what a test puts in its place.
var _replacements := { HOST: "localhost" }
var _port: int
var _prints := PrintLog.new()
var _nodes: Array[Node] = []


func prepare() -> void:
	var udp := UDPServer.new()
	udp.listen(0)
	_port = udp.get_local_port()
	udp.stop()
	_replacements["4242"] = str(_port)


func test_the_quick_start_makes_a_certificate_and_its_client_hears_the_echo() -> void:
	_replace_credentials(Credentials.path_to("quick_start.key"), Credentials.path_to("quick_start.crt"))
	_replacements["@tool\nextends EditorScript"] = "extends Node"
	_start(_block(QUICK_START, "A key and a certificate")).call(&"_run")
	_start(_block(QUICK_START, "A server"))
	_start(_block(QUICK_START, "A client"))
	await _prints_and_ends("Received: The answer is... 42!")


func test_a_script_of_the_engine_moves_over_by_the_names_of_its_classes() -> void:
	_use_credentials()
	_start(_block(MOVING_OVER, "From the engine's classes", 0))
	_start(_block(MOVING_OVER, "From the engine's classes", 1))
	await _prints_and_ends("Received: Hello DTLS client")


func test_the_examples_at_the_head_of_the_class_help_talk_to_each_other() -> void:
	_use_credentials()
	_start(CodeBlock.of("rust/dtls-godot/src/server/mod.rs")[0])
	_start(CodeBlock.of("rust/dtls-godot/src/peer/mod.rs")[0])
	await _prints_and_ends("Received: Hello DTLS client")


func test_a_server_with_a_domain_uses_a_renewed_certificate() -> void:
	_replacements["/var/lib/game/tls/"] = Credentials.path_to("")
	_write_certificate("privkey.pem", "fullchain.pem")
	var server := _start(_block(PRODUCTION, "A server with a domain", 0))
	var before: String = await _fingerprint_of_the_server()
	_write_certificate("privkey.pem", "fullchain.pem")
	server.call(&"read_certificate")
	assert_true(await _fingerprint_of_the_server() != before, "the certificate is the old one")
	await _end()


func test_a_server_that_a_player_hosts_is_known_by_its_fingerprint() -> void:
	_replacements["user://host.crt"] = Credentials.path_to("host.crt")
	var host := _start(_block(PRODUCTION, "A server that a player hosts", 0))
	host.server = DTLSServerOpenSSL.new()
	var fingerprint: String = host.call(&"host")
	var guest := _start(_block(PRODUCTION, "A server that a player hosts", 1))
	guest.dtls = PacketPeerDTLSOpenSSL.new()
	guest.call(&"join", "127.0.0.1", fingerprint)
	assert_true(await _is_connected(guest.dtls), guest.dtls.get_last_error())
	assert_equal(guest.dtls.get_peer_fingerprint(), fingerprint, "fingerprint")
	await _end()


func test_players_connect_with_the_key_that_the_login_server_made() -> void:
	var server := _start(_block(PRODUCTION, "Players known to a login server", 0))
	server.server = DTLSServerOpenSSL.new()
	server.call(&"start")
	var key := Crypto.new().generate_random_bytes(32)
	server.call(&"expect_player", "alice", key)
	var client := _start(_block(PRODUCTION, "Players known to a login server", 1))
	client.dtls = PacketPeerDTLSOpenSSL.new()
	var ticket := { host = "127.0.0.1", port = _port, identity = "alice", key = Marshalls.raw_to_base64(key) }
	client.call(&"_on_logged_in", HTTPRequest.RESULT_SUCCESS, 200, [], JSON.stringify(ticket).to_utf8_buffer())
	assert_true(await _is_connected(client.dtls), client.dtls.get_last_error())
	await until(server.server.is_connection_available)
	server.call(&"greet", server.server.take_connection())
	server.call(&"forget_player", "alice")
	await _prints_and_ends("alice is here")


func test_a_client_with_a_certificate_is_let_in() -> void:
	_use_credentials()
	var own := Credentials.issued("player", ["extendedKeyUsage=clientAuth"])
	var server := DTLSServerOpenSSL.new()
	_replacements["res://players.crt"] = own.certificate_path
	_replacements["user://player.key"] = own.key_path
	_replacements["user://player.crt"] = own.certificate_path
	_replacements["res://authority.crt"] = Credentials.p256().certificate_path
	var setup := _block(PRODUCTION, "Players with certificates", 0)
	setup.source += "server.setup(options)\nserver.listen(4242)\n"
	var host := _start(setup)
	host.server = server
	host.call(&"run")
	var client := _start(_block(PRODUCTION, "Players with certificates", 1))
	client.dtls = PacketPeerDTLSOpenSSL.new()
	client.call(&"run")
	assert_true(await _is_connected(client.dtls), client.dtls.get_last_error())
	await until(server.is_connection_available)
	assert_true(server.take_connection().get_peer_certificate() != null, "no certificate")
	await _end()


## The block of that number under a heading.
func _block(document: String, heading: String, number := 0) -> CodeBlock:
	var blocks := CodeBlock.of(document).filter(func(block: CodeBlock) -> bool: return block.heading == heading)
	return blocks[number]


## Compiles a block, and runs it as a node of the scene.
func _start(block: CodeBlock) -> Node:
	# The engine keeps the scripts it compiled.
	objects_kept += 1
	var script: GDScript = block.compile(_replacements)
	assert_true(script != null, "the block in line %d of %s does not compile" % [block.line, block.document])
	var node: Node = script.new()
	_nodes.append(node)
	tree.root.add_child(node)
	return node


func _use_credentials() -> void:
	var credentials := Credentials.p256()
	assert_equal(credentials.problem, "", "credentials")
	_replace_credentials(credentials.key_path, credentials.certificate_path)


func _replace_credentials(key_path: String, certificate_path: String) -> void:
	_replacements["user://server.key"] = key_path
	_replacements["res://server.crt"] = certificate_path
	_replacements["user://server.crt"] = certificate_path


func _write_certificate(key: String, certificate: String) -> void:
	var options := TLSOptionsOpenSSL.generate_self_signed("localhost")
	options.get_private_key().save(Credentials.path_to(key))
	options.get_own_certificate().save(Credentials.path_to(certificate))


func _fingerprint_of_the_server() -> String:
	var client := PacketPeerDTLSOpenSSL.new()
	client.connect_to_host("127.0.0.1", _port, TLSOptionsOpenSSL.client_unsafe())
	assert_true(await _is_connected(client), client.get_last_error())
	return client.get_peer_fingerprint()


func _is_connected(client: PacketPeerDTLSOpenSSL) -> bool:
	return await until(func() -> bool: return client.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED)


func _prints_and_ends(text: String) -> void:
	assert_true(await until(_prints.has_printed.bind(text)), "not printed: " + text)
	await _end()


func _end() -> void:
	# The clients first.
	_nodes.reverse()
	for node in _nodes:
		node.free()
	await tree.process_frame
