extends RefCounted
## A private key with a certificate, made once per run.

const Scratch := preload("../runner/scratch.gd")

const P256: PackedStringArray = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
const RSA_2048: PackedStringArray = ["rsa:2048"]
## For other programs: the engine loads neither the key nor the certificate.
const ED25519: PackedStringArray = ["ed25519"]
const LOCALHOST: PackedStringArray = ["subjectAltName=DNS:localhost"]
const AUTHORITY: PackedStringArray = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"]

static var _folder := Scratch.make_folder()

var key := CryptoKey.new()
var certificate := X509Certificate.new()
## Why there are none; empty if there are.
var problem := ""
var key_path: String
var certificate_path: String


static func p256() -> RefCounted:
	return issued("p256", LOCALHOST)


## Another self-signed certificate for the same name, which nobody trusts who trusts the first.
static func stranger() -> RefCounted:
	return issued("stranger", LOCALHOST)


static func rsa() -> RefCounted:
	return _rsa("rsa", "20200101000000", "20400101000000")


static func expired() -> RefCounted:
	return _rsa("expired", "20200101000000", "20200102000000")


static func not_yet_valid() -> RefCounted:
	return _rsa("not_yet_valid", "20400101000000", "20400102000000")


## Makes a certificate with these X.509v3 extensions, signed by the issuer or by itself.
static func issued(
		name: String,
		extensions: PackedStringArray,
		issuer: RefCounted = null,
		common_name := "localhost",
		new_key := P256,
) -> RefCounted:
	var made := new(name)
	if not FileAccess.file_exists(made.certificate_path):
		made._issue(extensions, issuer, common_name, new_key)
	if new_key != ED25519:
		made._load()
	return made


## Puts the certificates of its issuers behind the certificate, for the server to send along. As a file, because the
## engine hands over the first certificate alone of a chain that it did not load as a resource.
func append_issuers(issuers: Array) -> void:
	var chain_path := certificate_path.get_basename() + "_chain.crt"
	var file := FileAccess.open(chain_path, FileAccess.WRITE)
	file.store_string(FileAccess.get_file_as_string(certificate_path))
	for issuer: RefCounted in issuers:
		file.store_string(FileAccess.get_file_as_string(issuer.certificate_path))
	file.close()
	certificate = load(chain_path)


static func path_to(file: String) -> String:
	return _folder.path_join(file)


# With the engine's Crypto, as a game makes them; the openssl program sets dates since 3.4 only.
static func _rsa(name: String, not_before: String, not_after: String) -> RefCounted:
	var made := new(name)
	if not FileAccess.file_exists(made.certificate_path):
		var crypto := Crypto.new()
		var new_key := crypto.generate_rsa(2048)
		new_key.save(made.key_path)
		crypto.generate_self_signed_certificate(new_key, "CN=localhost", not_before, not_after).save(made.certificate_path)
	made._load()
	return made


func _init(name: String) -> void:
	key_path = path_to(name + ".key")
	certificate_path = path_to(name + ".crt")


func _issue(extensions: PackedStringArray, issuer: RefCounted, common_name: String, new_key: PackedStringArray) -> void:
	var arguments: PackedStringArray = [
		"req", "-x509", "-new", "-config", _openssl_config(), "-days", "30", "-nodes", "-subj", "/CN=" + common_name,
		"-keyout", key_path, "-out", certificate_path, "-newkey",
	]
	arguments.append_array(new_key)
	for extension in extensions:
		arguments.append_array(["-addext", extension])
	if issuer != null:
		arguments.append_array(["-CA", issuer.certificate_path, "-CAkey", issuer.key_path])
	var output := []
	if OS.execute("openssl", arguments, output, true) != 0:
		problem = "The openssl program (3.0 or later), which makes the certificates, failed: %s" % output[0]


# The system's own configuration would add extensions of its choice.
static func _openssl_config() -> String:
	var path := path_to("openssl.cnf")
	var file := FileAccess.open(path, FileAccess.WRITE)
	file.store_string("[req]\ndistinguished_name = name\nutf8 = yes\nstring_mask = utf8only\n[name]\n")
	return path


func _load() -> void:
	if problem.is_empty():
		key.load(key_path)
		certificate.load(certificate_path)
