extends RefCounted
## The base of every test file. Each `test_*` method runs on an instance of its own.

const ErrorLog := preload("error_log.gd")

const SCRIPT_ERROR := "SCRIPT ERROR"

var tree: SceneTree
## The element of parameters() that this instance runs with.
var parameter: Variant
var deadline_msec := 20_000
## How many objects outlive the test by the engine's doing, so that they are no leak.
var objects_kept := 0
var failures: PackedStringArray = []
var finished := false

var _assertions := 0
var _expected_errors := { } # How often each is to come, by a part of its text


## Each test runs once per element, which names itself by a `label`.
func parameters() -> Array:
	return [null]


## Tests that need a newer one are left out, in the form of Engine.get_version_info().hex.
func oldest_godot() -> int:
	return 0x040300


## Runs before the test; a failure here takes its place.
func prepare() -> void:
	pass


func fail(reason: String) -> void:
	failures.append("%s (%s)" % [reason, _place()])


func assert_true(condition: bool, reason: String) -> bool:
	_assertions += 1
	if not condition:
		fail(reason)
	return condition


## Types count: 1, 1.0 and true are three values.
func assert_equal(actual: Variant, expected: Variant, what: String) -> bool:
	var same: bool = typeof(actual) == typeof(expected) and actual == expected
	return assert_true(same, "%s: %s instead of %s" % [what, var_to_str(actual), var_to_str(expected)])


## The test provokes errors or warnings with this text, that many times in all. Any other fails it.
func expect_error(part_of_text: String, times := 1) -> void:
	_assertions += 1
	_expected_errors[part_of_text] = _expected_errors.get(part_of_text, 0) + times


## Frames pass until the condition holds; false if it did not before the deadline.
func until(condition: Callable, patience_msec := 10_000) -> bool:
	var deadline := Time.get_ticks_msec() + patience_msec
	while not condition.call():
		if Time.get_ticks_msec() > deadline:
			return false
		await tree.process_frame
	return true


## The reasons why the test failed, given what was reported while it ran.
func verdict(reported: Array[ErrorLog.Entry]) -> PackedStringArray:
	var reasons := failures.duplicate()
	for part: String in _expected_errors:
		var is_expected := func(entry: ErrorLog.Entry) -> bool:
			# A script error silently ends a function: what came after it was never tested.
			return entry.kind != SCRIPT_ERROR and entry.text.contains(part)
		var seen := reported.filter(is_expected)
		if seen.size() != _expected_errors[part]:
			reasons.append("expected %d times, reported %d times: %s" % [_expected_errors[part], seen.size(), part])
		reported = reported.filter(func(entry: ErrorLog.Entry) -> bool: return not entry in seen)
	reasons.append_array(ErrorLog.describe(reported))
	if reasons.is_empty() and _assertions == 0:
		reasons.append("asserted nothing")
	return reasons


# The test's own line, or the innermost line outside this file. Before Godot 4.5, only a debugger knows it.
func _place() -> String:
	var own_file: String = get_script().resource_path
	var innermost := ""
	for frame: Dictionary in get_stack():
		var place := "%s:%d" % [frame.source, frame.line]
		if frame.source == own_file:
			return place
		if innermost.is_empty() and not place.contains("/test_case.gd:"):
			innermost = place
	return innermost
