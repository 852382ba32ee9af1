extends SceneTree
## A session for a checker of memory to watch: clients join, talk and quit in every way, with sockets of the script and of the
## addon on both sides.
##
##     godot --headless --path godot_project --script res://tests/session.gd

const Implementation := preload("support/implementation.gd")
const Link := preload("support/link.gd")

const PACKETS := 20
const CROWD := 8

var _ours := TLSOptionsOpenSSL.generate_self_signed("localhost")
var _sides: Array[Implementation] = [Implementation.ours(), Implementation.native()]
var _problems: PackedStringArray = []


func _initialize() -> void:
	for client_side in _sides:
		for server_side in _sides:
			for quit_once: Callable in [_client_disconnects, _client_is_freed, _server_is_freed]:
				var link := _join(client_side, server_side)
				_talk(link)
				quit_once.call(link)
			_quit_during_handshake(client_side, server_side)
			_fail_to_join(client_side, server_side)
	_crowd_comes_and_goes()
	_multiplayer_peers_come_and_go()
	for problem in _problems:
		printerr(problem)
	print("The session is over, with %d problems." % _problems.size())
	quit(_problems.size())


func _join(client_side: Implementation, server_side: Implementation) -> Link:
	var link := _start(client_side, server_side, _ours.get_own_certificate())
	_expect(link.poll_until(link.is_established), "no connection of %s to %s" % [client_side.label, server_side.label])
	return link


func _start(client_side: Implementation, server_side: Implementation, trusted: X509Certificate) -> Link:
	var link := Link.new(client_side, server_side)
	_expect(link.listen(_ours) == OK, "listen")
	_expect(link.connect_client("localhost", client_side.client_options(trusted)) == OK, "connect")
	return link


func _talk(link: Link) -> void:
	for direction in link.directions():
		for number in PACKETS:
			direction[0].put_packet(_packet(number))
		var received := link.receive(direction[1], PACKETS)
		_expect(received == range(PACKETS).map(_packet), "packets differ")


func _packet(number: int) -> PackedByteArray:
	var packet: PackedByteArray = []
	packet.resize(number * 50 + 1)
	packet.fill(number)
	return packet


func _client_disconnects(link: Link) -> void:
	link.client.disconnect_from_peer()
	_expect(link.poll_until_left(link.server_peer, link.poll_server), "the server's peer stays")


func _client_is_freed(link: Link) -> void:
	link.client = null
	_expect(link.poll_until_left(link.server_peer, link.poll_server), "the server's peer stays")


func _server_is_freed(link: Link) -> void:
	link.server = null
	link.server_peer = null


func _quit_during_handshake(client_side: Implementation, server_side: Implementation) -> void:
	var link := _start(client_side, server_side, _ours.get_own_certificate())
	link.poll()
	link.client.disconnect_from_peer()


func _fail_to_join(client_side: Implementation, server_side: Implementation) -> void:
	var stranger := TLSOptionsOpenSSL.generate_self_signed("localhost")
	var link := _start(client_side, server_side, stranger.get_own_certificate())
	_expect(link.poll_until(link.client_ended), "who is not trusted got in")


## Some leave, and the server stops under the others.
func _crowd_comes_and_goes() -> void:
	var server := DTLSServerOpenSSL.new()
	server.io_threads = 2
	_expect(server.setup(_ours) == OK and server.listen(0, Link.LOOPBACK) == OK, "listen")
	var options := TLSOptionsOpenSSL.client(_ours.get_own_certificate())
	var clients: Array[PacketPeerDTLSOpenSSL] = []
	for number in CROWD:
		var client := PacketPeerDTLSOpenSSL.new()
		client.connect_to_host("localhost", server.get_local_port(), options)
		clients.append(client)
	var peers: Array[PacketPeerDTLSOpenSSL] = []
	var have_joined := func() -> bool:
		while server.is_connection_available():
			peers.append(server.take_connection())
		return peers.size() == CROWD
	_expect(_until(have_joined), "not all joined")

	_expect(server.broadcast([1, 2, 3]) == OK, "broadcast")
	var have_heard := func() -> bool:
		return clients.all(func(client: PacketPeer) -> bool: return client.get_available_packet_count() == 1)
	_expect(_until(have_heard), "not all heard")
	# Once that is read, they hear of the end.
	var packets := clients.map(func(client: PacketPeer) -> PackedByteArray: return client.get_packet())
	_expect(packets.all(func(packet: PackedByteArray) -> bool: return packet == PackedByteArray([1, 2, 3])), "packets differ")

	clients.resize(CROWD / 2)
	_expect(_until(func() -> bool: return server.get_connection_count() == CROWD / 2), "those who left stay")
	server.stop()
	var are_gone := func() -> bool:
		return clients.all(func(client: PacketPeer) -> bool: return client.get_status() != PacketPeerDTLS.STATUS_CONNECTED)
	_expect(_until(are_gone), "those who stayed are still connected")


## One leaves, one is kicked, and the server closes under the last. Messages of several fragments go both ways, compressed.
func _multiplayer_peers_come_and_go() -> void:
	var server := ENetMultiplayerPeerOpenSSL.new()
	server.set_compression_mode(ENetConnection.COMPRESS_ZSTD)
	_expect(server.create_server(0, CROWD, _ours) == OK, "create_server")
	var joined: Array[int] = []
	server.peer_connected.connect(func(id: int) -> void: joined.append(id))
	var clients: Array[ENetMultiplayerPeerOpenSSL] = []
	for number in 3:
		var client := ENetMultiplayerPeerOpenSSL.new()
		client.set_compression_mode(ENetConnection.COMPRESS_ZSTD)
		var options := TLSOptionsOpenSSL.client(_ours.get_own_certificate())
		_expect(client.create_client("localhost", server.get_local_port(), options) == OK, "create_client")
		clients.append(client)
	var is_over := func(client: MultiplayerPeer) -> bool:
		return client.get_connection_status() == MultiplayerPeer.CONNECTION_DISCONNECTED
	var has := func(condition: Callable) -> bool:
		return _until(func() -> bool:
			server.poll()
			for client in clients:
				if not is_over.call(client):
					client.poll()
			return condition.call())
	var is_connected_peer := func(client: MultiplayerPeer) -> bool:
		return client.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTED
	var have_joined := func() -> bool: return joined.size() == clients.size() and clients.all(is_connected_peer)
	_expect(has.call(have_joined), "not all peers joined")

	var message := _packet(PACKETS * PACKETS)
	server.set_target_peer(MultiplayerPeer.TARGET_PEER_BROADCAST)
	_expect(server.put_packet(message) == OK, "put_packet to all")
	for client in clients:
		client.put_packet(message)
		_expect(has.call(func() -> bool: return client.get_available_packet_count() == 1), "a peer hears nothing")
		_expect(client.get_packet() == message, "messages differ")
	_expect(has.call(func() -> bool: return server.get_available_packet_count() == clients.size()), "the server hears nothing")

	clients[0].close()
	server.disconnect_peer(clients[1].get_unique_id())
	_expect(has.call(func() -> bool: return clients.filter(is_over).size() == 2), "who left or was kicked is still connected")
	server.close()
	_expect(_until(func() -> bool:
		clients[2].poll()
		return is_over.call(clients[2])), "the last peer is still connected")


func _until(condition: Callable) -> bool:
	var deadline := Time.get_ticks_msec() + Link.PATIENCE_MSEC
	while not condition.call():
		if Time.get_ticks_msec() > deadline:
			return false
		OS.delay_usec(Link.TURN_USEC)
	return true


func _expect(condition: bool, problem: String) -> void:
	if not condition:
		_problems.append(problem)
