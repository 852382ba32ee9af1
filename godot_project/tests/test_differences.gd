extends "res://tests/runner/test_case.gd"
## docs/differences.md promises a test for each of its rows.

const DOCUMENT := "../docs/differences.md"
const FOLDERS: PackedStringArray = ["res://tests/parity", "res://tests/hostile", "res://tests/identity"]


func test_every_row_names_tests_that_exist() -> void:
	var existing := _names_of_tests()
	var rows := 0
	for line in _document().split("\n"):
		if line.begins_with("| ") and not line.begins_with("| behaviour"):
			rows += 1
			var names := _names_in(line)
			assert_true(not names.is_empty(), "no test is named in: " + line)
			for name in names:
				assert_true(name in existing, "no such test: " + name)
	assert_true(rows > 0, "no rows in " + DOCUMENT)


func _document() -> String:
	return FileAccess.get_file_as_string(ProjectSettings.globalize_path("res://").path_join(DOCUMENT))


func _names_in(text: String) -> PackedStringArray:
	var names: PackedStringArray = []
	for found in RegEx.create_from_string("test_\\w+").search_all(text):
		names.append(found.get_string())
	return names


func _names_of_tests() -> PackedStringArray:
	var names: PackedStringArray = []
	for folder in FOLDERS:
		for file in DirAccess.get_files_at(folder):
			if file.ends_with(".gd"):
				names.append_array(_names_in(FileAccess.get_file_as_string(folder.path_join(file))))
	return names
