extends "../support/implementation_test.gd"
## Whatever the engine's classes are asked for by name, ours have it. Read from ClassDB, so that what a new version of
## the engine adds shows up here.

## Where ours are typed otherwise: they take options of either kind, so the parameter can be neither class.
const OPTIONS_PARAMETER := &"RefCounted"


func parameters() -> Array:
	return [null]


func test_every_method_exists_with_the_same_signature() -> void:
	for name in Implementation.CLASSES:
		var ours := _methods_by_name(_twin(name))
		for method in ClassDB.class_get_method_list(name, true):
			if assert_true(method.name in ours, "%s.%s is missing" % [_twin(name), method.name]):
				_assert_same_signature("%s.%s" % [_twin(name), method.name], ours[method.name], method)


func test_every_enum_exists_with_the_same_values() -> void:
	for name in Implementation.CLASSES:
		for enum_name in ClassDB.class_get_enum_list(name, true):
			for constant in ClassDB.class_get_enum_constants(name, enum_name, true):
				assert_equal(
					ClassDB.class_get_integer_constant_enum(_twin(name), constant),
					StringName(enum_name),
					"enum of %s.%s" % [_twin(name), constant],
				)
		for constant in ClassDB.class_get_integer_constant_list(name, true):
			assert_equal(
				ClassDB.class_get_integer_constant(_twin(name), constant),
				ClassDB.class_get_integer_constant(name, constant),
				"%s.%s" % [_twin(name), constant],
			)


func test_every_property_and_signal_exists() -> void:
	for name in Implementation.CLASSES:
		var ours := _names(ClassDB.class_get_property_list(_twin(name)) + ClassDB.class_get_signal_list(_twin(name)))
		var engines := _names(ClassDB.class_get_property_list(name, true) + ClassDB.class_get_signal_list(name, true))
		var missing := engines.filter(func(member: String) -> bool: return not member in ours)
		assert_equal(missing, [], "properties and signals missing in " + _twin(name))


func test_they_are_what_the_engine_s_are() -> void:
	for name in Implementation.CLASSES:
		var parent := ClassDB.get_parent_class(name)
		assert_true(ClassDB.is_parent_class(_twin(name), parent), "%s is no %s" % [_twin(name), parent])


func _assert_same_signature(what: String, ours: Dictionary, engines: Dictionary) -> void:
	assert_equal(_names(ours.args), _names(engines.args), "arguments of " + what)
	for index in mini(ours.args.size(), engines.args.size()):
		var argument: Dictionary = engines.args[index]
		_assert_same_type("%s of %s" % [argument.name, what], ours.args[index], argument, OPTIONS_PARAMETER)
	_assert_same_type("what %s returns" % what, ours.return, engines.return, &"TLSOptionsOpenSSL")
	# Ours may have more defaults, for arguments that the engine's require.
	var same_defaults: Array = ours.default_args.slice(ours.default_args.size() - engines.default_args.size())
	assert_equal(same_defaults, engines.default_args, "defaults of " + what)
	var is_static: bool = engines.flags & METHOD_FLAG_STATIC
	assert_equal(bool(ours.flags & METHOD_FLAG_STATIC), is_static, "whether static: " + what)


func _assert_same_type(what: String, ours: Dictionary, engines: Dictionary, options_class: StringName) -> void:
	assert_equal(ours.type, engines.type, "type of " + what)
	var expected_class: StringName = engines.class_name
	if expected_class == &"TLSOptions":
		expected_class = options_class
	elif expected_class == &"PacketPeerDTLS":
		expected_class = &"PacketPeerDTLSOpenSSL"
	elif expected_class == &"PacketPeerDTLS.Status":
		expected_class = &"PacketPeerDTLSOpenSSL.Status"
	assert_equal(ours.class_name, expected_class, "class of " + what)


func _twin(engine_class: String) -> String:
	return Implementation.ours().class_called(engine_class)


func _methods_by_name(of_class: String) -> Dictionary:
	var methods := { }
	for method in ClassDB.class_get_method_list(of_class):
		methods[method.name] = method
	return methods


func _names(infos: Array) -> Array:
	return infos.map(func(info: Dictionary) -> String: return info.name)
