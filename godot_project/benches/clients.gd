extends RefCounted
## The ways to connect that are compared; all verify the server.

const LOOPBACK := "127.0.0.1"
const HOST := "localhost"

var implementation: String
var options: RefCounted


func _init(p_implementation: String, certificate: X509Certificate) -> void:
	implementation = p_implementation
	if implementation == "engine":
		options = TLSOptions.client(certificate)
	else:
		options = TLSOptionsOpenSSL.client(certificate, HOST)


## Starts to connect to a server on this machine.
func connect_client(port: int) -> PacketPeer:
	if implementation == "native":
		var native := PacketPeerDTLSOpenSSL.new()
		native.connect_to_host(LOOPBACK, port, options)
		return native
	var udp := PacketPeerUDP.new()
	udp.connect_to_host(LOOPBACK, port)
	if implementation == "engine":
		var engine := PacketPeerDTLS.new()
		engine.connect_to_peer(udp, HOST, options)
		return engine
	var drop_in := PacketPeerDTLSOpenSSL.new()
	drop_in.connect_to_peer(udp, HOST, options)
	return drop_in
