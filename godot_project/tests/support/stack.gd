extends RefCounted
## The client and the server programs of a DTLS implementation that is not ours, and what they say.

const Credentials := preload("credentials.gd")
const Program := preload("program.gd")

const PROGRAM_NOT_FOUND := 127

var label: String
var client_command: PackedStringArray
## When the client is connected, and has verified the server's chain and name.
var client_says_verified: PackedStringArray
## When the client saw the server leave.
var client_says_left: String
## How the client is asked to leave; empty if it does so at the end of its input.
var client_quits_by := ""
var server_command: PackedStringArray
var server_says_ready: String
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
		"--disable-client-cert",
	]
	stack.server_says_ready = "listening on IPv4"
	stack.server_echoes = true
	return stack


func _init(p_label: String) -> void:
	label = p_label


func missing_programs() -> PackedStringArray:
	var missing: PackedStringArray = []
	for program: String in [client_command[0], server_command[0]]:
		if OS.execute(program, ["--help"], []) == PROGRAM_NOT_FOUND and program not in missing:
			missing.append(program)
	return missing


func start_client(port: int, trusted: Credentials) -> Program:
	return _start(client_command, port, trusted)


func start_server(port: int, credentials: Credentials) -> Program:
	return _start(server_command, port, credentials)


func _start(command: PackedStringArray, port: int, credentials: Credentials) -> Program:
	var values := { port = port, certificate = credentials.certificate_path, key = credentials.key_path }
	var filled: PackedStringArray = []
	for argument in command:
		filled.append(argument.format(values))
	return Program.new(filled)
