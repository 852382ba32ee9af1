extends RefCounted
## One set of the classes under test, in one way to use it: the engine's; ours, which have the same names and a suffix; or
## ours with sockets of their own.
##
## Ours are reached by name, so that scripts parse without the extension and tests say what is missing.

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


func missing_classes() -> PackedStringArray:
	var missing: PackedStringArray = []
	for name in CLASSES:
		if not ClassDB.class_exists(class_called(name)):
			missing.append(class_called(name))
	return missing


func class_called(engine_name: String) -> String:
	return engine_name + _suffix


func server() -> RefCounted:
	return ClassDB.instantiate(class_called("DTLSServer"))


func peer() -> PacketPeer:
	return ClassDB.instantiate(class_called("PacketPeerDTLS"))


func client_options(trusted_chain: X509Certificate = null, common_name_override := "") -> RefCounted:
	return ClassDB.class_call_static(class_called("TLSOptions"), &"client", trusted_chain, common_name_override)


func client_unsafe(trusted_chain: X509Certificate = null) -> RefCounted:
	return ClassDB.class_call_static(class_called("TLSOptions"), &"client_unsafe", trusted_chain)


func server_options(key: CryptoKey, certificate: X509Certificate) -> RefCounted:
	return ClassDB.class_call_static(class_called("TLSOptions"), &"server", key, certificate)
