extends SceneTree
## Takes the README's picture of the arena: "godot --script res://demo/arena/screenshot.gd -- FILE".

const Arena := preload("arena.gd")
const Options := preload("options.gd")

const SCENE := preload("arena.tscn")
const FRAMES := 700


func _initialize() -> void:
	var arena: Arena = SCENE.instantiate()
	arena.options = Options.new()
	arena.options.port = 0
	root.add_child(arena)
	# Only the last frame is drawn, because without a graphics card drawing takes the time of several frames.
	RenderingServer.render_loop_enabled = false
	Engine.max_fps = 60
	await process_frame
	while arena.game.server.dots.size() < Options.CLIENTS:
		await process_frame
	for frame in FRAMES:
		await process_frame
	RenderingServer.force_draw()
	quit(root.get_texture().get_image().save_png(OS.get_cmdline_user_args()[0]))
