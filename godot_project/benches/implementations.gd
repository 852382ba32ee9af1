extends RefCounted
## The ways to serve that are compared.


static func server(name: String) -> RefCounted:
	match name:
		"engine":
			return preload("drop_in_server.gd").new()
		"drop-in":
			return renamed("res://benches/drop_in_server.gd").new()
		"native":
			return load("res://benches/native_server.gd").new()
		"batch":
			return load("res://benches/batch_server.gd").new()
		"udp":
			return preload("udp_server.gd").new()
	push_error("No implementation is called %s." % name)
	return null


## A script for the engine's classes with their names changed to ours, which is all a user changes.
static func renamed(path: String) -> GDScript:
	var script := GDScript.new()
	script.source_code = FileAccess.get_file_as_string(path)
	for name: String in ["DTLSServer", "PacketPeerDTLS", "TLSOptions"]:
		var whole_word := RegEx.create_from_string("\\b%s\\b" % name)
		script.source_code = whole_word.sub(script.source_code, name + "OpenSSL", true)
	script.reload()
	return script
