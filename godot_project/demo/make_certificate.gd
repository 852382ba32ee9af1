extends SceneTree
## Makes the key and the certificate of the demo's server: "godot --headless --script res://demo/make_certificate.gd".

const FOLDER := "res://demo/certs"
const KEY := FOLDER + "/server.key"
const CERTIFICATE := FOLDER + "/server.crt"

func _initialize() -> void:
	quit(_make())

func _make() -> Error:
	var error := DirAccess.make_dir_recursive_absolute(FOLDER)
	if error != OK:
		return error
	var options := TLSOptionsOpenSSL.generate_self_signed("localhost")
	error = options.get_private_key().save(KEY)
	if error != OK:
		return error
	# Nobody else may read the key.
	FileAccess.set_unix_permissions(KEY, FileAccess.UNIX_READ_OWNER | FileAccess.UNIX_WRITE_OWNER)
	return options.get_own_certificate().save(CERTIFICATE)
