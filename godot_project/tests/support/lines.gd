extends RefCounted
## The lines of what a program printed, without what else ends them on Windows.


static func of(printed: String) -> PackedStringArray:
	return printed.replace("\r\n", "\n").split("\n")
