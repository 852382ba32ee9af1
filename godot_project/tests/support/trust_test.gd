extends "pairing_test.gd"
## A test of what a client makes of a server's certificate.


## Without options, the client trusts the certificate that the server shows.
func assert_accepted(credentials: Credentials, host_name := "localhost", options: RefCounted = null) -> void:
	var link := _meet(credentials, host_name, options)
	assert_equal(link.client.get_status(), PacketPeerDTLS.STATUS_CONNECTED, "client's status for " + host_name)
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_CONNECTED, "server's status for " + host_name)


func assert_refused(
		credentials: Credentials,
		our_reason: String,
		host_name := "localhost",
		options: RefCounted = null,
) -> void:
	var link := _meet(credentials, host_name, options)
	_assert_client_refused(link, PacketPeerDTLS.STATUS_ERROR, our_reason)
	_assert_server_noticed(link)


## For a certificate that would be accepted for another purpose.
func assert_purpose_refused(credentials: Credentials, options: RefCounted) -> void:
	if server_side.is_ours():
		var link := _meet(credentials, "localhost", options)
		_assert_client_refused(link, PacketPeerDTLS.STATUS_ERROR, "purpose")
		_assert_server_noticed(link)
	else:
		assert_no_handshake(credentials, options)


## For a certificate that the engine's server cannot use.
func assert_no_handshake(credentials: Credentials, options: RefCounted) -> void:
	var link := _meet(credentials, "localhost", options)
	expect_error("TLS handshake error", expected_of(client_side, { engine = 2, ours = 1 }))
	assert_equal(link.client.get_status(), PacketPeerDTLS.STATUS_ERROR, "client's status")
	assert_equal(link.statuses_taken.back(), PacketPeerDTLS.STATUS_ERROR, "status of the last peer taken")


## For a certificate that would be accepted if it named the host.
func assert_name_refused(credentials: Credentials, host_name: String, options: RefCounted = null) -> void:
	var expected_status: int = expected_of(
		client_side,
		{ engine = PacketPeerDTLS.STATUS_ERROR, ours = PacketPeerDTLS.STATUS_ERROR_HOSTNAME_MISMATCH },
	)
	var link := _meet(credentials, host_name, options)
	_assert_client_refused(link, expected_status, "not valid for")
	_assert_server_noticed(link)


func _meet(credentials: Credentials, host_name: String, options: RefCounted) -> Link:
	var link := Link.new(client_side, server_side)
	link.listen(server_side.server_options(credentials.key, credentials.certificate))
	if not client_side.is_ours() and server_side.owns_sockets:
		# A thread may answer within the engine's first call, which then has another status for a refusal.
		link.put_relay_between()
	if options == null:
		# Names that cannot be looked up are put in place of the one that can.
		var name := host_name if client_side.owns_sockets else ""
		options = client_side.client_options(credentials.certificate, name)
	link.connect_client(host_name, options)
	link.poll_until(func() -> bool: return link.is_established() or link.has_ended())
	return link


func _assert_client_refused(link: Link, expected_status: int, our_reason: String) -> void:
	assert_equal(link.client.get_status(), expected_status, "client's status")
	if client_side.is_ours():
		assert_true(link.client.get_last_error().contains(our_reason), link.client.get_last_error())
		expect_error(our_reason)
	else:
		expect_error("TLS handshake error")


func _assert_server_noticed(link: Link) -> void:
	assert_equal(link.server_status(), PacketPeerDTLS.STATUS_ERROR, "server's status")
	if server_side.is_ours():
		assert_true(link.server_words().contains("alert"), link.server_words())
	else:
		expect_error("TLS handshake error")
