extends "implementation_test.gd"
## A test of a client with a server: it runs on every pairing of the engine's classes, ours, and ours with sockets of their
## own.

class Pairing:
	var client: Implementation
	var server: Implementation
	## The client's side comes first.
	var label: String

	func _init(p_client: Implementation, p_server: Implementation) -> void:
		client = p_client
		server = p_server
		label = "%s-%s" % [client.label, server.label]


var client_side: Implementation:
	get:
		return parameter.client

var server_side: Implementation:
	get:
		return parameter.server


func parameters() -> Array:
	return pairings_of(super() + [Implementation.native()])


## Those where scripts own the sockets, and poll.
func drop_in_pairings() -> Array[Pairing]:
	return pairings_of([Implementation.engine(), Implementation.ours()])


## Every one of them as a client, with every one as a server.
func pairings_of(implementations: Array) -> Array[Pairing]:
	var pairings: Array[Pairing] = []
	for client: Implementation in implementations:
		for server: Implementation in implementations:
			pairings.append(Pairing.new(client, server))
	return pairings


## A listening server with these credentials, and a client on its way that trusts them.
func start(credentials: Credentials, through_relay := false) -> Link:
	var link := Link.new(client_side, server_side)
	assert_equal(link.listen(server_side.server_options(credentials.key, credentials.certificate)), OK, "setup")
	if through_relay:
		link.put_relay_between()
	var client_options := client_side.client_options(credentials.certificate)
	assert_equal(link.connect_client("localhost", client_options), OK, "connect_to_peer")
	return link


func start_connected(through_relay := false) -> Link:
	var link := start(need(Credentials.p256()), through_relay)
	assert_true(link.poll_until(link.is_established), "no connection")
	return link
