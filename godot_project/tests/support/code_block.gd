extends RefCounted
## A fenced block of GDScript in a document, or in the help of a class.

const FENCE := "```"
## What a block that is part of a script may use without declaring it.
const MEMBERS := {
	"server": "var server: DTLSServerOpenSSL",
	"dtls": "var dtls: PacketPeerDTLSOpenSSL",
	"peer": "var peer: PacketPeerDTLSOpenSSL",
	"peers": "var peers: Array[PacketPeerDTLSOpenSSL]",
	"enet": "var enet: ENetMultiplayerPeerOpenSSL",
	"options": "var options: TLSOptionsOpenSSL",
	"udp": "var udp: PacketPeerUDP",
	"udp_server": "var udp_server: UDPServer",
	"certificate": "var certificate: X509Certificate",
	"key": "var key: PackedByteArray",
	"lobby": "var lobby: Dictionary",
	"ticket": "var ticket: Dictionary",
	"players": "var players: Dictionary",
	"player_id": "var player_id: String",
	"banned_players": "var banned_players: PackedStringArray",
	"snapshot": "var snapshot: PackedByteArray",
	"near": "var near: PackedInt64Array",
	"offsets": "var offsets: PackedInt64Array",
	"lengths": "var lengths: PackedInt32Array",
	"data": "var data: PackedByteArray",
	"i": "var i: int",
	"move_player": "func move_player(_id: int, _target: Vector2) -> void: pass",
	"token": "var token: String",
	"token_secret": "var token_secret: PackedByteArray",
	"hmac": "func hmac(_key: PackedByteArray, _data: PackedByteArray) -> PackedByteArray: return []",
	"is_valid": "func is_valid(_token: PackedByteArray) -> bool: return false",
	"match_address": "var match_address: String",
	"match_port": "var match_port: int",
	"accepting": "var accepting: bool",
	"server_options": "func server_options() -> TLSOptionsOpenSSL: return null",
}

var document: String
var line: int
## The heading above it; empty in the help of a class.
var heading: String
var language: String
var source: String
var _indent: String


## The blocks of GDScript of a Markdown file, or of the doc comments of a file in Rust. The path starts at the repository.
static func of(document: String) -> Array[RefCounted]:
	var blocks: Array[RefCounted] = []
	var lines := FileAccess.get_file_as_string(path_to(document)).split("\n")
	var current_heading := ""
	var block: RefCounted = null
	for number in lines.size():
		var text := lines[number]
		if document.ends_with(".rs"):
			# Outside of comments there is no fence.
			text = text.strip_edges().trim_prefix("///").trim_prefix(" ")
		var is_fence := text.strip_edges().begins_with(FENCE)
		if block == null and is_fence:
			block = new()
			block.document = document
			block.line = number + 1
			block.heading = current_heading
			block.language = text.strip_edges().trim_prefix(FENCE)
			block._indent = text.left(text.find(FENCE))
		elif block == null and text.begins_with("#"):
			current_heading = text.lstrip("# ")
		elif block != null and is_fence:
			blocks.append(block)
			block = null
		elif block != null:
			block.source += text.trim_prefix(block._indent) + "\n"
	return blocks.filter(func(each: RefCounted) -> bool: return each.language == "gdscript")


## A path of the repository.
static func path_to(file: String) -> String:
	return ProjectSettings.globalize_path("res://").path_join("..").path_join(file)


## Whether it can be a file by itself.
func is_whole() -> bool:
	return RegEx.create_from_string("(?m)^extends ").search(source) != null


## The script, or null if it does not compile. The keys of `replacements` are replaced in the source before.
func compile(replacements := { }) -> GDScript:
	var script := GDScript.new()
	script.source_code = source if is_whole() else _completed()
	for text: String in replacements:
		script.source_code = script.source_code.replace(text, replacements[text])
	return script if script.reload() == OK else null


## A part of a script, with the members that it does not declare. Statements become the function `run`.
func _completed() -> String:
	var body := source
	var declared: Array = []
	if RegEx.create_from_string("(?m)^func ").search(source) == null:
		body = "func run() -> void:\n" + source.indent("\t")
	else:
		declared = RegEx.create_from_string("(?m)^(?:func|const|var) (\\w+)").search_all(source).map(
			func(found: RegExMatch) -> String: return found.get_string(1))
	var lines: PackedStringArray = ["extends Node"]
	for name: String in MEMBERS:
		if not name in declared:
			lines.append(MEMBERS[name])
	return "\n".join(lines) + "\n" + body
