extends RefCounted
## Who a server says it is, and how its clients know.

const CERTIFICATE := "res://demo/certs/server.crt"
const KEY := "res://demo/certs/server.key"

## As rust/bench/src/link.rs has it.
const PSK_IDENTITY := "bench"
const PSK_SIZE := 32
const PSK_BYTE := 7


## Sets `server` up with a P-256 certificate, or what is asked for instead.
static func introduce(server: RefCounted, arguments: PackedStringArray) -> Error:
	if arguments.has("psk"):
		return server.dtls.setup(TLSOptionsOpenSSL.server_psk({ PSK_IDENTITY: psk() }))
	var key := CryptoKey.new()
	var certificate := X509Certificate.new()
	if arguments.has("rsa"):
		var crypto := Crypto.new()
		key = crypto.generate_rsa(2048)
		certificate = crypto.generate_self_signed_certificate(key, "CN=localhost")
	else:
		key.load(KEY)
		certificate.load(CERTIFICATE)
	return server.setup(key, certificate)


static func psk() -> PackedByteArray:
	var key := PackedByteArray()
	key.resize(PSK_SIZE)
	key.fill(PSK_BYTE)
	return key
