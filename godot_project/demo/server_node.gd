# server_node.gd
extends Node
## The server of the class reference's DTLSServer example.

# "godot res://demo/server.tscn -- 5000" listens on port 5000 instead.
var port := int(OS.get_cmdline_user_args()[0]) if OS.get_cmdline_user_args() else 4242

var dtls := DTLSServerOpenSSL.new()
var server := UDPServer.new()
var peers: Array[PacketPeerDTLSOpenSSL] = []

func _ready() -> void:
	var key: CryptoKey = load("res://demo/certs/server.key") # Your private key.
	var certificate: X509Certificate = load("res://demo/certs/server.crt") # Your X509 certificate.
	if dtls.setup(TLSOptionsOpenSSL.server(key, certificate)) != OK or server.listen(port) != OK:
		get_tree().quit(1)
		return
	print("Listening on port %d." % port)

func _process(_delta: float) -> void:
	server.poll() # Must poll to receive from new clients.
	while server.is_connection_available():
		var udp_peer := server.take_connection()
		var peer := dtls.take_connection(udp_peer)
		if peer.get_status() != PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			# It is normal that the first round of every client fails: the server answers with a
			# cookie, and keeps nothing until the client shows that it received it.
			print("First round refused: sent the client a cookie.")
			continue
		print("Second round accepted: the client returned its cookie.")
		peers.append(peer)

	for peer: PacketPeerDTLSOpenSSL in peers.duplicate():
		peer.poll() # Must poll to update the state.
		while peer.get_available_packet_count() > 0:
			var message := peer.get_packet().get_string_from_utf8()
			print("Received message from client over %s: %s" % [peer.get_cipher(), message])
			peer.put_packet("Hello DTLS client".to_utf8_buffer())
		if peer.get_status() not in [PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING, PacketPeerDTLSOpenSSL.STATUS_CONNECTED]:
			print("Client left.")
			peers.erase(peer)
			if peers.is_empty():
				get_tree().quit() # A demo serves until its last client leaves; your server goes on.
