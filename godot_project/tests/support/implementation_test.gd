extends "res://tests/runner/test_case.gd"
## A test of one set of classes: it runs on the engine's and on ours.

const Credentials := preload("credentials.gd")
const Implementation := preload("implementation.gd")
const Link := preload("link.gd")

var side: Implementation:
	get:
		return parameter


func parameters() -> Array:
	return [Implementation.engine(), Implementation.ours()]


## A test that cannot have what it needs fails, and says so.
func need(credentials: Credentials) -> Credentials:
	assert_equal(credentials.problem, "", "credentials")
	return credentials


## Where ours differ on purpose. docs/differences.md lists every test that asks.
func expected_of(side: Implementation, by_label: Dictionary) -> Variant:
	return by_label.ours if side.is_ours() else by_label.engine


## For errors that both report, each in its own words.
func expect_error_of(side: Implementation, engine_text: String, our_text: String, times := 1) -> void:
	expect_error(our_text if side.is_ours() else engine_text, times)


## What a peer answers while it is not connected.
func assert_refuses_packets(side: Implementation, peer: PacketPeer) -> void:
	expect_error_of(side, "status != STATUS_CONNECTED", "not connected", expected_of(side, { engine = 3, ours = 2 }))
	assert_equal(peer.put_packet([1]), ERR_UNCONFIGURED, "put_packet")
	assert_equal(peer.get_packet(), PackedByteArray(), "get_packet")
	assert_equal(peer.get_packet_error(), ERR_UNCONFIGURED, "get_packet_error")
	assert_equal(peer.get_available_packet_count(), 0, "get_available_packet_count")
