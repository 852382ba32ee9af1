extends "../support/identity_test.gd"
## docs/errors.md explains what a server says about peers that it turns away; Rust's tests look after the rest.

const DOCUMENT := "../docs/errors.md"


## A server that owns its port turns nobody away in front of a script.
func parameters() -> Array:
	return [Implementation.ours()]


func test_what_is_said_of_peers_that_are_turned_away_is_in_the_document() -> void:
	var document := FileAccess.get_file_as_string(ProjectSettings.globalize_path("res://").path_join(DOCUMENT))
	var link := Link.new(side, side)
	link.listen(server_options())
	link.connect_client("localhost", client_options())
	var stray := PacketPeerUDP.new()
	stray.connect_to_host(Link.LOOPBACK, link.server_udp.get_local_port())
	stray.put_packet("noise".to_utf8_buffer())
	var words: PackedStringArray = []
	await until(func() -> bool:
		link.server_udp.poll()
		while link.server_udp.is_connection_available():
			words.append(link.server.take_connection(link.server_udp.take_connection()).get_last_error())
		return words.size() == 2)
	assert_true(words.size() == 2 and words[0] != words[1], str(words))
	for each in words:
		assert_true(document.contains("| %s |" % each), each)
