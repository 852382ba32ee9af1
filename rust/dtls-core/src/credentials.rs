//! PEM in, a key with its certificate chain out.

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use crate::error::{OptionsError, first_reason};
use crate::ossl;

/// A private key and the chain that certifies it, known to belong together. Debug shows no key.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) key: PKey<Private>,
    /// The own certificate first, then its issuers.
    pub(crate) chain: Vec<X509>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Credentials").field("chain", &self.chain).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Reads a PEM key (PKCS#8, PKCS#1 or SEC1; encrypted with `passphrase`) and a PEM chain, own certificate first.
    ///
    /// # Errors
    /// When either cannot be read, or the key is not the certificate's.
    pub fn from_pem(key: &[u8], passphrase: Option<&[u8]>, chain: &[u8]) -> Result<Self, OptionsError> {
        let key = private_key(key, passphrase)?;
        let chain = certificates_from_pem(chain)?;
        let own = chain.first().ok_or(OptionsError::NoCertificate)?;
        if !own.public_key()?.public_eq(&key) {
            return Err(OptionsError::KeyMismatch);
        }
        Ok(Self { key, chain })
    }
}

/// Reads all certificates of a PEM text; what stands around them is passed over.
///
/// # Errors
/// [`OptionsError::NoCertificate`] when there is none, [`OptionsError::BadCertificate`] when one is broken.
pub fn certificates_from_pem(pem: &[u8]) -> Result<Vec<X509>, OptionsError> {
    ossl::init();
    let bad = |stack: ErrorStack| OptionsError::BadCertificate(first_reason(&stack));
    let certificates = X509::stack_from_pem(pem).map_err(bad)?;
    if certificates.is_empty() { Err(OptionsError::NoCertificate) } else { Ok(certificates) }
}

fn private_key(pem: &[u8], passphrase: Option<&[u8]>) -> Result<PKey<Private>, OptionsError> {
    ossl::init();
    let mut encrypted = false;
    // Always with a callback: without one OpenSSL asks for a passphrase on the terminal.
    let key = PKey::private_key_from_pem_callback(pem, |buffer| {
        encrypted = true;
        let passphrase = passphrase.unwrap_or_default();
        let length = passphrase.len().min(buffer.len());
        buffer[..length].copy_from_slice(&passphrase[..length]);
        Ok(length)
    });
    key.map_err(|_| if encrypted { OptionsError::Passphrase } else { OptionsError::NoPrivateKey })
}
