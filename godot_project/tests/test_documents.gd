extends "res://tests/runner/test_case.gd"
## docs/differences.md, docs/coverage.md and docs/threat-model.md promise tests, and coverage.md leaves nothing out.

const Implementation := preload("support/implementation.gd")

const DOCUMENTS: PackedStringArray = ["differences.md", "coverage.md", "threat-model.md"]
const COVERAGE := "coverage.md"
const MULTIPLAYER: PackedStringArray = ["ENetMultiplayerPeer"]
## Classes that the engine has no counterpart of.
const OWN: PackedStringArray = ["DTLSPacketBatchOpenSSL"]

## The cells of a table's row, and the heading above it.
class Row:
	var heading: String
	var cells: PackedStringArray

	func _init(p_heading: String, line: String) -> void:
		heading = p_heading
		cells = line.trim_prefix("|").trim_suffix("|").split("|")

	func names_in(cell: String) -> PackedStringArray:
		var names: PackedStringArray = []
		for found in RegEx.create_from_string("`(\\w+)`").search_all(cell):
			names.append(found.get_string(1))
		return names


func test_every_row_names_tests_that_exist() -> void:
	var existing := _tests_in_gdscript() + _tests_in_rust()
	for document in DOCUMENTS:
		var rows := _rows(document)
		assert_true(not rows.is_empty(), "no rows in " + document)
		for row in rows:
			var names := row.names_in(row.cells[-1])
			assert_true(not names.is_empty(), "no test is named for %s in %s" % [row.cells[0], document])
			for name in names:
				assert_true(name in existing, "no such test: %s (%s)" % [name, document])


func test_everything_that_our_classes_have_is_covered() -> void:
	var covered := _covered()
	var ours := Implementation.ours()
	var counterparts := Array(Implementation.CLASSES + MULTIPLAYER).map(ours.class_called)
	for our_class: String in counterparts + Array(OWN):
		for member in _members_of(our_class, true):
			assert_true(member in covered.get(our_class, []), "no row for %s.%s" % [our_class, member])


func test_everything_that_is_covered_exists() -> void:
	var covered := _covered()
	for our_class: String in covered:
		var members := _members_of(our_class, false)
		for name: String in covered[our_class]:
			assert_true(name in members, "%s has no %s" % [our_class, name])


## The names of each class that have a row.
func _covered() -> Dictionary:
	var covered := { }
	for row in _rows(COVERAGE):
		if ClassDB.class_exists(row.heading):
			covered.get_or_add(row.heading, []).append_array(row.names_in(row.cells[0]))
	return covered


## Methods that scripts call, properties and constants. A property stands for its setter and getter.
func _members_of(our_class: String, only_own: bool) -> PackedStringArray:
	var members := ClassDB.class_get_integer_constant_list(our_class, only_own)
	var accessors: PackedStringArray = []
	for property in ClassDB.class_get_property_list(our_class, only_own):
		if not property.usage & (PROPERTY_USAGE_CATEGORY | PROPERTY_USAGE_GROUP | PROPERTY_USAGE_SUBGROUP):
			members.append(property.name)
			for prefix: String in ["get_", "set_", "is_"]:
				accessors.append(prefix + property.name)
	for method in ClassDB.class_get_method_list(our_class, only_own):
		if not method.name.begins_with("_") and not method.name in accessors:
			members.append(method.name)
	return members


func _rows(document: String) -> Array[Row]:
	var rows: Array[Row] = []
	var heading := ""
	var is_body := false
	for line in FileAccess.get_file_as_string(_path_to("docs").path_join(document)).split("\n"):
		if line.begins_with("## "):
			heading = line.trim_prefix("## ")
		if is_body and line.begins_with("|"):
			rows.append(Row.new(heading, line))
		is_body = line.begins_with("|---") or (is_body and line.begins_with("|"))
	return rows


func _tests_in_gdscript() -> PackedStringArray:
	return _found_in("res://tests", "gd", "(?m)^func (test_\\w+)")


func _tests_in_rust() -> PackedStringArray:
	return _found_in(_path_to("rust"), "rs", "#\\[test\\]\\s+(?:#\\[.*\\]\\s+)*fn (\\w+)")


func _found_in(folder: String, extension: String, pattern: String) -> PackedStringArray:
	var names: PackedStringArray = []
	for file in DirAccess.get_files_at(folder):
		if file.get_extension() == extension:
			var text := FileAccess.get_file_as_string(folder.path_join(file))
			for found in RegEx.create_from_string(pattern).search_all(text):
				names.append(found.get_string(1))
	for child in DirAccess.get_directories_at(folder):
		names.append_array(_found_in(folder.path_join(child), extension, pattern))
	return names


## A path of the repository.
func _path_to(file: String) -> String:
	return ProjectSettings.globalize_path("res://").path_join("..").path_join(file)
