extends "../support/identity_test.gd"
## docs/wireshark.md: with the key log of either side, Wireshark's tshark reads what a capture holds.

const Capture := preload("../support/capture.gd")
const Program := preload("../support/program.gd")

const TO_SERVER := "where is the treasure?"
const TO_CLIENT := "under the palm tree"


func prepare() -> void:
	super()
	if not Program.exists("tshark"):
		fail("no tshark on PATH: cargo xtask doctor says how to get it")


func test_the_client_s_key_log_decrypts_a_capture() -> void:
	var options := client_options()
	_assert_decrypts(_logging(options), server_options(), options)


func test_the_server_s_key_log_decrypts_a_capture() -> void:
	var options := server_options()
	_assert_decrypts(_logging(options), options, client_options())


func test_a_key_log_decrypts_resumed_sessions() -> void:
	var server := server_options()
	var options := client_options()
	var link := connect_sides(server, options)
	var key_log := _logging(options)
	_record_conversation(link, options)
	assert_true(link.client.is_session_resumed(), "not resumed")
	_assert_decrypted(key_log)


func _assert_decrypts(key_log: String, server: TLSOptionsOpenSSL, client: TLSOptionsOpenSSL) -> void:
	var link := Link.new(side, side)
	assert_equal(link.listen(server), OK, "listen")
	_record_conversation(link, client)
	_assert_decrypted(key_log)
	assert_equal(_read_capture([]), "", "read without the key log")


func _assert_decrypted(key_log: String) -> void:
	var read := _read_capture(["-o", "tls.keylog_file:" + key_log])
	for text: String in [TO_SERVER, TO_CLIENT]:
		assert_true(read.contains(text), "tshark read: " + read)


func _logging(options: TLSOptionsOpenSSL) -> String:
	var path := Credentials.path_to(side.label + "_wireshark.log")
	DirAccess.remove_absolute(path)
	options.key_log_path = path
	expect_error("the secrets of these connections are written to")
	return path


## A handshake with the server of the link, and a packet each way, into the capture.
func _record_conversation(link: Link, client: TLSOptionsOpenSSL) -> void:
	var capture := Capture.new(_capture_path())
	link.put_relay_between()
	link.relay.carries_from_client = func(datagram: PackedByteArray) -> bool:
		capture.add_from_client(datagram)
		return true
	link.relay.carries_from_server = func(datagram: PackedByteArray) -> bool:
		capture.add_from_server(datagram)
		return true
	assert_connected(meet_again(link, client))
	link.client.put_packet(TO_SERVER.to_utf8_buffer())
	link.receive(link.server_peer, 1)
	link.server_peer.put_packet(TO_CLIENT.to_utf8_buffer())
	link.receive(link.client, 1)
	capture.close()
	link.relay.carries_from_client = func(_datagram: PackedByteArray) -> bool: return true
	link.relay.carries_from_server = func(_datagram: PackedByteArray) -> bool: return true


## What the document's command prints: the texts of all packets.
func _read_capture(with_key_log: PackedStringArray) -> String:
	var arguments: PackedStringArray = ["-r", _capture_path(), "-d", "udp.port==%d,dtls" % Capture.SERVER_PORT]
	arguments.append_array(with_key_log)
	arguments.append_array(["-Y", "data", "-T", "fields", "-e", "frame.number", "-e", "data.text"])
	arguments.append_array(["-o", "data.show_as_text:TRUE"])
	var output := []
	assert_equal(OS.execute("tshark", arguments, output), 0, "tshark's exit code")
	return output[0]


func _capture_path() -> String:
	return Credentials.path_to(side.label + ".pcap")
