extends "res://tests/runner/test_case.gd"
## What the editor's debugger shows of the demo's scripts.

const SETTINGS := "debug/gdscript/warnings/"
const WARN := 1
const AS_ERROR := 2


func test_the_demo_s_scripts_have_no_warnings() -> void:
	var warnings: PackedStringArray = []
	for property in ProjectSettings.get_property_list():
		if property.name.begins_with(SETTINGS) and property.type == TYPE_INT:
			if ProjectSettings.get_setting(property.name) == WARN:
				warnings.append(property.name)
	assert_true(not warnings.is_empty(), "no warnings are known")
	var scripts := _scripts_in("res://demo")
	objects_kept = scripts.size()
	await _set_levels(warnings, AS_ERROR)
	for path in scripts:
		# Not the script that is loaded already.
		var script := ResourceLoader.load(path, "GDScript", ResourceLoader.CACHE_MODE_IGNORE) as GDScript
		assert_true(script != null and script.can_instantiate(), "a warning in " + path)
	await _set_levels(warnings, WARN)


## The engine's parser reads them when they are announced, in the next frame.
func _set_levels(warnings: PackedStringArray, level: int) -> void:
	for warning in warnings:
		ProjectSettings.set_setting(warning, level)
	await ProjectSettings.settings_changed


func _scripts_in(folder: String) -> PackedStringArray:
	var scripts: PackedStringArray = []
	for file in DirAccess.get_files_at(folder):
		if file.get_extension() == "gd":
			scripts.append(folder.path_join(file))
	for child in DirAccess.get_directories_at(folder):
		scripts.append_array(_scripts_in(folder.path_join(child)))
	return scripts
