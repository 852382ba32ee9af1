extends RefCounted
## Finds the tests of a folder, runs them one after another and says how each went.

const TestCase := preload("test_case.gd")
const ErrorLog := preload("error_log.gd")
const FOLDERS_WITHOUT_TESTS: PackedStringArray = ["runner", "support"]
const FRAMES_TO_SETTLE := 3

var _tree: SceneTree
var _folder: String
var _filter: String
var _log := ErrorLog.new()
var _passed := 0
var _failed := 0


func _init(tree: SceneTree, folder: String, filter: String) -> void:
	_tree = tree
	_folder = folder
	_filter = filter


## The exit code of the run.
func run() -> int:
	# The engine makes objects of its own in its first frames, which would look like leaks of the first test.
	for frame in FRAMES_TO_SETTLE:
		await _tree.process_frame
	for path in _files(_folder):
		await _run_file(path)
		_report_errors_between_tests()
	# With a filter, nothing found may only mean that it was meant for tests in another language.
	var nothing_to_run := _passed + _failed == 0 and _filter.is_empty()
	if nothing_to_run:
		printerr("No tests below %s." % _folder)
	print("%d passed, %d failed" % [_passed, _failed])
	return 1 if _failed > 0 or nothing_to_run else 0


func _files(folder: String) -> PackedStringArray:
	var found: PackedStringArray = []
	for file in DirAccess.get_files_at(folder):
		if file.begins_with("test_") and file.ends_with(".gd"):
			found.append(folder.path_join(file))
	for child in DirAccess.get_directories_at(folder):
		if not child in FOLDERS_WITHOUT_TESTS:
			found.append_array(_files(folder.path_join(child)))
	return found


func _run_file(path: String) -> void:
	var file := path.trim_prefix(_folder + "/")
	var script: GDScript = load(path)
	if script == null or not script.can_instantiate():
		# Whatever the filter: the tests inside cannot be named, so none of them may be taken for left out.
		_report(file, ErrorLog.describe(_log.take()))
		return
	var example: TestCase = script.new()
	if Engine.get_version_info().hex < example.oldest_godot():
		print("left out %s: it needs a newer Godot" % file)
		return
	var parameters := example.parameters()
	for method in _test_methods(script):
		for parameter: Variant in parameters:
			var suffix := "" if parameter == null else "[%s]" % parameter.label
			var name := "%s::%s%s" % [file, method, suffix]
			if _filter.is_empty() or name.contains(_filter):
				_report(name, await _run_test(script, method, parameter))


func _test_methods(script: GDScript) -> PackedStringArray:
	var methods: PackedStringArray = []
	for method in script.get_script_method_list():
		if method.name.begins_with("test_") and not method.name in methods:
			methods.append(method.name)
	return methods


## The reasons why the test failed; none if it passed.
func _run_test(script: GDScript, method: String, parameter: Variant) -> PackedStringArray:
	_report_errors_between_tests()
	# Suspended functions are objects too: have this one suspended and resumed before the first count as before the last.
	for frame in FRAMES_TO_SETTLE:
		await _tree.process_frame
	var objects_before := _object_count()
	var test: TestCase = script.new()
	test.tree = _tree
	test.parameter = parameter
	_perform(test, method)
	var deadline := Time.get_ticks_msec() + test.deadline_msec
	while not test.finished:
		if Time.get_ticks_msec() > deadline:
			test.fail("did not end within %d ms" % test.deadline_msec)
			# What a coroutine that never ends still holds is no leak of its own.
			return test.verdict(_log.take())
		await _tree.process_frame
	var reasons := test.verdict(_log.take())
	var objects_allowed := objects_before + test.objects_kept
	test = null
	for frame in FRAMES_TO_SETTLE:
		await _tree.process_frame
		if _object_count() <= objects_allowed:
			return reasons
	reasons.append("leaked %d objects" % (_object_count() - objects_allowed))
	return reasons


# Not awaited by its caller, so that a test which never ends cannot stop the run.
func _perform(test: TestCase, method: String) -> void:
	await test.prepare()
	if test.failures.is_empty():
		await test.call(method)
	test.finished = true


# Such as those of the runner itself, or of something that an earlier test left behind.
func _report_errors_between_tests() -> void:
	var errors := ErrorLog.describe(_log.take())
	if not errors.is_empty():
		_report("(between tests)", errors)


func _object_count() -> int:
	return int(Performance.get_monitor(Performance.OBJECT_COUNT))


func _report(name: String, reasons: PackedStringArray) -> void:
	if reasons.is_empty():
		_passed += 1
		print("ok      ", name)
		return
	_failed += 1
	print("FAILED  ", name)
	for reason in reasons:
		print(reason.indent("        "))
