@tool
extends EditorPlugin
## In an editor: opens the help pages of our classes, and prints them.

const CLASSES: PackedStringArray = ["DTLSServerOpenSSL", "PacketPeerDTLSOpenSSL", "TLSOptionsOpenSSL"]
const PAGE := "=== help of "


func _enter_tree() -> void:
	_run.call_deferred()


func _run() -> void:
	# An editor that ends during its first scan crashes by itself.
	while EditorInterface.get_resource_filesystem().is_scanning():
		await get_tree().process_frame
	for name in CLASSES:
		EditorInterface.get_script_editor().goto_help("class_name:" + name)
		var pages: Array[Node] = []
		while pages.is_empty() or (pages[0] as RichTextLabel).get_parsed_text().is_empty():
			await get_tree().process_frame
			pages = _pages_of(name)
		print(PAGE, name)
		print((pages[0] as RichTextLabel).get_parsed_text())
	get_tree().quit()


func _pages_of(name: String) -> Array[Node]:
	for help in EditorInterface.get_script_editor().find_children(name, "EditorHelp", true, false):
		return help.find_children("*", "RichTextLabel", true, false)
	return []
