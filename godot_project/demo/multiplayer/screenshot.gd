extends SceneTree
## Takes the book's picture of this demo: "godot --script res://demo/multiplayer/screenshot.gd -- FILE".

const Multiplayer := preload("multiplayer.gd")

const SCENE := preload("multiplayer.tscn")
const CLIENTS := 3
const FRAMES := 300
const FRAMES_OF_WAVE := 24


func _initialize() -> void:
	var demo: Multiplayer = SCENE.instantiate()
	root.add_child(demo)
	# Only the last frame is drawn, because without a graphics card drawing takes the time of several frames.
	RenderingServer.render_loop_enabled = false
	Engine.max_fps = 60
	await process_frame
	demo.add_client()
	while demo.server.players().size() < CLIENTS:
		await process_frame
	await _pass(FRAMES)
	demo.clients[0].wave()
	await _pass(FRAMES_OF_WAVE)
	RenderingServer.force_draw()
	quit(root.get_texture().get_image().save_png(OS.get_cmdline_user_args()[0]))


func _pass(frames: int) -> void:
	for frame in frames:
		await process_frame
