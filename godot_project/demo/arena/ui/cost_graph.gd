extends Control
## Draws what networking has cost the last frames on the main thread.

## In points. Each is the mean of a few frames, because clients do not send in every frame.
const LENGTH := 160
const FRAMES_PER_POINT := 4
const SERVER := Color(0.36, 0.68, 1.0)
const CLIENTS := Color(1.0, 0.72, 0.36)
const LINES := Color(0.16, 0.19, 0.25)
const TEXT := Color(0.64, 0.69, 0.77)
const FONT_SIZE := 12
const MARGIN_LEFT := 56.0
## Tops of the scale, in microseconds.
const SCALES: Array[int] = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000]

var _server: PackedInt32Array = []
var _clients: PackedInt32Array = []


var _frames := 0
var _server_sum := 0
var _clients_sum := 0


func add_frame(server_usec: int, clients_usec: int) -> void:
	_server_sum += server_usec
	_clients_sum += clients_usec
	_frames += 1
	if _frames == FRAMES_PER_POINT:
		@warning_ignore("integer_division")
		_append(_server, _server_sum / FRAMES_PER_POINT)
		@warning_ignore("integer_division")
		_append(_clients, _clients_sum / FRAMES_PER_POINT)
		_frames = 0
		_server_sum = 0
		_clients_sum = 0
		queue_redraw()


## In microseconds.
func server_median() -> int:
	return _median(_server)


func clients_median() -> int:
	return _median(_clients)


static func _append(series: PackedInt32Array, value: int) -> void:
	series.append(value)
	if series.size() > LENGTH:
		series.remove_at(0)


static func _median(series: PackedInt32Array) -> int:
	var sorted := series.duplicate()
	sorted.sort()
	@warning_ignore("integer_division")
	return sorted[sorted.size() / 2] if not sorted.is_empty() else 0


func _draw() -> void:
	var top := _top()
	var font := get_theme_default_font()
	for step in 3:
		var y := size.y * step / 2
		draw_line(Vector2(MARGIN_LEFT, y), Vector2(size.x, y), LINES)
		@warning_ignore("integer_division")
		var text := _in_words(top * (2 - step) / 2)
		var text_y := clampf(y + FONT_SIZE * 0.4, FONT_SIZE, size.y)
		draw_string(font, Vector2(0, text_y), text, HORIZONTAL_ALIGNMENT_RIGHT, MARGIN_LEFT - 10, FONT_SIZE, TEXT)
	_draw_series(_clients, CLIENTS, top)
	_draw_series(_server, SERVER, top)


## The scale holds most points. Some may be cut off, so that a few slow frames do not flatten all others.
func _top() -> int:
	var sorted := _server + _clients
	sorted.sort()
	@warning_ignore("integer_division")
	var high := sorted[sorted.size() * 9 / 10] if not sorted.is_empty() else 0
	for scale_top in SCALES:
		if scale_top >= high:
			return scale_top
	return SCALES[-1]


func _draw_series(series: PackedInt32Array, color: Color, top: int) -> void:
	var points := PackedVector2Array()
	for index in series.size():
		var x := lerpf(MARGIN_LEFT, size.x, float(LENGTH - series.size() + index) / (LENGTH - 1))
		points.append(Vector2(x, size.y * (1.0 - minf(float(series[index]) / top, 1.0))))
	if points.size() > 1:
		draw_polyline(points, color, 2.0, true)


static func _in_words(usec: int) -> String:
	return "%d µs" % usec if usec < 1_000 else "%.1f ms" % (usec / 1000.0)
