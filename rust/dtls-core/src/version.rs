//! Which versions of DTLS are spoken: the one place that chooses.

use openssl::error::ErrorStack;
use openssl::pkey::Id;
use openssl::ssl::{SslContextBuilder, SslVersion};

/// The newest version that the linked OpenSSL speaks, as [`Agreed::protocol_version`](crate::Agreed::protocol_version)
/// names it. `build.rs` sets `dtls13` for an OpenSSL of 4.1 or later, which brings RFC 9147.
pub const NEWEST_VERSION: &str = if cfg!(dtls13) { "DTLSv1.3" } else { "DTLSv1.2" };

/// DTLS 1.2 and everything newer that OpenSSL has: DTLS 1.0 is deprecated (RFC 8996), and without an upper bound 1.3 is
/// spoken as soon as the linked OpenSSL can.
pub(crate) fn choose(context: &mut SslContextBuilder) -> Result<(), ErrorStack> {
    context.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_max_proto_version(None)
}

/// Whether a key of this kind can be shown: OpenSSL signs with EdDSA in TLS 1.2 and in 1.3, but not in DTLS 1.2.
pub(crate) fn can_sign_with(kind: Id) -> bool {
    cfg!(dtls13) || !matches!(kind, Id::ED25519 | Id::ED448)
}
