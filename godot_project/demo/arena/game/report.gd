extends RefCounted
## What there is to say about a game, as names and values.

const Client := preload("client.gd")
const Game := preload("game.gd")
const Transport := preload("../network/transport.gd")

const UNKNOWN := "–"
const FINGERPRINT_DIGITS := 16


## About the game's first client.
static func of_client(game: Game) -> Dictionary:
	if game.clients.is_empty():
		return _nothing(["Status", "Cipher", "Identity", "Handshake", "Round trip", "Packets", "Unanswered", "Dropped"])
	var client := game.clients[0]
	var facts := client.transport.get_facts(Transport.SERVER)
	var statistics := client.transport.get_statistics()
	return {
		"Status": _status(client),
		"Cipher": _or_unknown(facts.cipher.trim_prefix("TLS_")),
		"Identity": _or_unknown(_shortened(facts.identity)),
		"Handshake": "%.1f ms" % (facts.handshake_usec / 1000.0) if facts.handshake_usec > 0 else UNKNOWN,
		"Round trip": "%.1f ms" % (client.round_trip_usec / 1000.0) if client.round_trip_usec > 0 else UNKNOWN,
		"Packets": "%d out, %d in" % [statistics.sent, statistics.received],
		"Unanswered": str(client.lost_wishes),
		"Dropped": _count(statistics.dropped),
	}


static func of_server(game: Game) -> Dictionary:
	if game.server == null:
		return _nothing(["Status", "Players", "Packets", "Dropped"])
	var statistics := game.server.transport.get_statistics()
	return {
		"Status": "listening on port %d" % game.port,
		"Players": str(game.server.dots.size()),
		"Packets": "%d out, %d in" % [statistics.sent, statistics.received],
		"Dropped": _count(statistics.dropped),
	}


static func _status(client: Client) -> String:
	match client.state:
		Client.State.PLAYING:
			return "connected" if client.silence < 0.5 else "connected, silent for %.1f s" % client.silence
		Client.State.JOINING:
			return "handshaking"
	return client.last_error if client.last_error else "joining"


static func _nothing(names: PackedStringArray) -> Dictionary:
	var rows := { }
	for name in names:
		rows[name] = UNKNOWN
	return rows


static func _or_unknown(text: String) -> String:
	return text if text else UNKNOWN


static func _count(number: int) -> String:
	return str(number) if number >= 0 else UNKNOWN


static func _shortened(identity: String) -> String:
	var digits := identity.trim_prefix("sha256:")
	return identity if digits == identity else "sha256:%s…" % digits.left(FINGERPRINT_DIGITS)
