extends "res://tests/runner/test_case.gd"
## The runner has to fail what deserves it. It is shown faulty tests in a process of its own, because the script
## errors among them belong in no log of a healthy run.

const Lines := preload("support/lines.gd")
const Scratch := preload("runner/scratch.gd")

const FIXTURES := "res://tests/runner/fixtures"
const NO_TESTS := "res://tests/support"

static var _report_of_faults := ""


func test_a_passing_test_is_ok() -> void:
	_assert_passes("test_that_passes")
	_assert_passes("test_that_passes_after_waiting")


func test_a_failing_assertion_fails_with_its_values_and_its_line() -> void:
	var reasons := _reasons_of("test_with_a_failing_assertion")
	assert_true(reasons.contains("the answer: 54 instead of 42"), reasons)
	# Before Godot 4.5, only a debugger knows the line.
	if not get_stack().is_empty():
		assert_true(reasons.contains("(res://tests/runner/fixtures/test_faults.gd:"), reasons)


func test_values_of_different_types_are_not_equal() -> void:
	_assert_fails("test_with_a_value_of_another_type", "the type: 1 instead of 1.0")


func test_a_script_error_fails() -> void:
	_assert_fails("test_with_a_script_error", "SCRIPT ERROR: Invalid call. Nonexistent function 'answer'")
	_assert_fails("test_with_a_script_error_after_waiting", "SCRIPT ERROR: Invalid call. Nonexistent function 'answer'")


func test_a_script_error_fails_even_if_it_is_expected() -> void:
	_assert_fails("test_with_a_script_error_that_it_expects", "SCRIPT ERROR: Invalid call.")


func test_asserting_nothing_fails() -> void:
	_assert_fails("test_that_asserts_nothing", "asserted nothing")


func test_an_unexpected_error_or_warning_fails() -> void:
	_assert_fails("test_with_an_unexpected_error", "ERROR: out of the blue")
	_assert_fails("test_with_an_unexpected_warning", "WARNING: grey clouds")


func test_an_error_of_two_lines_is_told_in_full() -> void:
	_assert_fails("test_with_an_unexpected_error_of_two_lines", "ERROR: out of\nthe blue (")


func test_an_unexpected_error_of_a_thread_fails() -> void:
	_assert_fails("test_with_an_unexpected_error_of_a_thread", "ERROR: out of another thread")


func test_an_expected_error_passes_if_it_comes_as_often_as_expected() -> void:
	_assert_passes("test_with_an_error_that_it_expects")
	_assert_fails("test_with_one_error_more_than_expected", "expected 1 times, reported 2 times: as announced")
	_assert_fails("test_without_the_error_that_it_expects", "expected 1 times, reported 0 times: never comes")


func test_a_test_that_never_ends_fails() -> void:
	_assert_fails("test_that_never_ends", "did not end within 200 ms")


func test_leaked_objects_fail() -> void:
	_assert_fails("test_that_leaks_a_node", "leaked 1 objects")
	_assert_fails("test_that_leaks_a_cycle", "leaked 1 objects")


func test_each_parameter_is_a_test_of_its_own() -> void:
	var run := _run(["--in=" + FIXTURES, "test_parametrised"])
	assert_true("ok      test_parametrised.gd::test_each[good]" in run.lines, "\n".join(run.lines))
	assert_true("FAILED  test_parametrised.gd::test_each[bad]" in run.lines, "\n".join(run.lines))


func test_tests_that_need_a_newer_godot_are_left_out_and_named() -> void:
	var run := _run(["--in=" + FIXTURES, "test_of_the_future"])
	assert_equal(run.exit_code, 0, "exit code")
	assert_true("left out test_of_the_future.gd: it needs a newer Godot" in run.lines, "\n".join(run.lines))
	assert_true("0 passed, 0 failed" in run.lines, "\n".join(run.lines))


func test_a_run_with_a_failure_ends_with_its_counts_and_exit_code_1() -> void:
	var run := _run(["--in=" + FIXTURES, "test_parametrised"])
	assert_equal(run.exit_code, 1, "exit code")
	assert_true("1 passed, 1 failed" in run.lines, "\n".join(run.lines))


func test_a_filter_picks_one_test_by_name() -> void:
	var run := _run(["--in=" + FIXTURES, "test_each[good]"])
	assert_equal(run.exit_code, 0, "exit code")
	assert_true("1 passed, 0 failed" in run.lines, "\n".join(run.lines))


func test_a_filter_that_matches_nothing_is_no_failure() -> void:
	var run := _run(["--in=" + FIXTURES, "no test is called this"])
	assert_equal(run.exit_code, 0, "exit code")
	assert_true("0 passed, 0 failed" in run.lines, "\n".join(run.lines))


func test_no_tests_at_all_is_a_failure() -> void:
	var run := _run(["--in=" + NO_TESTS])
	assert_equal(run.exit_code, 1, "exit code")
	assert_true("0 passed, 0 failed" in run.lines, "\n".join(run.lines))


func test_a_file_that_does_not_parse_fails_whatever_the_filter() -> void:
	var folder := Scratch.make_folder()
	var file := FileAccess.open(folder.path_join("test_broken.gd"), FileAccess.WRITE)
	file.store_string("func test_broken(")
	file.close()
	var run := _run(["--in=" + folder, "no test is called this"])
	assert_equal(run.exit_code, 1, "exit code")
	assert_true("FAILED  test_broken.gd" in run.lines, "\n".join(run.lines))


func _assert_passes(test: String) -> void:
	assert_true(_faults().contains("\nok      test_faults.gd::%s\n" % test), _reasons_of(test))


func _assert_fails(test: String, reason: String) -> void:
	var reasons := _reasons_of(test)
	assert_true(reasons.contains(reason), "%s: %s" % [test, reasons])


# The indented lines below the headline of a failed test.
func _reasons_of(test: String) -> String:
	var reasons: PackedStringArray = []
	var found := false
	for line in _faults().split("\n"):
		if found and line.begins_with("        "):
			reasons.append(line.strip_edges())
		elif found and not reasons.is_empty():
			break
		found = found or (line.begins_with("FAILED  ") and line.ends_with("::" + test))
	return "\n".join(reasons)


func _faults() -> String:
	if _report_of_faults.is_empty():
		_report_of_faults = "\n".join(_run(["--in=" + FIXTURES]).lines)
	return _report_of_faults


func _run(arguments: PackedStringArray) -> Dictionary:
	var output := []
	var scratch := Scratch.make_folder()
	var runner: PackedStringArray = [
		"--headless", "--path", ProjectSettings.globalize_path("res://"), "--log-file", scratch.path_join(Scratch.LOG),
		"--script", "res://tests/runner/run.gd", "--", Scratch.OPTION + scratch,
	]
	# A Godot that is started through a wrapper is named by the environment.
	var godot := OS.get_environment("GODOT")
	if godot.is_empty():
		godot = OS.get_executable_path()
	var exit_code := OS.execute(godot, runner + arguments, output, true)
	return { exit_code = exit_code, lines = Lines.of(output[0]) }
