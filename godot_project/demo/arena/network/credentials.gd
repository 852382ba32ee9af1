extends RefCounted
## What the arena's server shows and its clients check. It is made once, and kept in a folder, where the clients of other
## processes find it.

## Players with keys of their own.
const PSK_IDENTITIES := 64
const PSK_SIZE := 32

var key := CryptoKey.new()
var certificate := X509Certificate.new()

var _certificate_pem: String
var _psk_secret: PackedByteArray


static func in_folder(folder: String) -> RefCounted:
	DirAccess.make_dir_recursive_absolute(folder)
	var made := new()
	var key_path := folder.path_join("server.key")
	var certificate_path := folder.path_join("server.crt")
	var secret_path := folder.path_join("psk.secret")
	if not FileAccess.file_exists(secret_path):
		var options := TLSOptionsOpenSSL.generate_self_signed("localhost")
		options.get_private_key().save(key_path)
		options.get_own_certificate().save(certificate_path)
		var file := FileAccess.open(secret_path, FileAccess.WRITE)
		file.store_buffer(Crypto.new().generate_random_bytes(PSK_SIZE))
		file.close()
		for path: String in [key_path, secret_path]:
			# Nobody else may read what is secret.
			FileAccess.set_unix_permissions(path, FileAccess.UNIX_READ_OWNER | FileAccess.UNIX_WRITE_OWNER)
	made.key.load(key_path)
	made.certificate.load(certificate_path)
	made._certificate_pem = FileAccess.get_file_as_string(certificate_path)
	made._psk_secret = FileAccess.get_file_as_bytes(secret_path)
	return made


## SHA-256 of the certificate in DER, as get_peer_fingerprint() gives it.
func fingerprint() -> String:
	var base64 := ""
	for line in _certificate_pem.split("\n"):
		if line.begins_with("-----END"):
			break
		if not line.begins_with("-----"):
			base64 += line.strip_edges()
	var context := HashingContext.new()
	context.start(HashingContext.HASH_SHA256)
	context.update(Marshalls.base64_to_raw(base64))
	return "sha256:" + context.finish().hex_encode()


static func psk_identity(number: int) -> String:
	return "player-%d" % (number % PSK_IDENTITIES)


func psk(identity: String) -> PackedByteArray:
	return Crypto.new().hmac_digest(HashingContext.HASH_SHA256, _psk_secret, identity.to_utf8_buffer())


## The keys of all players.
func psks() -> Dictionary:
	var keys := { }
	for number in PSK_IDENTITIES:
		keys[psk_identity(number)] = psk(psk_identity(number))
	return keys
