extends RefCounted
## One set of the classes under test, in one way to use it: the engine's; ours, which have the same names and a suffix; or
## ours with sockets of their own.

const CLASSES: PackedStringArray = ["DTLSServer", "PacketPeerDTLS", "TLSOptions"]

var label: String
## Whether it uses listen() and connect_to_host(): threads move the datagrams, so that nothing has to be polled.
var owns_sockets: bool
var _suffix: String


func _init(p_label: String, suffix: String, p_owns_sockets := false) -> void:
	label = p_label
	owns_sockets = p_owns_sockets
	_suffix = suffix


static func engine() -> RefCounted:
	return new("engine", "")


static func ours() -> RefCounted:
	return new("ours", "OpenSSL")


static func native() -> RefCounted:
	return new("native", "OpenSSL", true)


func is_ours() -> bool:
	return not _suffix.is_empty()


func class_called(engine_name: String) -> String:
	return engine_name + _suffix


func server() -> RefCounted:
	return DTLSServerOpenSSL.new() if is_ours() else DTLSServer.new()


func peer() -> PacketPeer:
	return PacketPeerDTLSOpenSSL.new() if is_ours() else PacketPeerDTLS.new()


func client_options(trusted_chain: X509Certificate = null, common_name_override := "") -> RefCounted:
	if is_ours():
		return TLSOptionsOpenSSL.client(trusted_chain, common_name_override)
	return TLSOptions.client(trusted_chain, common_name_override)


func client_unsafe(trusted_chain: X509Certificate = null) -> RefCounted:
	return TLSOptionsOpenSSL.client_unsafe(trusted_chain) if is_ours() else TLSOptions.client_unsafe(trusted_chain)


func server_options(key: CryptoKey, certificate: X509Certificate) -> RefCounted:
	return TLSOptionsOpenSSL.server(key, certificate) if is_ours() else TLSOptions.server(key, certificate)
