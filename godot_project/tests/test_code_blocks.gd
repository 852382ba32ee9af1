extends "res://tests/runner/test_case.gd"
## Every block of GDScript in the documents and in the help of the classes compiles.

const CodeBlock := preload("support/code_block.gd")

const HELP := "rust/dtls-godot/src"
## Calls of methods, and uses of properties, that a class does not have. By default the engine does not mention them.
const WARNINGS: PackedStringArray = [
	"debug/gdscript/warnings/unsafe_method_access",
	"debug/gdscript/warnings/unsafe_property_access",
]
const IGNORE := 0
const AS_ERROR := 2

class Document:
	var label: String

	func _init(p_label: String) -> void:
		label = p_label


func parameters() -> Array:
	var documents: PackedStringArray = ["README.md", "addons/openssl_dtls/README.md"]
	for folder: String in ["docs", HELP]:
		documents.append_array(_files_in(folder))
	var with_blocks := Array(documents).filter(func(document: String) -> bool: return not CodeBlock.of(document).is_empty())
	return with_blocks.map(func(document: String) -> Document: return Document.new(document))


func test_every_block_of_gdscript_compiles() -> void:
	var blocks := CodeBlock.of(parameter.label)
	# The engine keeps the scripts it compiled.
	objects_kept = blocks.size()
	await _set_warnings(AS_ERROR)
	for block in blocks:
		assert_true(block.compile() != null, "this block does not compile: %s:%d" % [block.document, block.line])
	await _set_warnings(IGNORE)


## The engine's parser reads them when they are announced, in the next frame.
func _set_warnings(level: int) -> void:
	for warning in WARNINGS:
		ProjectSettings.set_setting(warning, level)
	await ProjectSettings.settings_changed


func _files_in(folder: String) -> PackedStringArray:
	var files: PackedStringArray = []
	for file in DirAccess.get_files_at(CodeBlock.path_to(folder)):
		if file.get_extension() in ["md", "rs"]:
			files.append(folder.path_join(file))
	for child in DirAccess.get_directories_at(CodeBlock.path_to(folder)):
		files.append_array(_files_in(folder.path_join(child)))
	return files
