extends Control
## Draws the arena: as dots what the first client has heard of it, and as rings where the server has the dots in truth.

const Client := preload("../game/client.gd")
const Game := preload("../game/game.gd")

const BACKGROUND := Color(0.067, 0.082, 0.11)
const LINES := Color(0.11, 0.135, 0.18)
const TEXT := Color(0.64, 0.69, 0.77)
const WARNING := Color(1.0, 0.75, 0.5)
const RING := Color(1, 1, 1, 0.35)
const DOT_RADIUS := 9.0
const RING_RADIUS := 13.0
const TRAIL_LENGTH := 40
const TRAIL_WIDTH := 5.0
const TRAIL_ALPHA := 0.5
const CELLS := 12
const CORNER_RADIUS := 8
const GOLDEN_RATIO := 0.618034
const FONT_SIZE := 13

## Where the pointer is in the arena; infinite outside it.
var pointer := Vector2.INF

var _dots := { }
var _truth := { }
var _own_number := 0
var _trails := { } # The last positions by number of the player
var _message := ""
var _frame := StyleBoxFlat.new()


func _init() -> void:
	clip_contents = true
	mouse_exited.connect(_on_mouse_exited)
	_frame.bg_color = BACKGROUND
	_frame.set_corner_radius_all(CORNER_RADIUS)


func show_game(game: Game) -> void:
	_truth = game.server.dots if game.server != null else { }
	_dots = _truth
	_own_number = 0
	if not game.clients.is_empty():
		var client := game.clients[0]
		_dots = client.dots
		_own_number = client.own_number
	_message = _message_about(game)
	_follow()
	queue_redraw()


func _gui_input(event: InputEvent) -> void:
	if event is InputEventMouseMotion:
		pointer = event.position / size


func _on_mouse_exited() -> void:
	pointer = Vector2.INF


func _message_about(game: Game) -> String:
	if game.is_cut and not game.clients.is_empty():
		return "The link is cut: the dots stay where they were last heard of"
	if game.server == null and game.clients.is_empty():
		return "Host a server, and join it"
	return ""


func _follow() -> void:
	for player: int in _trails.keys():
		if not _dots.has(player):
			_trails.erase(player)
	for player: int in _dots:
		var trail: PackedVector2Array = _trails.get(player, PackedVector2Array())
		trail.append(_dots[player])
		if trail.size() > TRAIL_LENGTH:
			trail.remove_at(0)
		_trails[player] = trail


func _draw() -> void:
	draw_style_box(_frame, Rect2(Vector2.ZERO, size))
	for cell in range(1, CELLS):
		var x := size.x * cell / CELLS
		draw_line(Vector2(x, 0), Vector2(x, size.y), LINES)
	var rows := roundi(CELLS * size.y / size.x)
	for row in range(1, rows):
		var y := size.y * row / rows
		draw_line(Vector2(0, y), Vector2(size.x, y), LINES)
	for player: int in _truth:
		draw_arc(_truth[player] * size, RING_RADIUS, 0, TAU, 32, RING, 1.0, true)
	for player: int in _dots:
		_draw_dot(player, _dots[player] * size)
	_draw_words()


func _draw_dot(player: int, at: Vector2) -> void:
	var color := Color.from_hsv(fposmod(player * GOLDEN_RATIO, 1.0), 0.55, 1.0)
	var trail: PackedVector2Array = _trails[player]
	var points := PackedVector2Array()
	var colors := PackedColorArray()
	for index in trail.size():
		points.append(trail[index] * size)
		colors.append(Color(color, TRAIL_ALPHA * index / trail.size()))
	if points.size() > 1:
		draw_polyline_colors(points, colors, TRAIL_WIDTH, true)
	draw_circle(at, DOT_RADIUS, color, true, -1.0, true)
	if player == _own_number:
		draw_arc(at, DOT_RADIUS + 1, 0, TAU, 32, Color.WHITE, 2.5, true)
		draw_string(get_theme_default_font(), at + Vector2(17, 5), "you", HORIZONTAL_ALIGNMENT_LEFT, -1, FONT_SIZE)


func _draw_words() -> void:
	var font := get_theme_default_font()
	draw_circle(Vector2(22, 22), 5, TEXT, true, -1.0, true)
	draw_string(font, Vector2(36, 27), "as the first client hears of it", HORIZONTAL_ALIGNMENT_LEFT, -1, FONT_SIZE, TEXT)
	draw_arc(Vector2(250, 22), 7, 0, TAU, 32, TEXT, 1.0, true)
	draw_string(font, Vector2(266, 27), "as the server has it", HORIZONTAL_ALIGNMENT_LEFT, -1, FONT_SIZE, TEXT)
	if _message:
		draw_string(font, Vector2(0, size.y - 18), _message, HORIZONTAL_ALIGNMENT_CENTER, size.x, 16, WARNING)
