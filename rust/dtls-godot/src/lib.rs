//! OpenSSL-backed twins of Godot's DTLS classes.
//!
//! | Godot's class | twin | in |
//! |---|---|---|
//! | TLSOptions | TLSOptionsOpenSSL | [`options`] |
//! | DTLSServer | DTLSServerOpenSSL | [`server`] |
//! | PacketPeerDTLS | PacketPeerDTLSOpenSSL | [`peer`] |
//!
//! Thin glue: what DTLS does is in `dtls-core`; here are Godot's types, statuses and error codes.

mod config;
mod ffi;
mod options;
mod packet_peer;
mod peer;
mod pem;
mod refusal;
mod server;
mod udp;

use godot::init::{ExtensionLibrary, gdextension};

struct OpenSslDtls;

// A symbol of its own, so that two Rust addons live in one project.
#[gdextension(entry_symbol = openssl_dtls_init)]
#[allow(unsafe_code)]
// SAFETY: the one extension of this library; Godot calls its entry symbol once per load.
unsafe impl ExtensionLibrary for OpenSslDtls {}
