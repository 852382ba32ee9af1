extends RefCounted
## The folder for what a run writes. Whoever starts the run names it, and removes it afterwards.

const OPTION := "--scratch="
## What the engine prints and reports: `--log-file` names it.
const LOG := "godot.log"

static var _folders_made := 0


static func path_to(file: String) -> String:
	for argument in OS.get_cmdline_user_args():
		if argument.begins_with(OPTION):
			return argument.trim_prefix(OPTION).path_join(file)
	return ""


## The path of a new folder.
static func make_folder() -> String:
	_folders_made += 1
	var path := path_to("folder_%d" % _folders_made)
	DirAccess.make_dir_recursive_absolute(path)
	return path
