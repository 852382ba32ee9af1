extends "res://tests/runner/test_case.gd"
## What the editor shows of our classes: help, types and enums.

const EditorRun := preload("../support/editor_run.gd")
const Plugin := preload("../support/help_plugin.gd")

## What the editor shows in place of a missing text.
const NO_TEXT := "currently no description"
## What the line of a constant begins with. A no-break space follows the name.
const ENTRY := "● %s\u00a0"


func test_the_editor_s_help_has_a_text_for_every_method_property_and_constant() -> void:
	deadline_msec = 120_000
	# An editor that is started for the first time ever fills its cache of help, and leaves extensions out meanwhile.
	var run := EditorRun.new(Plugin, 2)
	var pages := run.output.split(Plugin.PAGE)
	if not assert_equal(pages.size() - 1, Plugin.CLASSES.size(), "pages:\n" + run.output):
		return
	for index in Plugin.CLASSES.size():
		var name := Plugin.CLASSES[index]
		var page := pages[index + 1]
		assert_true(not page.contains(NO_TEXT), "something in %s has no text" % name)
		for constant in ClassDB.class_get_integer_constant_list(name, true):
			assert_true(_has_text(page, constant), "%s.%s has no text" % [name, constant])


func test_every_argument_and_every_result_has_a_type() -> void:
	for name in Plugin.CLASSES:
		for method in ClassDB.class_get_method_list(name, true):
			for argument: Dictionary in method.args:
				assert_true(_is_typed(argument), "%s of %s.%s" % [argument.name, name, method.name])
			# Without a result, the type is nil and nothing says that it is a Variant.
			var is_variant: bool = method.return.usage & PROPERTY_USAGE_NIL_IS_VARIANT
			assert_true(not is_variant, "what %s.%s returns" % [name, method.name])
			if method.return.type == TYPE_OBJECT:
				assert_true(not method.return.class_name.is_empty(), "class that %s.%s returns" % [name, method.name])


func test_properties_and_results_name_their_enums() -> void:
	var enums := {
		"PacketPeerDTLSOpenSSL": ["Status"],
		"TLSOptionsOpenSSL": ["ClientVerification"],
	}
	for name: String in enums:
		assert_equal(Array(ClassDB.class_get_enum_list(name, true)), enums[name], "enums of " + name)
		for constant in ClassDB.class_get_integer_constant_list(name, true):
			var its_enum := ClassDB.class_get_integer_constant_enum(name, constant, true)
			assert_equal(its_enum, StringName(enums[name][0]), "enum of " + constant)
	for method in ClassDB.class_get_method_list("PacketPeerDTLSOpenSSL", true):
		if method.name == "get_status":
			assert_equal(method.return.class_name, &"PacketPeerDTLSOpenSSL.Status", "what get_status returns")
	for property in ClassDB.class_get_property_list("TLSOptionsOpenSSL", true):
		if property.name == "client_verification":
			assert_equal(property.class_name, &"TLSOptionsOpenSSL.ClientVerification", "type of client_verification")
			assert_true(property.usage & PROPERTY_USAGE_CLASS_IS_ENUM, "client_verification is no enum")


func _is_typed(argument: Dictionary) -> bool:
	if argument.type == TYPE_OBJECT:
		return not argument.class_name.is_empty()
	return argument.type != TYPE_NIL


## Whether a line of text follows the constant, before the next entry.
func _has_text(page: String, constant: String) -> bool:
	var lines := page.split("\n")
	for index in lines.size() - 1:
		if lines[index].strip_edges().begins_with(ENTRY % constant):
			var next := lines[index + 1].strip_edges()
			return not next.is_empty() and not next.begins_with(ENTRY.left(1))
	return false
