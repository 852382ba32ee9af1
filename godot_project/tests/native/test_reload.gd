extends "res://tests/runner/test_case.gd"
## A developer builds the library again while the editor has a server and a client of it.

const Plugin := preload("../support/reloading_plugin.gd")

const PROJECT := """config_version=5
[application]
config/features=PackedStringArray("4.3")
[editor_plugins]
enabled=PackedStringArray("res://addons/reloading/plugin.cfg")
"""
const PLUGIN := """[plugin]
name="reloading"
description=""
author=""
version=""
script="plugin.gd"
"""
const PLACES: Array[String] = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"]
## More than the plugin needs, in case that it never quits.
const FRAMES := "20000"


func test_the_editor_reloads_the_library_under_a_live_server_and_a_tool_script_serves_again() -> void:
	deadline_msec = 120_000
	var folder := DirAccess.create_temp("dtls_reload")
	var path := folder.get_current_dir()
	for each: String in [".godot", "addons/reloading"]:
		folder.make_dir_recursive(each)
	folder.create_link(ProjectSettings.globalize_path("res://addons/openssl_dtls"), path.path_join("addons/openssl_dtls"))
	_write(path.path_join("project.godot"), PROJECT)
	# The editor would otherwise find it only after the plugin has started.
	_write(path.path_join(".godot/extension_list.cfg"), Plugin.EXTENSION)
	_write(path.path_join("addons/reloading/plugin.cfg"), PLUGIN)
	_write(path.path_join("addons/reloading/plugin.gd"), (Plugin as GDScript).source_code)

	var output := []
	var arguments: PackedStringArray = ["--headless", "--editor", "--path", path, "--quit-after", FRAMES]
	var godot := OS.get_environment("GODOT")
	if godot.is_empty():
		godot = OS.get_executable_path()
	# The editor keeps its settings and caches there, and not with those of the developer.
	var before: Dictionary[String, String] = { }
	for place in PLACES:
		if OS.has_environment(place):
			before[place] = OS.get_environment(place)
		OS.set_environment(place, path)
	var exit_code := OS.execute(godot, arguments, output, true)
	for place in PLACES:
		OS.unset_environment(place)
	for place in before:
		OS.set_environment(place, before[place])
	var lines: PackedStringArray = output[0].split("\n")
	assert_true(Plugin.SUCCESS in lines, output[0])
	assert_equal(exit_code, 0, "exit code")
	# The temporary folder is removed with all that is in it, but not what the link leads to.
	DirAccess.remove_absolute(path.path_join("addons/openssl_dtls"))


func _write(path: String, text: String) -> void:
	FileAccess.open(path, FileAccess.WRITE).store_string(text)
