extends "../support/pairing_test.gd"
## A flight of the handshake that the network loses is sent again.

## Consecutive datagrams of one side: how many of its datagrams went before, and how many these are.
class Flight:
	var is_client_s: bool
	var first: int
	var size := 0
	var lost := 0


func test_every_flight_that_gets_lost_is_sent_again() -> void:
	var flights := _flights_of_a_handshake()
	# Hello, cookie, hello, the server's key, the client's key, the end.
	assert_equal(flights.size(), 6, "flights of a handshake")
	var links: Array[Link] = []
	for flight in flights:
		links.append(_link_that_loses(flight))
	await until(func() -> bool:
		for link in links:
			link.poll_server()
			link.poll_client()
		return links.all(func(link: Link) -> bool: return link.is_established()))
	for index in links.size():
		assert_equal(flights[index].lost, flights[index].size, "datagrams lost of flight %d" % index)
		assert_true(links[index].is_established(), "no connection without flight %d" % index)
		for direction: Array in links[index].directions():
			direction[0].put_packet([index])
			var expected: Array[PackedByteArray] = [[index]]
			assert_equal(links[index].receive(direction[1], 1), expected, "received after losing flight %d" % index)


func _flights_of_a_handshake() -> Array[Flight]:
	var flights: Array[Flight] = []
	var counts := { true: 0, false: 0 }
	var count := func(_datagram: PackedByteArray, is_client_s: bool) -> bool:
		if flights.is_empty() or flights.back().is_client_s != is_client_s:
			var flight := Flight.new()
			flight.is_client_s = is_client_s
			flight.first = counts[is_client_s]
			flights.append(flight)
		flights.back().size += 1
		counts[is_client_s] += 1
		return true
	var link := start(need(Credentials.p256()), true)
	link.relay.carries_from_client = count.bind(true)
	link.relay.carries_from_server = count.bind(false)
	link.poll_until(link.is_established)
	return flights


func _link_that_loses(flight: Flight) -> Link:
	var link := start(need(Credentials.p256()), true)
	var sent := link.relay.from_client if flight.is_client_s else link.relay.from_server
	var is_of_another_flight := func(_datagram: PackedByteArray) -> bool:
		var is_lost := sent.size() > flight.first and sent.size() <= flight.first + flight.size
		flight.lost += int(is_lost)
		return not is_lost
	if flight.is_client_s:
		link.relay.carries_from_client = is_of_another_flight
	else:
		link.relay.carries_from_server = is_of_another_flight
	return link
