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

/// Adds help to a class's constants, as gdext's attribute for constants does: `document_constants!(Class, "NAME" => "help")`.
macro_rules! document_constants {
    ($class:ty, $($name:literal => $help:literal,)+) => {
        // Where the engine takes help from extensions.
        #[cfg(feature = "godot-4-3")]
        godot::sys::shard_add!(godot::private::__GODOT_DOCS_REGISTRY; godot::private::DocsShard::new::<$class>(
            godot::private::DocsItem::InherentImpl(godot::private::InherentImplDocs {
                methods_xml: "",
                signals_xml: "",
                // The editor asks for a value, but takes it from the class.
                constants_xml: concat!($("<constant name=\"", $name, "\" value=\"\">", $help, "</constant>",)+),
            })
        ));
    };
}
pub(crate) use document_constants;
