# client_node.gd
extends Node
## The client of the class reference's DTLSServer example.

# "godot res://demo/client.tscn -- 5000" connects to port 5000 instead.
var port := int(OS.get_cmdline_user_args()[0]) if OS.get_cmdline_user_args() else 4242

var dtls := PacketPeerDTLSOpenSSL.new()
var udp := PacketPeerUDP.new()
var connected := false

func _ready() -> void:
	# The demo's server made its own certificate, so that certificate is what the client trusts.
	# Leave it out to trust the well-known authorities.
	var certificate: X509Certificate = load("res://demo/certs/server.crt")
	udp.connect_to_host("127.0.0.1", port)
	# The certificate must name "localhost", and be trusted, or the connection fails.
	dtls.connect_to_peer(udp, "localhost", TLSOptionsOpenSSL.client(certificate))

func _process(_delta: float) -> void:
	dtls.poll() # Must poll to update the state.
	match dtls.get_status():
		PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
			pass
		PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
			if not connected:
				connected = true
				print("Connected to localhost over %s." % dtls.get_cipher())
				# Datagrams can get lost: a game that must be heard repeats itself until it is.
				dtls.put_packet("The answer is... 42!".to_utf8_buffer())
			if dtls.get_available_packet_count() > 0:
				print("Received message from server: %s" % dtls.get_packet().get_string_from_utf8())
				dtls.disconnect_from_peer()
				get_tree().quit()
		_:
			printerr("Connection failed: %s" % dtls.get_last_error())
			get_tree().quit(1)
