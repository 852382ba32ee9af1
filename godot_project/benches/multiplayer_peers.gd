extends RefCounted
## The multiplayer peers that are compared: the engine's, the engine's over DTLS, and ours.

const LOOPBACK := "127.0.0.1"
const CERTIFICATE := "res://demo/certs/server.crt"
const KEY := "res://demo/certs/server.key"


## A server on a port that the system chooses; null if there is none of this kind.
static func create_server(implementation: String, max_clients: int) -> MultiplayerPeer:
	var key := CryptoKey.new()
	key.load(KEY)
	var peer := new_peer(implementation)
	peer.set_bind_ip(LOOPBACK)
	var error: Error
	if implementation == "enet-openssl":
		error = peer.create_server(0, max_clients, TLSOptionsOpenSSL.server(key, certificate()))
	else:
		error = peer.create_server(0, max_clients)
	if error == OK and implementation == "enet-dtls":
		error = peer.host.dtls_server_setup(TLSOptions.server(key, certificate()))
	return peer if error == OK else null


static func create_client(implementation: String, port: int) -> MultiplayerPeer:
	var peer := new_peer(implementation)
	if implementation == "enet-openssl":
		peer.create_client(LOOPBACK, port, TLSOptionsOpenSSL.client(certificate(), "localhost"))
	else:
		peer.create_client(LOOPBACK, port)
	if implementation == "enet-dtls":
		peer.host.dtls_client_setup("localhost", TLSOptions.client(certificate()))
	return peer


static func local_port(peer: MultiplayerPeer) -> int:
	return peer.host.get_local_port() if peer is ENetMultiplayerPeer else peer.get_local_port()


static func new_peer(implementation: String) -> MultiplayerPeer:
	return ENetMultiplayerPeerOpenSSL.new() if implementation == "enet-openssl" else ENetMultiplayerPeer.new()


static func certificate() -> X509Certificate:
	var certificate := X509Certificate.new()
	certificate.load(CERTIFICATE)
	return certificate
