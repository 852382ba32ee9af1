//! Who the server is.

use std::time::SystemTime;

use anyhow::Result;
use dtls_core::Credentials;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

/// The name that clients verify.
pub(crate) const HOST: &str = "localhost";

/// The key that clients have who know a server by it, as godot_project/benches/identity.gd has it.
pub(crate) const PSK: [u8; 32] = [7; 32];

/// A P-256 key and its certificate, which is its own authority.
pub(crate) struct Identity {
    pub(crate) credentials: Credentials,
    /// The key of `credentials`.
    pub(crate) key: PKey<Private>,
    /// The certificate of `credentials`.
    pub(crate) certificate: X509,
}

impl Identity {
    /// A new one, by dtls-core. Its first call has OpenSSL take memory from mimalloc, for all that are measured.
    pub(crate) fn new() -> Result<Self> {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let credentials = Credentials::self_signed(HOST, 1, since_epoch)?;
        let key = PKey::private_key_from_pem(&credentials.key_to_pem()?)?;
        let certificate = X509::from_pem(&credentials.chain_to_pem()?)?;
        Ok(Self { credentials, key, certificate })
    }
}
