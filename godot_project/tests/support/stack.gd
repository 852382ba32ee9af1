extends RefCounted
## The client and the server programs of a DTLS implementation that is not ours, and what they say.

const Credentials := preload("credentials.gd")
const Program := preload("program.gd")

var label: String
var client_command: PackedStringArray
## When the client is connected, and has verified the server's chain and name.
var client_says_verified: PackedStringArray
## When the client saw the server leave.
var client_says_left: String
## How the client is asked to leave; empty if it does so at the end of its input.
var client_quits_by := ""
var server_command: PackedStringArray
## When the server's port is open. GnuTLS's names the port before it opens it, and says how that went afterwards.
var server_says_ready: String
## When a client has left, if it does not serve another one from then on.
var server_says_left := ""
## What the client's command ends with to show a certificate of its own.
var client_with_certificate: PackedStringArray
## What the server's command ends with to require one that an authority has signed.
var server_requiring_certificate: PackedStringArray
## What either command ends with to name an application protocol, and what the client says of the one agreed on.
var with_protocol: PackedStringArray
var client_says_protocol: String
## What the client's command ends with to export keying material, and what it says in front of it.
var client_exporting: PackedStringArray
var client_says_material: String
## What the client's command ends with to use one cipher only: ECDHE-ECDSA with ChaCha20-Poly1305, or AES-128-GCM.
var client_with_chacha: PackedStringArray
var client_with_aes: PackedStringArray
## What the client's commands end with, one after the other, to come back to a session.
var client_coming_back: Array[PackedStringArray]
## The commands for a pre-shared key instead of certificates.
var client_with_key: PackedStringArray
var server_with_key: PackedStringArray
## Whether the server says back what it hears, instead of saying what it is told.
var server_echoes := false


static func openssl() -> RefCounted:
	var stack := new("openssl")
	stack.client_command = [
		"openssl", "s_client", "-dtls1_2", "-connect", "127.0.0.1:{port}", "-CAfile", "{certificate}",
		"-verify_return_error", "-verify_hostname", "localhost",
	]
	stack.client_says_verified = ["Verification: OK", "Verified peername: localhost"]
	stack.client_says_left = "closed"
	stack.client_quits_by = "Q"
	stack.server_command = [
		"openssl", "s_server", "-dtls1_2", "-listen", "-accept", "127.0.0.1:{port}", "-cert", "{certificate}",
		"-key", "{key}",
	]
	stack.server_says_ready = "ACCEPT"
	stack.server_says_left = "DONE"
	stack.with_protocol = ["-alpn", "{protocol}"]
	stack.client_says_protocol = "ALPN protocol: {protocol}"
	stack.client_exporting = ["-keymatexport", "{label}", "-keymatexportlen", "{length}"]
	stack.client_says_material = "Keying material: "
	stack.client_with_chacha = ["-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"]
	stack.client_with_aes = ["-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]
	stack.client_coming_back = [["-sess_out", "{session}"], ["-sess_in", "{session}"]]
	stack.client_with_certificate = ["-cert", "{own_certificate}", "-key", "{own_key}"]
	stack.server_requiring_certificate = ["-Verify", "1", "-verify_return_error", "-CAfile", "{authority}"]
	stack.client_with_key = [
		"openssl", "s_client", "-dtls1_2", "-connect", "127.0.0.1:{port}", "-psk_identity", "{identity}", "-psk", "{psk}",
	]
	stack.server_with_key = [
		"openssl", "s_server", "-dtls1_2", "-listen", "-accept", "127.0.0.1:{port}", "-nocert",
		"-psk_identity", "{identity}", "-psk", "{psk}",
	]
	return stack


static func gnutls() -> RefCounted:
	var stack := new("gnutls")
	stack.client_command = [
		"gnutls-cli", "--udp", "--port", "{port}", "--x509cafile", "{certificate}", "--verify-hostname", "localhost",
		"127.0.0.1",
	]
	stack.client_says_verified = ["The certificate is trusted.", "Simple Client Mode"]
	stack.client_says_left = "Peer has closed"
	stack.server_command = [
		"gnutls-serv", "--udp", "--port", "{port}", "--x509certfile", "{certificate}", "--x509keyfile", "{key}",
	]
	stack.server_says_ready = "listening on IPv4 0.0.0.0 port {port}...done"
	stack.with_protocol = ["--alpn", "{protocol}"]
	stack.client_says_protocol = "Application protocol: {protocol}"
	stack.client_exporting = ["--keymatexport={label}", "--keymatexportsize={length}"]
	stack.client_says_material = "Key material: "
	stack.client_with_chacha = ["--priority", "NORMAL:-CIPHER-ALL:+CHACHA20-POLY1305"]
	stack.client_with_aes = ["--priority", "NORMAL:-CIPHER-ALL:+AES-128-GCM"]
	# It says goodbye, and comes back by itself.
	stack.client_coming_back = [["--resume"]]
	stack.client_with_certificate = ["--x509certfile", "{own_certificate}", "--x509keyfile", "{own_key}"]
	stack.server_requiring_certificate = [
		"--require-client-cert", "--verify-client-cert", "--x509cafile", "{authority}",
	]
	stack.client_with_key = [
		"gnutls-cli", "--udp", "--port", "{port}", "--priority", "NORMAL:-KX-ALL:+ECDHE-PSK",
		"--pskusername", "{identity}", "--pskkey", "{psk}", "127.0.0.1",
	]
	stack.server_with_key = [
		"gnutls-serv", "--udp", "--port", "{port}", "--priority", "NORMAL:-KX-ALL:+ECDHE-PSK", "--pskpasswd", "{psk_file}",
	]
	stack.server_echoes = true
	return stack


func _init(p_label: String) -> void:
	label = p_label


func missing_programs() -> PackedStringArray:
	var missing: PackedStringArray = []
	for program: String in [client_command[0], server_command[0]]:
		if not Program.exists(program) and program not in missing:
			missing.append(program)
	return missing


func start_client(port: int, trusted: Credentials) -> Program:
	return start(client_command, port, trusted)


## Fills the command's placeholders: those for certificates, and what else is given.
func start(command: PackedStringArray, port: int, credentials: Credentials = null, more := { }) -> Program:
	var values := { port = port }
	if credentials != null:
		values.merge({ certificate = credentials.certificate_path, key = credentials.key_path })
	values.merge(more)
	var filled: PackedStringArray = []
	for argument in command:
		filled.append(argument.format(values))
	return Program.new(filled)
