//! PEM in, a key with its certificate chain out.

use openssl::error::ErrorStack;
use openssl::pkey::{Id, PKey, Private};
use openssl::x509::{X509, X509VerifyResult};

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
    /// Reads a PEM key (PKCS#8, PKCS#1 or SEC1; encrypted with `passphrase`) and a PEM chain, in any order: the own
    /// certificate is the one that the key belongs to.
    ///
    /// # Errors
    /// When either cannot be read, or the key belongs to none of the certificates.
    pub fn from_pem(key: &[u8], passphrase: Option<&[u8]>, chain: &[u8]) -> Result<Self, OptionsError> {
        let key = private_key(key, passphrase)?;
        let mut others = certificates_from_pem(chain)?;
        let is_own = |certificate: &X509| certificate.public_key().is_ok_and(|public| public.public_eq(&key));
        let own = others.iter().position(is_own).ok_or(OptionsError::KeyMismatch)?;
        let own = others.remove(own);
        Ok(Self { key, chain: in_order(own, others) })
    }

    /// Whether a server can show them. OpenSSL lets TLS 1.2 servers use Edwards curves, but forgets DTLS 1.2
    /// (<https://github.com/openssl/openssl/issues/20122>): every handshake would end in "no shared cipher".
    pub(crate) fn check_for_server(&self) -> Result<(), OptionsError> {
        if matches!(self.key.id(), Id::ED25519 | Id::ED448) { Err(OptionsError::EdwardsServerKey) } else { Ok(()) }
    }
}

/// Puts each certificate's issuer behind it, as TLS asks for (RFC 5246 §7.4.2) and some clients insist on.
fn in_order(own: X509, mut others: Vec<X509>) -> Vec<X509> {
    let mut chain = vec![own];
    while let Some(last) = chain.last()
        && let Some(issuer) = others.iter().position(|other| other.issued(last) == X509VerifyResult::OK)
    {
        chain.push(others.remove(issuer));
    }
    // Such as another way to a root, for clients that know how to use it.
    chain.append(&mut others);
    chain
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
