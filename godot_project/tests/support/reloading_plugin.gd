@tool
extends EditorPlugin
## In an editor: serves, reloads the library meanwhile, serves again with what is there, and says how it went.

const EXTENSION := "res://addons/openssl_dtls/openssl_dtls.gdextension"
const LOOPBACK := "127.0.0.1"
const SUCCESS := "reloaded under a live server"
const PATIENCE_MSEC := 20_000

class Pair:
	var server: DTLSServerOpenSSL
	var client: PacketPeerDTLSOpenSSL
	var peer: PacketPeerDTLSOpenSSL


func _enter_tree() -> void:
	_run.call_deferred()


func _run() -> void:
	# An editor that ends during its first scan crashes by itself.
	while EditorInterface.get_resource_filesystem().is_scanning():
		await get_tree().process_frame
	var fault := await _fault()
	print(SUCCESS if fault.is_empty() else fault)
	get_tree().quit(0 if fault.is_empty() else 1)


## What went wrong, if anything.
func _fault() -> String:
	var live := await _connected(DTLSServerOpenSSL.new())
	if live.peer == null:
		return "no connection before"
	if GDExtensionManager.reload_extension(EXTENSION) != GDExtensionManager.LOAD_STATUS_OK:
		return "not reloaded"
	if live.client.get_status() != PacketPeerDTLSOpenSSL.STATUS_DISCONNECTED or live.server.get_local_port() != 0:
		return "what was connected is not what a new object is"
	if not Performance.get_custom_monitor_names().is_empty():
		return "the monitors of code that is gone are still there"
	for server: DTLSServerOpenSSL in [live.server, DTLSServerOpenSSL.new()]:
		if (await _connected(server)).peer == null:
			return "no connection afterwards"
	return ""


func _connected(server: DTLSServerOpenSSL) -> Pair:
	var key := "0123456789abcdef".to_utf8_buffer()
	var pair := Pair.new()
	pair.server = server
	pair.client = PacketPeerDTLSOpenSSL.new()
	server.setup(TLSOptionsOpenSSL.server_psk({ "alice": key }))
	server.listen(0, LOOPBACK)
	server.register_monitors(str(server.get_instance_id()))
	pair.client.connect_to_host(LOOPBACK, server.get_local_port(), TLSOptionsOpenSSL.client_psk("alice", key))
	var deadline := Time.get_ticks_msec() + PATIENCE_MSEC
	while not server.is_connection_available() and Time.get_ticks_msec() < deadline:
		await get_tree().process_frame
	pair.peer = server.take_connection()
	return pair
