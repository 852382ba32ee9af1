extends "../support/multiplayer_test.gd"
## What only our peer can do: identities, figures, and reasons in words.


func parameters() -> Array:
	return [PeerKind.ours()]


func test_a_player_s_identity_is_known_when_it_joins() -> void:
	var key := Crypto.new().generate_random_bytes(32)
	server = side.peer()
	assert_equal(server.create_server(0, 32, TLSOptionsOpenSSL.server_psk({ alice = key })), OK, "create_server")
	server_log = Recorder.new(server)
	var seen := []
	var look := func(id: int) -> void: seen.append(server.get_peer(id).get_psk_identity())
	server.peer_connected.connect(look)
	var client := side.peer()
	var options := TLSOptionsOpenSSL.client_psk("alice", key)
	assert_equal(client.create_client(PeerKind.LOOPBACK, server.get_local_port(), options), OK, "create_client")
	peers = [server, client]
	assert_true(poll_until(func() -> bool: return seen.size() == 1), "nobody joins")
	assert_equal(seen, ["alice"], "identities")
	server.peer_connected.disconnect(look)


func test_the_connection_under_a_peer_tells_about_it_and_carries_no_packets() -> void:
	start_server()
	var client := join()
	var below: PacketPeerDTLSOpenSSL = client.get_peer(1)
	assert_true(below == client.get_peer(1), "it is the same each time")
	assert_equal(below.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "status")
	assert_equal(below.get_packet_port() as int, server.get_local_port() as int, "port")
	assert_true(below.get_peer_fingerprint().begins_with("sha256:"), "fingerprint")
	assert_true(below.get_statistics().packets_sent > 0, "statistics")
	expect_error("use that", 2)
	assert_equal(below.put_packet([1]), ERR_UNAVAILABLE, "put_packet")
	assert_equal(below.get_available_packet_count(), 0, "get_available_packet_count")
	assert_equal(below.get_packet(), PackedByteArray(), "get_packet")
	assert_equal(below.get_packet_error(), ERR_UNAVAILABLE, "get_packet_error")
	below.disconnect_from_peer()
	assert_true(poll_until(func() -> bool: return is_over(client) and server_log.signals.size() == 2), "no end")


func test_figures_are_those_of_enet() -> void:
	start_server()
	var client := join()
	send(client, 1, message(1000))
	receive(server)
	var figures: Dictionary = client.get_peer_statistics(1)
	for name in ClassDB.class_get_enum_constants("ENetPacketPeer", "PeerStatistic"):
		assert_true(name.trim_prefix("PEER_").to_lower() in figures, "%s is missing" % name)
	assert_true(figures.round_trip_time < 500, "round trip: %d ms" % figures.round_trip_time)
	assert_equal(figures.packet_throttle, ENetPacketPeer.PACKET_THROTTLE_SCALE, "throttle")


func test_peers_that_are_not_there_are_refused() -> void:
	var peer := side.peer()
	expect_error("there is no peer 7", 3)
	assert_true(peer.get_peer(7) == null, "get_peer")
	assert_equal(peer.get_peer_statistics(7), {}, "get_peer_statistics")
	peer.disconnect_peer(7)


func test_compression_must_be_one_that_there_is() -> void:
	var peer := side.peer()
	for mode: int in [0, 1, 2, 3, 4]:
		assert_equal(peer.set_compression_mode(mode), OK, "mode %d" % mode)
	expect_error("is no ENetConnection.CompressionMode")
	assert_equal(peer.set_compression_mode(5), ERR_INVALID_PARAMETER, "another number")


func test_compression_may_change_while_there_is_a_connection() -> void:
	start_server()
	server.set_compression_mode(ENetConnection.COMPRESS_FASTLZ)
	var client := start_client()
	client.set_compression_mode(ENetConnection.COMPRESS_FASTLZ)
	var id := client.get_unique_id()
	assert_true(poll_until(func() -> bool: return is_connected_peer(client) and knows(id)), "not connected")
	send(client, 1, message(10_000))
	assert_true(receive(server) == message(10_000), "packet")


func test_a_client_says_why_it_is_not_connected() -> void:
	start_server()
	var client := side.peer()
	var options := TLSOptionsOpenSSL.client(Credentials.stranger().certificate, "localhost")
	expect_error("ENetMultiplayerPeerOpenSSL: ")
	assert_equal(client.create_client(PeerKind.LOOPBACK, server.get_local_port(), options), OK, "create_client")
	peers.append(client)
	assert_true(poll_until(func() -> bool: return is_over(client)), "no end")
	assert_true(client.get_last_error().contains("certificate"), client.get_last_error())
	assert_true(poll_until(func() -> bool: return not server.get_last_error().is_empty()), "the server says nothing")


func test_a_client_that_nobody_answers_says_so() -> void:
	var free := PacketPeerUDP.new()
	free.bind(0, PeerKind.LOOPBACK)
	var port := free.get_local_port()
	free.close()
	var client := side.peer()
	assert_equal(side.create_client(client, port), OK, "create_client")
	peers.append(client)
	assert_true(poll_until(func() -> bool: return is_over(client)), "no end")
	assert_true(client.get_last_error().contains("port is closed"), client.get_last_error())


func test_options_of_the_wrong_kind_are_refused() -> void:
	var peer := side.peer()
	expect_error("ENetMultiplayerPeerOpenSSL.create_server", 2)
	assert_equal(peer.create_server(0), ERR_INVALID_PARAMETER, "no options")
	assert_equal(peer.create_server(0, 32, side.client_options()), ERR_INVALID_PARAMETER, "a client's options")
	expect_error("ENetMultiplayerPeerOpenSSL.create_client")
	assert_equal(peer.create_client(PeerKind.LOOPBACK, 1, side.server_options()), ERR_INVALID_PARAMETER, "a server's")
	assert_true(is_over(peer), "status")
	assert_true(not peer.get_last_error().is_empty(), "get_last_error")


func test_options_of_the_engine_connect() -> void:
	var own := Credentials.p256()
	server = side.peer()
	assert_equal(server.create_server(0, 32, TLSOptions.server(own.key, own.certificate)), OK, "create_server")
	server_log = Recorder.new(server)
	var client := side.peer()
	var options := TLSOptions.client(own.certificate, "localhost")
	assert_equal(client.create_client(PeerKind.LOOPBACK, server.get_local_port(), options), OK, "create_client")
	peers = [server, client]
	assert_true(poll_until(func() -> bool: return is_connected_peer(client)), "not connected")


func test_a_server_listens_where_it_is_told() -> void:
	var peer := side.peer()
	expect_error("is no IP address")
	peer.set_bind_ip("localhost")
	peer.set_bind_ip("127.0.0.1")
	assert_equal(peer.create_server(0, 32, side.server_options()), OK, "create_server")
	assert_true(peer.get_local_port() > 0, "port")


func test_a_frame_that_hangs_loses_nobody_and_nothing() -> void:
	start_server()
	var client := join()
	for number in 100:
		send(client, 1, [number])
	# No poll meanwhile: until all is acknowledged, by the server's thread.
	assert_true(await until(func() -> bool:
		var figures: Dictionary = client.get_peer_statistics(1)
		return figures.queued_bytes == 0 and client.get_peer(1).get_statistics().packets_sent > 3), "not acknowledged")
	for number in 100:
		assert_equal(receive(server), PackedByteArray([number]), "packet %d" % number)


func test_what_was_sent_before_disconnecting_arrives() -> void:
	start_server()
	var client := join()
	send(server, client.get_unique_id(), [1])
	server.disconnect_peer(client.get_unique_id())
	var received: Array[PackedByteArray] = []
	assert_true(poll_until(func() -> bool:
		while client.get_available_packet_count() > 0:
			received.append(client.get_packet())
		return is_over(client)), "no end")
	assert_equal(received, [PackedByteArray([1])] as Array[PackedByteArray], "packets")


func test_unreliable_packets_larger_than_a_datagram_arrive_whole() -> void:
	start_server()
	var client := join()
	for size: int in [1400, 20_000]:
		send(client, 1, message(size), MultiplayerPeer.TRANSFER_MODE_UNRELIABLE_ORDERED)
		assert_true(receive(server) == message(size), "%d bytes, ordered" % size)
		send(client, 1, message(size), MultiplayerPeer.TRANSFER_MODE_UNRELIABLE)
		assert_true(receive(server) == message(size), "%d bytes" % size)
