extends RefCounted
## Every error and warning that the engine, a script or an extension reports.

const EngineLog := preload("engine_log.gd")

## Godot 4.3 and 4.4 write "USER" before what scripts and extensions report.
const BEGINNING := "^(?:USER )?((?:SCRIPT |SHADER )?ERROR|WARNING): (.*)$"
## Comes after the text, which may have several lines.
const ORIGIN := "^ +at: .*\\((.*)\\)"
## The line of GDScript that led there says more than a line inside the engine. Known since Godot 4.5.
const INNERMOST_FRAME := "^ +\\[0\\] .*\\((.*)\\)"

class Entry:
	## ERROR, WARNING, SCRIPT ERROR or SHADER ERROR.
	var kind: String
	var text: String
	var place: String

	func _to_string() -> String:
		return "%s: %s (%s)" % [kind, text, place]


var _log := EngineLog.new()
var _beginning := RegEx.create_from_string(BEGINNING)
var _origin := RegEx.create_from_string(ORIGIN)
var _innermost_frame := RegEx.create_from_string(INNERMOST_FRAME)


## What came since the last call.
func take() -> Array[Entry]:
	var entries: Array[Entry] = []
	for line in _log.take():
		var beginning := _beginning.search(line)
		if beginning != null:
			entries.append(Entry.new())
			entries[-1].kind = beginning.get_string(1)
			entries[-1].text = beginning.get_string(2)
		elif not entries.is_empty():
			_read_on(entries[-1], line)
	return entries


func _read_on(entry: Entry, line: String) -> void:
	var origin := (_origin if entry.place.is_empty() else _innermost_frame).search(line)
	if origin != null:
		entry.place = origin.get_string(1)
	elif entry.place.is_empty():
		entry.text += "\n" + line


static func describe(entries: Array[Entry]) -> PackedStringArray:
	var times := { }
	for entry in entries:
		times[str(entry)] = times.get(str(entry), 0) + 1
	var lines: PackedStringArray = []
	for text: String in times:
		lines.append(text if times[text] == 1 else "%s, %d times" % [text, times[text]])
	return lines
