extends RefCounted
## A run of the editor, without a window, on a project of its own that has our addon and one plugin.

const Scratch := preload("../runner/scratch.gd")

const EXTENSION := "res://addons/openssl_dtls/openssl_dtls.gdextension"
const PROJECT := """config_version=5
[application]
config/features=PackedStringArray("4.3")
[editor_plugins]
enabled=PackedStringArray("res://addons/plugin/plugin.cfg")
"""
const PLUGIN := """[plugin]
name="plugin"
description=""
author=""
version=""
script="plugin.gd"
"""
const PLACES: Array[String] = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"]
## More than a plugin needs, in case that it never quits.
const FRAMES := "20000"

var output: String
var exit_code: int


## Returns when the plugin has quit the editor, for the last time of so many.
func _init(plugin: GDScript, times := 1) -> void:
	var path := Scratch.make_folder()
	var directory := DirAccess.open(path)
	for each: String in [".godot", "addons/plugin"]:
		directory.make_dir_recursive(each)
	directory.create_link(ProjectSettings.globalize_path("res://addons/openssl_dtls"), path.path_join("addons/openssl_dtls"))
	_write(path.path_join("project.godot"), PROJECT)
	# The editor would otherwise find it only after the plugin has started.
	_write(path.path_join(".godot/extension_list.cfg"), EXTENSION)
	_write(path.path_join("addons/plugin/plugin.cfg"), PLUGIN)
	_write(path.path_join("addons/plugin/plugin.gd"), plugin.source_code)

	var outputs := []
	var arguments: PackedStringArray = ["--headless", "--editor", "--path", path, "--quit-after", FRAMES]
	var godot := OS.get_environment("GODOT")
	if godot.is_empty():
		godot = OS.get_executable_path()
	# The editor keeps its settings and caches there, and not with those of the developer.
	var before := { }
	for place in PLACES:
		if OS.has_environment(place):
			before[place] = OS.get_environment(place)
		OS.set_environment(place, path)
	for time in times:
		outputs.clear()
		exit_code = OS.execute(godot, arguments, outputs, true)
	for place in PLACES:
		OS.unset_environment(place)
	for place: String in before:
		OS.set_environment(place, before[place])
	output = outputs[0]


static func _write(path: String, text: String) -> void:
	FileAccess.open(path, FileAccess.WRITE).store_string(text)
