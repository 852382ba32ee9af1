//! `TLSOptionsOpenSSL.ClientVerification`.

use godot::meta::conv::ByValue;
use godot::meta::error::ConvertError;
use godot::meta::shape::GodotShape;
use godot::meta::{FromGodot, GodotConvert, ToGodot};
use godot::register::property::SimpleVar;

use super::TlsOptions;
use crate::class_enum::{ClassEnum, document_constants};

/// Whether a server requests and requires certificates from its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(i64)]
pub(crate) enum ClientVerification {
    #[default]
    None = 0,
    Optional = 1,
    Required = 2,
}

impl ClassEnum for ClientVerification {
    type Class = TlsOptions;
    const PATH: &'static str = "TLSOptionsOpenSSL.ClientVerification";
    const CONSTANTS: &'static [(&'static str, i64)] = &[
        ("CLIENT_VERIFICATION_NONE", Self::None as i64),
        ("CLIENT_VERIFICATION_OPTIONAL", Self::Optional as i64),
        ("CLIENT_VERIFICATION_REQUIRED", Self::Required as i64),
    ];
}

document_constants!(TlsOptions,
    "CLIENT_VERIFICATION_NONE" => "Clients are not asked for a certificate.",
    "CLIENT_VERIFICATION_OPTIONAL" => "Clients are asked for a certificate, and may have none. One that they present must be trusted.",
    "CLIENT_VERIFICATION_REQUIRED" => "Clients without a trusted certificate are refused.",
);

impl GodotConvert for ClientVerification {
    type Via = i64;

    fn godot_shape() -> GodotShape {
        Self::shape()
    }
}

impl ToGodot for ClientVerification {
    type Pass = ByValue;

    fn to_godot(&self) -> i64 {
        *self as i64
    }
}

impl FromGodot for ClientVerification {
    fn try_from_godot(number: i64) -> Result<Self, ConvertError> {
        [Self::None, Self::Optional, Self::Required]
            .into_iter()
            .find(|mode| *mode as i64 == number)
            .ok_or_else(|| ConvertError::new("expected a constant of TLSOptionsOpenSSL.ClientVerification"))
    }
}

impl SimpleVar for ClientVerification {}
