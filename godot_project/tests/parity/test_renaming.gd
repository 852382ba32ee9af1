extends "../support/implementation_test.gd"
## A script is moved over by renaming its classes, and nothing else: the class reference's example, typed.

const SERVER := "
extends RefCounted

var dtls := DTLSServer.new()
var server := UDPServer.new()
var peers: Array[PacketPeerDTLS] = []
var received := []


func listen(key: CryptoKey, certificate: X509Certificate) -> Error:
	server.listen(0, '127.0.0.1')
	var options: TLSOptions = TLSOptions.server(key, certificate)
	return dtls.setup(options)


func process() -> void:
	server.poll()
	while server.is_connection_available():
		var peer: PacketPeerUDP = server.take_connection()
		var dtls_peer: PacketPeerDTLS = dtls.take_connection(peer)
		if dtls_peer.get_status() != PacketPeerDTLS.STATUS_HANDSHAKING:
			continue
		peers.append(dtls_peer)
	for p in peers:
		p.poll()
		if p.get_status() == PacketPeerDTLS.STATUS_CONNECTED:
			while p.get_available_packet_count() > 0:
				received.append(p.get_packet().get_string_from_utf8())
				p.put_packet('Hello DTLS client'.to_utf8_buffer())
"

const CLIENT := "
extends RefCounted

var dtls := PacketPeerDTLS.new()
var udp := PacketPeerUDP.new()
var connected := false
var received := []


func connect_to(port: int, certificate: X509Certificate) -> Error:
	udp.connect_to_host('127.0.0.1', port)
	return dtls.connect_to_peer(udp, 'localhost', TLSOptions.client(certificate))


func process() -> void:
	dtls.poll()
	if dtls.get_status() == PacketPeerDTLS.STATUS_CONNECTED:
		if not connected:
			dtls.put_packet('The answer is... 42!'.to_utf8_buffer())
		while dtls.get_available_packet_count() > 0:
			received.append(dtls.get_packet().get_string_from_utf8())
			connected = true
"


func _init() -> void:
	# The engine keeps the scripts it compiled.
	objects_kept = 2


func test_the_example_of_the_class_reference_runs() -> void:
	var credentials := need(Credentials.p256())
	var server := _instance_of(SERVER)
	var client := _instance_of(CLIENT)
	if not assert_true(server != null and client != null, "the example does not parse"):
		return
	assert_equal(server.listen(credentials.key, credentials.certificate), OK, "listen")
	assert_equal(client.connect_to(server.server.get_local_port(), credentials.certificate), OK, "connect_to")
	await until(func() -> bool:
		server.process()
		client.process()
		return not client.received.is_empty())
	assert_true(server.received.has("The answer is... 42!"), "the server did not receive the answer")
	assert_true(client.received.has("Hello DTLS client"), "the client was not greeted")


func _instance_of(source: String) -> RefCounted:
	var script := GDScript.new()
	script.source_code = source
	for name in Implementation.CLASSES:
		script.source_code = script.source_code.replace(name, side.class_called(name))
	return script.new() if script.reload() == OK else null
