extends "../support/hostile_test.gd"
## A socket that a script owns may hold something before there is a connection.

const Junk := preload("../support/junk.gd")


func parameters() -> Array:
	return [Pairing.new(Implementation.ours(), Implementation.ours())]


func test_junk_that_waits_for_a_client_is_ignored() -> void:
	var junk := Junk.new()
	var link := Link.new(client_side, server_side)
	link.listen(server_side.server_options(credentials().key, credentials().certificate))
	link.put_relay_between()
	link.client_udp.connect_to_host(Link.LOOPBACK, link.relay.get_local_port())
	link.client_udp.put_packet([0])
	link.relay.poll()
	for length in range(1, 200):
		link.relay.send_to_client(junk.datagram(Junk.Shape.LIKE_A_RECORD, length))
	link.connect_client("localhost", client_side.client_options(credentials().certificate))
	assert_true(link.poll_until(link.is_established), "no connection")
