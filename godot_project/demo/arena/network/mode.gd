extends RefCounted
## What the panel's two switches choose: whose classes carry the packets, and how a client recognises its server.

const Credentials := preload("credentials.gd")
const DropInTransport := preload("drop_in_transport.gd")
const NativeTransport := preload("native_transport.gd")
const Transport := preload("transport.gd")

enum Implementation { ENGINE, OURS, NATIVE }
enum Identity { CERTIFICATE, PINNED, PSK }

const IMPLEMENTATIONS: PackedStringArray = ["engine", "ours", "native"]
const IDENTITIES: PackedStringArray = ["certificate", "pinned", "psk"]

var implementation: Implementation
var identity: Identity


func _init(p_implementation := Implementation.NATIVE, p_identity := Identity.CERTIFICATE) -> void:
	implementation = p_implementation
	identity = p_identity


## Why the two cannot be combined; empty if they can.
static func obstacle(an_implementation: Implementation, an_identity: Identity) -> String:
	if an_implementation != Implementation.ENGINE:
		return ""
	match an_identity:
		Identity.PINNED:
			return "The engine's TLSOptions cannot pin a fingerprint."
		Identity.PSK:
			return "The engine's TLSOptions have no pre-shared keys."
	return ""


## A side of a connection. `number` tells players with keys of their own apart.
func transport(credentials: Credentials, number := 0) -> Transport:
	match implementation:
		Implementation.ENGINE:
			var trusting := TLSOptions.client(credentials.certificate, "localhost")
			return DropInTransport.new("", TLSOptions.server(credentials.key, credentials.certificate), trusting)
		Implementation.OURS:
			return DropInTransport.new("OpenSSL", _server_options(credentials), _client_options(credentials, number))
		_:
			return NativeTransport.new(_server_options(credentials), _client_options(credentials, number))


func _server_options(credentials: Credentials) -> TLSOptionsOpenSSL:
	if identity == Identity.PSK:
		return TLSOptionsOpenSSL.server_psk(credentials.psks())
	return TLSOptionsOpenSSL.server(credentials.key, credentials.certificate)


func _client_options(credentials: Credentials, number: int) -> TLSOptionsOpenSSL:
	match identity:
		Identity.PINNED:
			return TLSOptionsOpenSSL.client_pinned([credentials.fingerprint()])
		Identity.PSK:
			var psk_identity := Credentials.psk_identity(number)
			return TLSOptionsOpenSSL.client_psk(psk_identity, credentials.psk(psk_identity))
		_:
			return TLSOptionsOpenSSL.client(credentials.certificate, "localhost")
