//! `PacketPeerDTLSOpenSSL.Status`, as the engine's class has it.

use dtls_core::EndReason;
use godot::meta::conv::ByValue;
use godot::meta::shape::GodotShape;
use godot::meta::{GodotConvert, ToGodot};

use super::PacketPeerDtls;
use crate::class_enum::{ClassEnum, document_constants};

/// The status of a connection. The numbers are those of `PacketPeerDTLS.Status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i64)]
pub(crate) enum Status {
    Disconnected = 0,
    Handshaking = 1,
    Connected = 2,
    Error = 3,
    ErrorHostnameMismatch = 4,
}

impl ClassEnum for Status {
    type Class = PacketPeerDtls;
    const PATH: &'static str = "PacketPeerDTLSOpenSSL.Status";
    const CONSTANTS: &'static [(&'static str, i64)] = &[
        ("STATUS_DISCONNECTED", Self::Disconnected as i64),
        ("STATUS_HANDSHAKING", Self::Handshaking as i64),
        ("STATUS_CONNECTED", Self::Connected as i64),
        ("STATUS_ERROR", Self::Error as i64),
        ("STATUS_ERROR_HOSTNAME_MISMATCH", Self::ErrorHostnameMismatch as i64),
    ];
}

document_constants!(PacketPeerDtls,
    "STATUS_DISCONNECTED" => "Not connected, or no longer connected.",
    "STATUS_HANDSHAKING" => "The handshake is in progress. Keep polling.",
    "STATUS_CONNECTED" => "Packets can be sent and received.",
    "STATUS_ERROR" => "The connection failed. [method get_last_error] says why.",
    "STATUS_ERROR_HOSTNAME_MISMATCH" => "The server's certificate is trusted, but not for the host name.",
);

impl Status {
    /// The status of a connection that ended for `reason`.
    pub(crate) fn after(reason: &EndReason) -> Self {
        match reason {
            reason if reason.is_orderly() => Self::Disconnected,
            EndReason::CertificateRefused(refusal) if refusal.is_name_mismatch() => Self::ErrorHostnameMismatch,
            _ => Self::Error,
        }
    }

    /// Packets that arrived before an orderly end can still be read. Until they are, the status stays connected.
    pub(crate) fn while_readable(self, waiting: usize) -> Self {
        if self == Self::Disconnected && waiting > 0 { Self::Connected } else { self }
    }
}

impl GodotConvert for Status {
    type Via = i64;

    fn godot_shape() -> GodotShape {
        Self::shape()
    }
}

impl ToGodot for Status {
    type Pass = ByValue;

    fn to_godot(&self) -> i64 {
        *self as i64
    }
}
