extends "../support/identity_test.gd"
## Servers behind one address, whose balancer sends a client's hellos now to one, now to another.

const Program := preload("../support/program.gd")
const Wire := preload("../support/wire.gd")

const SERVER := "res://tests/support/fleet_server.gd"


## Carries the datagrams of one client, each hello to the next server, from one address, as balancers do that keep the
## client's. A hello that is sent again goes where it went before.
class Balancer:
	var port: int
	## The server whose turn it was with the last hello.
	var turn := -1
	var _last_hello: PackedByteArray
	var _ports: Array[int]
	var _to_client := PacketPeerUDP.new()
	var _to_servers := PacketPeerUDP.new()

	func _init(ports: Array[int]) -> void:
		_ports = ports
		_to_client.bind(0, Link.LOOPBACK)
		_to_servers.bind(0, Link.LOOPBACK)
		port = _to_client.get_local_port()

	func poll() -> void:
		while _to_client.get_available_packet_count() > 0:
			var datagram := _to_client.get_packet()
			_to_client.set_dest_address(_to_client.get_packet_ip(), _to_client.get_packet_port())
			if Wire.handshake_type(datagram) == Wire.HandshakeType.CLIENT_HELLO:
				# Its record has another number then.
				var hello := datagram.slice(Wire.RECORD_HEADER_SIZE)
				if hello != _last_hello:
					turn = (turn + 1) % _ports.size()
				_last_hello = hello
			_to_servers.set_dest_address(Link.LOOPBACK, _ports[turn])
			_to_servers.put_packet(datagram)
		while _to_servers.get_available_packet_count() > 0:
			_to_client.put_packet(_to_servers.get_packet())


var _balancer: Balancer
var _servers: Array[Program] = []


## See program.gd.
func oldest_godot() -> int:
	return 0x040400


func test_a_hello_that_one_server_answered_is_accepted_by_another_with_the_same_secret() -> void:
	var secret := random_key()
	var links: Array[Link] = [_server(secret), _server(secret)]
	var client := await _connect_through_balancer(_ports_of(links), client_options(), links)
	assert_equal(client.get_status(), PacketPeerDTLSOpenSSL.STATUS_CONNECTED, "client's status")
	assert_equal(links[0].server.get_statistics().cookies_asked, 1, "asked by the first")
	var second: Dictionary = links[1].server.get_statistics()
	assert_equal([second.cookies_asked, second.ignored], [0, 0], "asked and ignored by the second")
	assert_equal(_let_in(links[1]), 1, "let in by the second")


func test_a_secret_is_rotated_without_losing_clients_between_two_hellos() -> void:
	var old := random_key()
	var links: Array[Link] = [_server(old), _server(random_key() + old)]
	var client := await _connect_through_balancer(_ports_of(links), client_options(), links)
	assert_equal(client.get_status(), PacketPeerDTLSOpenSSL.STATUS_CONNECTED, "client's status")


func test_a_server_with_another_secret_asks_again() -> void:
	var links: Array[Link] = [_server(random_key()), _server(random_key())]
	var asked_again := func() -> bool: return links[1].server.get_statistics().cookies_asked == 1
	await _connect_through_balancer(_ports_of(links), client_options(), links, asked_again)
	assert_equal(_let_in(links[1]), 0, "let in by the second")


func test_two_processes_share_cookies_and_tickets() -> void:
	var folder := _folder_of_secrets()
	_servers = [_start_server(folder), _start_server(folder)]
	var ports: Array[int] = []
	for server in _servers:
		await _assert_says(server, ";")
		ports.append(server.said.get_slice("port ", 1).get_slice(";", 0).to_int())
	var options := client_options()
	var client := await _connect_through_balancer(ports, options)
	assert_equal(client.get_status(), PacketPeerDTLSOpenSSL.STATUS_CONNECTED, "client's status")
	await _assert_says(_servers[0], "asked 1 accepted 0 resumed 0;")
	await _assert_says(_servers[1], "asked 0 accepted 1 resumed 0;")
	ports.reverse()
	var again := await _connect_through_balancer(ports, options)
	assert_true(again.is_session_resumed(), "not resumed")
	await _assert_says(_servers[1], "asked 1 accepted 1 resumed 0;")
	await _assert_says(_servers[0], "asked 1 accepted 1 resumed 1;")


## As docs/fleet.md lays it out.
func _folder_of_secrets() -> String:
	var folder := Credentials.path_to("fleet")
	DirAccess.make_dir_absolute(folder)
	var own := need(Credentials.p256())
	DirAccess.copy_absolute(own.key_path, folder.path_join("tls.key"))
	DirAccess.copy_absolute(own.certificate_path, folder.path_join("tls.crt"))
	for name: String in ["cookie_secret", "ticket_keys"]:
		FileAccess.open(folder.path_join(name), FileAccess.WRITE).store_buffer(random_key())
	return folder


func _start_server(folder: String) -> Program:
	# A Godot that is started through a wrapper is named by the environment.
	var godot := OS.get_environment("GODOT")
	if godot.is_empty():
		godot = OS.get_executable_path()
	var project := ProjectSettings.globalize_path("res://")
	return Program.new([godot, "--headless", "--path", project, "--script", SERVER, "--", folder, side.label])


func _assert_says(server: Program, saying: String) -> void:
	await until(func() -> bool:
		if _balancer != null:
			_balancer.poll()
		return server.has_said(saying) or server.has_ended())
	assert_true(server.has_said(saying), "not \"%s\" but: %s" % [saying, server.said])


func _server(secret: PackedByteArray) -> Link:
	var options := server_options()
	options.cookie_secret = secret
	var link := Link.new(side, side)
	assert_equal(link.listen(options), OK, "listen")
	return link


func _let_in(link: Link) -> int:
	var counts: Dictionary = link.server.get_statistics()
	return counts.handshakes_done if side.owns_sockets else counts.accepted


func _ports_of(links: Array[Link]) -> Array[int]:
	var ports: Array[int] = []
	for link in links:
		ports.append(link.server_port())
	return ports


## Polls until the client is connected, or something else is the case.
func _connect_through_balancer(
		ports: Array[int],
		options: TLSOptionsOpenSSL,
		links: Array[Link] = [],
		enough := func() -> bool: return false,
) -> PacketPeerDTLSOpenSSL:
	_balancer = Balancer.new(ports)
	var client := PacketPeerDTLSOpenSSL.new()
	if side.owns_sockets:
		assert_equal(client.connect_to_host("localhost", _balancer.port, options), OK, "connect_to_host")
	else:
		var udp := PacketPeerUDP.new()
		udp.connect_to_host(Link.LOOPBACK, _balancer.port)
		assert_equal(client.connect_to_peer(udp, "localhost", options), OK, "connect_to_peer")
	var done := await until(func() -> bool:
		_balancer.poll()
		# On Windows, who prints waits until somebody reads.
		for server in _servers:
			server.has_said("")
		for link in links:
			link.poll_server()
		client.poll()
		return enough.call() or client.get_status() != PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING)
	assert_true(done, "the handshake is stuck")
	return client
