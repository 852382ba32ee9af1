extends GridContainer
## Names and values, one pair a row.

const NAME_WIDTH := 88.0

var _values := { } # Label by name


func show_rows(rows: Dictionary) -> void:
	for row: String in rows:
		if not _values.has(row):
			_add(row)
		_values[row].text = rows[row]
		_values[row].tooltip_text = rows[row]


func _add(row: String) -> void:
	var label := Label.new()
	label.text = row
	label.theme_type_variation = "Muted"
	label.custom_minimum_size.x = NAME_WIDTH
	add_child(label)
	var value := Label.new()
	value.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	value.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	value.mouse_filter = Control.MOUSE_FILTER_PASS
	add_child(value)
	_values[row] = value
