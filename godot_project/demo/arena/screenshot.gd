extends SceneTree
## Takes the README's picture of the arena: "godot --script res://demo/arena/screenshot.gd --fixed-fps 60 -- FILE".

const Arena := preload("arena.gd")
const Options := preload("options.gd")

const SCENE := preload("arena.tscn")
const FRAMES := 600


func _initialize() -> void:
	var arena: Arena = SCENE.instantiate()
	arena.options = Options.new()
	arena.options.port = 0
	root.add_child(arena)
	# The addon's threads need time of their own, however fast the frames are drawn.
	await process_frame
	while arena.game.server.dots.size() < Options.CLIENTS:
		await process_frame
	for frame in FRAMES:
		await process_frame
	quit(root.get_texture().get_image().save_png(OS.get_cmdline_user_args()[0]))
