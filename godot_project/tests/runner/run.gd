extends SceneTree
## Runs every `test_*` method found below res://tests/ and prints one line a test.
##
##     godot --headless --path godot_project --log-file <folder>/godot.log --script res://tests/runner/run.gd \
##             -- --scratch=<folder> [filter]
##
## The filter is a part of a test's name, `file::method[parameter]`. `--in=<folder>` looks elsewhere for tests.

const Scratch := preload("scratch.gd")

const FOLDER_OPTION := "--in="


func _initialize() -> void:
	var folder := "res://tests"
	var filter := ""
	for argument in OS.get_cmdline_user_args():
		if argument.begins_with(FOLDER_OPTION):
			folder = argument.trim_prefix(FOLDER_OPTION)
		elif not argument.begins_with(Scratch.OPTION):
			filter = argument
	if not FileAccess.file_exists(Scratch.path_to(Scratch.LOG)):
		printerr("Give the run a folder: --log-file <folder>/%s before the --, and %s<folder> after it." % [Scratch.LOG, Scratch.OPTION])
		quit(1)
		return
	var suite: RefCounted = load("res://tests/runner/suite.gd").new(self, folder, filter)
	quit(await suite.run())
