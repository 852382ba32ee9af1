//! `PacketPeerDTLSOpenSSL.Status`, as the engine's class has it.

use std::borrow::Cow;

use godot::builtin::VariantType;
use godot::meta::conv::ByValue;
use godot::meta::shape::{EnumeratorShape, GodotShape};
use godot::meta::{GodotConvert, ToGodot};
use godot::obj::GodotClass;
// gdext cannot register the enum of a class by attribute yet; this is what its own attribute for constants expands to.
use godot::register::private::constant::{ConstantKind, ExportConstant, IntegerConstant};

use crate::peer::PacketPeerDtls;

/// Where a connection stands. The numbers are those of `PacketPeerDTLS.Status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i64)]
pub(crate) enum Status {
    Disconnected = 0,
    Handshaking = 1,
    Connected = 2,
    Error = 3,
    ErrorHostnameMismatch = 4,
}

const NAMES: [(&str, Status); 5] = [
    ("STATUS_DISCONNECTED", Status::Disconnected),
    ("STATUS_HANDSHAKING", Status::Handshaking),
    ("STATUS_CONNECTED", Status::Connected),
    ("STATUS_ERROR", Status::Error),
    ("STATUS_ERROR_HOSTNAME_MISMATCH", Status::ErrorHostnameMismatch),
];

impl Status {
    /// Makes the enum and its constants known to the engine, once the class is.
    pub(crate) fn register() {
        let enumerators = NAMES.map(|(name, status)| IntegerConstant::new(name, status as i64)).into();
        let kind = ConstantKind::Enum { name: "Status".into(), enumerators };
        ExportConstant::new(PacketPeerDtls::class_id(), kind).register();
    }
}

impl GodotConvert for Status {
    type Via = i64;

    fn godot_shape() -> GodotShape {
        GodotShape::Enum {
            variant_type: VariantType::INT,
            enumerators: Cow::Owned(
                NAMES.iter().map(|(name, status)| EnumeratorShape::new_int(name, *status as i64)).collect(),
            ),
            godot_name: Some(Cow::Borrowed("PacketPeerDTLSOpenSSL.Status")),
            is_bitfield: false,
        }
    }
}

impl ToGodot for Status {
    type Pass = ByValue;

    fn to_godot(&self) -> i64 {
        *self as i64
    }
}
