extends "res://tests/runner/test_case.gd"
## Every block of GDScript in the documents and in the help of the classes compiles.

const CodeBlock := preload("support/code_block.gd")
const Warnings := preload("support/gdscript_warnings.gd")

const HELP := "rust/dtls-godot/src"
## Calls of methods, and uses of properties, that a class does not have. By default the engine does not mention them.
const UNSAFE: PackedStringArray = ["unsafe_method_access", "unsafe_property_access"]

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
	await Warnings.set_levels(UNSAFE, Warnings.AS_ERROR)
	for block in blocks:
		assert_true(block.compile() != null, "this block does not compile: %s:%d" % [block.document, block.line])
	await Warnings.set_levels(UNSAFE, Warnings.IGNORE)


func _files_in(folder: String) -> PackedStringArray:
	var files: PackedStringArray = []
	for file in DirAccess.get_files_at(CodeBlock.path_to(folder)):
		if file.get_extension() in ["md", "rs"]:
			files.append(folder.path_join(file))
	for child in DirAccess.get_directories_at(CodeBlock.path_to(folder)):
		files.append_array(_files_in(folder.path_join(child)))
	return files
