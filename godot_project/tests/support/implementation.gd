extends RefCounted
## One set of the classes under test: the engine's, or ours, which have the same names and a suffix.
##
## Ours are reached by name, so that scripts parse without the extension and tests say what is missing.

const CLASSES: PackedStringArray = ["DTLSServer", "PacketPeerDTLS", "TLSOptions"]

var label: String
var _suffix: String


func _init(p_label: String, suffix: String) -> void:
	label = p_label
	_suffix = suffix


static func engine() -> RefCounted:
	return new("engine", "")


static func ours() -> RefCounted:
	return new("ours", "OpenSSL")


func is_ours() -> bool:
	return label == "ours"


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
