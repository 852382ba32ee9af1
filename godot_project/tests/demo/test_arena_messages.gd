extends "res://tests/runner/test_case.gd"
## What a player of the demo's arena can send is bounded, and what is no message is dropped.

const Messages := preload("res://demo/arena/game/messages.gd")
const Server := preload("res://demo/arena/game/server.gd")
const Transport := preload("res://demo/arena/network/transport.gd")


## Records what is sent.
class Recorder extends Transport:
	var sent: Array[PackedByteArray] = []

	func send(_peer: int, packet: PackedByteArray) -> void:
		sent.append(packet)


func test_messages_are_read_as_they_were_written() -> void:
	var wish := Messages.read_wish(Messages.write_wish(7, 0xffff_fffe, Vector2(1.0, 0.0)))
	assert_equal([wish.number, wish.sent_usec, wish.target], [7, 0xffff_fffe, Vector2(1.0, 0.0)], "wish")
	var snapshot := Messages.read_snapshot(Messages.write_snapshot(wish, 3, { 2: Vector2.ZERO, 3: Vector2.ONE }))
	assert_equal([snapshot.wish_number, snapshot.wish_sent_usec, snapshot.own_number], [7, 0xffff_fffe, 3], "header")
	assert_equal(snapshot.dots, { 2: Vector2.ZERO, 3: Vector2.ONE }, "dots")


func test_what_is_no_message_is_refused() -> void:
	var too_many := PackedByteArray()
	too_many.resize(Messages.SNAPSHOT_HEADER_SIZE + (Messages.MAX_DOTS + 1) * Messages.DOT_SIZE)
	for packet: PackedByteArray in [[], [1], too_many]:
		assert_equal(Messages.read_wish(packet), null, "a wish of %d bytes" % packet.size())
		assert_equal(Messages.read_snapshot(packet), null, "a snapshot of %d bytes" % packet.size())


func test_a_player_who_wishes_much_gets_few_answers_a_frame() -> void:
	var transport := Recorder.new()
	var server := Server.new(transport)
	transport.joined.emit(2)
	for number in 1_000:
		transport.received.emit(2, Messages.write_wish(number, 0, Vector2.ZERO))
		transport.received.emit(2, PackedByteArray([1, 2, 3]))
	server.step(0.1)
	assert_equal(transport.sent.size(), Server.MAX_ANSWERS, "answers")


func test_a_dot_moves_no_faster_than_all_others() -> void:
	var transport := Recorder.new()
	var server := Server.new(transport)
	transport.joined.emit(2)
	transport.received.emit(2, Messages.write_wish(1, 0, Vector2.ZERO))
	server.step(0.1)
	assert_true(is_equal_approx(server.dots[2].distance_to(Vector2(0.5, 0.5)), Server.SPEED * 0.1), "%s" % server.dots)


func test_a_full_arena_gives_nobody_a_dot() -> void:
	var transport := Recorder.new()
	var server := Server.new(transport)
	for number in Messages.MAX_DOTS + 1:
		transport.joined.emit(number)
		transport.received.emit(number, Messages.write_wish(1, 0, Vector2.ZERO))
	server.step(0.1)
	assert_equal(server.dots.size(), Messages.MAX_DOTS, "dots")
	assert_equal(transport.sent.size(), Messages.MAX_DOTS, "answers")
