extends HBoxContainer
## A row of buttons of which one is pressed.

signal selected(index: int)

var _buttons: Array[Button] = []


func fill(labels: PackedStringArray) -> void:
	var group := ButtonGroup.new()
	for index in labels.size():
		var button := Button.new()
		button.text = labels[index]
		button.toggle_mode = true
		button.button_group = group
		button.size_flags_horizontal = Control.SIZE_EXPAND_FILL
		button.pressed.connect(func() -> void: selected.emit(index))
		add_child(button)
		_buttons.append(button)


func select(index: int) -> void:
	_buttons[index].set_pressed_no_signal(true)


## Says why a choice cannot be made; an empty reason allows it.
func refuse(index: int, reason: String) -> void:
	_buttons[index].disabled = not reason.is_empty()
	_buttons[index].tooltip_text = reason


func get_button(index: int) -> Button:
	return _buttons[index]
