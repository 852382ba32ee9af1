extends "res://tests/runner/test_case.gd"
## What the tests read of other programs.

const Lines := preload("support/lines.gd")


func test_a_program_s_lines_are_the_same_on_windows() -> void:
	var lines: PackedStringArray = ["one", "", "two", ""]
	for ending: String in ["\n", "\r\n"]:
		assert_equal(Lines.of(ending.join(lines)), lines, var_to_str(ending))
