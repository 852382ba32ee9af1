extends "implementation_test.gd"
## A test of what only our classes have: it runs on sockets that a script owns, and on sockets of their own.

const PLAYER: PackedStringArray = ["extendedKeyUsage=clientAuth"]


func parameters() -> Array:
	return [Implementation.ours(), Implementation.native()]


func server_options() -> TLSOptionsOpenSSL:
	var own := need(Credentials.p256())
	return TLSOptionsOpenSSL.server(own.key, own.certificate)


## They trust the server of server_options().
func client_options() -> TLSOptionsOpenSSL:
	return TLSOptionsOpenSSL.client(need(Credentials.p256()).certificate)


## Runs a handshake until both sides know how it ended.
func meet(for_server: RefCounted, for_client: RefCounted, host_name := "localhost") -> Link:
	var link := Link.new(side, side)
	assert_equal(link.listen(for_server), OK, "listen")
	return meet_again(link, for_client, host_name)


## The same server, and another client.
func meet_again(link: Link, for_client: RefCounted, host_name := "localhost") -> Link:
	link.renew_client()
	assert_equal(link.connect_client(host_name, for_client), OK, "connect")
	link.poll_until(func() -> bool: return link.is_established() or link.has_ended())
	return link


func connect_sides(for_server: RefCounted, for_client: RefCounted, host_name := "localhost") -> Link:
	return assert_connected(meet(for_server, for_client, host_name))


func assert_connected(link: Link) -> Link:
	assert_true(link.is_established(), "no connection: %s; %s" % [link.client.get_last_error(), link.server_words()])
	return link


## For what takes time, such as time-outs: frames pass until the condition holds.
func poll_for(link: Link, condition: Callable) -> bool:
	return await until(func() -> bool:
		link.poll_server()
		link.poll_client()
		return condition.call())


## A client on its way whose datagrams nobody hears.
func connect_to_nobody(options: TLSOptionsOpenSSL) -> Link:
	var link := Link.new(side, side)
	assert_equal(link.listen(server_options()), OK, "listen")
	link.put_relay_between().carries_from_client = func(_datagram: PackedByteArray) -> bool: return false
	assert_equal(link.connect_client("localhost", options), OK, "connect")
	return link


func assert_words(actual: String, part: String) -> void:
	assert_true(actual.contains(part), "\"%s\" instead of \"%s\"" % [actual, part])


## What a player's authority has signed.
func player(name: String, extensions := PLAYER, issuer: Credentials = authority()) -> Credentials:
	return need(Credentials.issued(name, extensions, issuer, name))


func authority() -> Credentials:
	return need(Credentials.issued("players", Credentials.AUTHORITY, null, "players"))


func fingerprint_of(credentials: Credentials) -> String:
	var output := []
	OS.execute("openssl", ["x509", "-in", credentials.certificate_path, "-noout", "-fingerprint", "-sha256"], output)
	return "sha256:" + (output[0] as String).strip_edges().get_slice("=", 1)


func random_key() -> PackedByteArray:
	return Crypto.new().generate_random_bytes(32)
