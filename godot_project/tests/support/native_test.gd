extends "implementation_test.gd"
## A server of ours that owns its port, and clients of any kind.

const LOOPBACK := "127.0.0.1"
const PATIENCE_MSEC := 15_000

var server: RefCounted
var credentials: Credentials


func parameters() -> Array:
	return [Implementation.ours()]


func prepare() -> void:
	super()
	credentials = need(Credentials.p256())
	server = side.server()
	assert_equal(server.setup(side.server_options(credentials.key, credentials.certificate)), OK, "setup")


func listen() -> void:
	assert_equal(server.listen(0, LOOPBACK), OK, "listen")


## A client of ours that owns its socket, under way.
func connect_client(host := LOOPBACK) -> PacketPeer:
	var client := side.peer()
	var options := side.client_options(credentials.certificate, "localhost")
	assert_equal(client.connect_to_host(host, server.get_local_port(), options), OK, "connect_to_host")
	return client


## The server's end of the next client.
func take_peer() -> PacketPeer:
	assert_true(await until(server.is_connection_available, PATIENCE_MSEC), "no connection")
	return server.take_connection()


## A client and the server's end of it, connected.
func connect_pair() -> Array[PacketPeer]:
	var client := connect_client()
	var peer: PacketPeer = await take_peer()
	assert_true(await until(is_connected_peer.bind(client), PATIENCE_MSEC), "the client is not connected")
	return [client, peer]


func is_connected_peer(peer: PacketPeer) -> bool:
	return peer.get_status() == PacketPeerDTLS.STATUS_CONNECTED


## The next packet of a peer that needs no poll.
func receive(peer: PacketPeer) -> PackedByteArray:
	assert_true(await until(func() -> bool: return peer.get_available_packet_count() > 0, PATIENCE_MSEC), "no packet")
	return peer.get_packet()
