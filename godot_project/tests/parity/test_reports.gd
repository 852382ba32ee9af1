extends "../support/pairing_test.gd"
## What our peers tell about their connection, whoever is on the other side.


func parameters() -> Array:
	return super().filter(func(pairing: Pairing) -> bool: return pairing.client.is_ours() or pairing.server.is_ours())


func test_the_cipher_is_told_by_its_iana_name_while_there_is_a_connection() -> void:
	# The relay carries nothing before it is polled.
	var link := start(need(Credentials.p256()), true)
	for peer in _ours(link):
		assert_equal(peer.get_cipher(), "", "cipher during the handshake")
	link.poll_until(link.is_established)
	for peer in _ours(link):
		assert_true(peer.get_cipher().begins_with("TLS_ECDHE_ECDSA_WITH_"), peer.get_cipher())
	for peer in _ours(link):
		peer.disconnect_from_peer()
		assert_equal(peer.get_cipher(), "", "cipher after disconnecting")


func test_the_last_error_is_empty_until_a_connection_ends_and_says_who_ended_it() -> void:
	var link := start_connected()
	for peer in _ours(link):
		assert_equal(peer.get_last_error(), "", "last error while connected")
	var client_stays := client_side.is_ours()
	(link.server_peer if client_stays else link.client).disconnect_from_peer()
	var stayed := link.client if client_stays else link.server_peer
	link.poll_until_left(stayed, link.poll_client if client_stays else link.poll_server)
	assert_equal(stayed.get_last_error(), "closed by the other side", "last error")


func test_peers_know_where_both_ends_are_once_there_is_a_connection() -> void:
	var link := start(need(Credentials.p256()))
	if client_side.is_ours():
		assert_equal([client_side.peer().get_packet_ip(), client_side.peer().get_local_port()], ["", 0], "of a new peer")
	link.poll_until(link.is_established)
	for peer in _ours(link):
		assert_equal(peer.get_packet_ip(), Link.LOOPBACK, "get_packet_ip")
	if client_side.is_ours():
		assert_equal(link.client.get_packet_port(), link.server_port(), "the server's port")
	if server_side.is_ours():
		assert_equal(link.server_peer.get_local_port(), link.server_port(), "the server's own port")
	if client_side.is_ours() and server_side.is_ours():
		assert_equal(link.server_peer.get_packet_port(), link.client.get_local_port(), "the client's port")


func _ours(link: Link) -> Array[PacketPeer]:
	var peers: Array[PacketPeer] = []
	if client_side.is_ours():
		peers.append(link.client)
	if server_side.is_ours() and link.server_peer != null:
		peers.append(link.server_peer)
	return peers
