extends RefCounted
## Which warnings the engine's parser gives.

const SETTINGS := "debug/gdscript/warnings/"
const IGNORE := 0
const WARN := 1
const AS_ERROR := 2


## Those that are shown, and are no errors.
static func shown() -> PackedStringArray:
	var warnings: PackedStringArray = []
	for property in ProjectSettings.get_property_list():
		if property.name.begins_with(SETTINGS) and property.type == TYPE_INT:
			if ProjectSettings.get_setting(property.name) == WARN:
				warnings.append(property.name.trim_prefix(SETTINGS))
	return warnings


## The parser reads them when they are announced, in the next frame.
static func set_levels(warnings: PackedStringArray, level: int) -> void:
	for warning in warnings:
		ProjectSettings.set_setting(SETTINGS + warning, level)
	await ProjectSettings.settings_changed
