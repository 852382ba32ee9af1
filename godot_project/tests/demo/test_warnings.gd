extends "res://tests/runner/test_case.gd"
## What the editor's debugger shows of the demo's scripts.

const Warnings := preload("../support/gdscript_warnings.gd")


func test_the_demo_s_scripts_have_no_warnings() -> void:
	var warnings := Warnings.shown()
	assert_true(not warnings.is_empty(), "no warnings are known")
	var scripts := _scripts_in("res://demo")
	objects_kept = scripts.size()
	await Warnings.set_levels(warnings, Warnings.AS_ERROR)
	for path in scripts:
		# Not the script that is loaded already.
		var script := ResourceLoader.load(path, "GDScript", ResourceLoader.CACHE_MODE_IGNORE) as GDScript
		assert_true(script != null and script.can_instantiate(), "a warning in " + path)
	await Warnings.set_levels(warnings, Warnings.WARN)


func _scripts_in(folder: String) -> PackedStringArray:
	var scripts: PackedStringArray = []
	for file in DirAccess.get_files_at(folder):
		if file.get_extension() == "gd":
			scripts.append(folder.path_join(file))
	for child in DirAccess.get_directories_at(folder):
		scripts.append_array(_scripts_in(folder.path_join(child)))
	return scripts
