extends SceneTree
## Runs every `test_*` method found below res://tests/ and prints one line a test.
##
##     godot --headless --path godot_project --script res://tests/runner/run.gd -- [filter]
##
## The filter is a part of a test's name, `file::method[parameter]`. `--in=<folder>` looks elsewhere for tests.

const FOLDER_OPTION := "--in="


func _initialize() -> void:
	# Errors can be heard since Godot 4.5. Anything naming Logger is loaded after this check, or an older
	# engine would answer with a parse error instead of a reason.
	if not ClassDB.class_exists(&"Logger"):
		printerr("The test runner needs Godot 4.5 or later; this is %s." % Engine.get_version_info().string)
		quit(1)
		return
	var folder := "res://tests"
	var filter := ""
	for argument in OS.get_cmdline_user_args():
		if argument.begins_with(FOLDER_OPTION):
			folder = argument.trim_prefix(FOLDER_OPTION)
		else:
			filter = argument
	var suite: RefCounted = load("res://tests/runner/suite.gd").new(self, folder, filter)
	quit(await suite.run())
