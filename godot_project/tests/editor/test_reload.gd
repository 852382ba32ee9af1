extends "res://tests/runner/test_case.gd"
## A developer builds the library again while the editor has a server and a client of it.

const EditorRun := preload("../support/editor_run.gd")
const Lines := preload("../support/lines.gd")
const Plugin := preload("../support/reloading_plugin.gd")


func test_the_editor_reloads_the_library_under_a_live_server_and_a_tool_script_serves_again() -> void:
	deadline_msec = 120_000
	var run := EditorRun.new(Plugin)
	assert_true(Plugin.SUCCESS in Lines.of(run.output), run.output)
	assert_equal(run.exit_code, 0, "exit code")
