//! Enums of classes, which gdext cannot register by attribute yet.

use std::borrow::Cow;

use godot::builtin::VariantType;
use godot::meta::shape::{EnumeratorShape, GodotShape};
use godot::obj::GodotClass;
// What gdext's own attribute for constants expands to.
use godot::register::private::constant::{ConstantKind, ExportConstant, IntegerConstant};

/// An enum that belongs to a class.
pub(crate) trait ClassEnum {
    type Class: GodotClass;
    /// Its name after that of its class, for example `PacketPeerDTLSOpenSSL.Status`.
    const PATH: &'static str;
    const CONSTANTS: &'static [(&'static str, i64)];

    /// Registers the enum and its constants with the engine. The class must be registered.
    fn register() {
        let enumerators = Self::CONSTANTS.iter().map(|(name, value)| IntegerConstant::new(name, *value)).collect();
        let name = Self::PATH.rsplit('.').next().unwrap_or(Self::PATH).into();
        ExportConstant::new(Self::Class::class_id(), ConstantKind::Enum { name, enumerators }).register();
    }

    /// How the engine describes values of this type.
    fn shape() -> GodotShape {
        let enumerators = Self::CONSTANTS.iter().map(|(name, value)| EnumeratorShape::new_int(name, *value));
        GodotShape::Enum {
            variant_type: VariantType::INT,
            enumerators: Cow::Owned(enumerators.collect()),
            godot_name: Some(Cow::Borrowed(Self::PATH)),
            is_bitfield: false,
        }
    }
}
