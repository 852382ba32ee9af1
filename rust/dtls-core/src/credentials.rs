//! A private key with its certificate chain: read from PEM, or generated.

use std::time::Duration;

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use openssl::ssl::SslContextBuilder;
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Name, X509VerifyResult};
use zeroize::Zeroizing;

use crate::error::OptionsError;
use crate::ossl;
use crate::server_name::ServerName;

/// The longest validity of a generated certificate: a century.
const MAX_DAYS: u32 = 36_525;

/// Bits of a serial number: hard to guess, positive, and at most 20 bytes (RFC 5280 §4.1.2.2).
const SERIAL_BITS: i32 = 127;

/// A private key and its certificate chain. They belong together. Debug does not show the key.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) key: PKey<Private>,
    /// The certificate of the key first, then its issuers.
    pub(crate) chain: Vec<X509>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Credentials").field("chain", &self.chain).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Reads a PEM key (PKCS#8, PKCS#1 or SEC1, possibly encrypted with `passphrase`) and a PEM chain in any order. The
    /// key tells which certificate is its own.
    ///
    /// # Errors
    /// When either cannot be read, when the key belongs to none of the certificates, or when DTLS cannot use this kind of
    /// key.
    pub fn from_pem(key: &[u8], passphrase: Option<&[u8]>, chain: &[u8]) -> Result<Self, OptionsError> {
        let key = private_key(key, passphrase)?;
        let mut others = certificates_from_pem(chain)?;
        let is_own = |certificate: &X509| certificate.public_key().is_ok_and(|public| public.public_eq(&key));
        let own = others.iter().position(is_own).ok_or(OptionsError::KeyMismatch)?;
        // OpenSSL signs with EdDSA in TLS 1.2, but not in DTLS 1.2.
        if matches!(key.id(), Id::ED25519 | Id::ED448) {
            return Err(OptionsError::KeyKind);
        }
        let own = others.remove(own);
        Ok(Self { key, chain: in_order(own, others) })
    }

    /// Generates an ECDSA P-256 key and a self-signed certificate for `name`, a DNS name or an IP address. `since_epoch`
    /// is the time since 1970. The certificate is valid from a day earlier, for clocks that are behind, until `days`
    /// later.
    ///
    /// # Errors
    /// [`OptionsError::BadName`] for the name, [`OptionsError::Days`] unless `days` is 1 to 36525.
    pub fn self_signed(name: &str, days: u32, since_epoch: Duration) -> Result<Self, OptionsError> {
        ossl::init();
        if !(1..=MAX_DAYS).contains(&days) {
            return Err(OptionsError::Days(days));
        }
        let name = ServerName::parse(name).map_err(|_| OptionsError::BadName(name.to_owned()))?;
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
        let key = PKey::from_ec_key(EcKey::generate(&group)?)?;
        let certificate = self_signed_certificate(&key, &name, days, since_epoch)?;
        Ok(Self { key, chain: vec![certificate] })
    }

    /// The key as PKCS#8 PEM text, to save it. It is wiped when dropped.
    ///
    /// # Errors
    /// When OpenSSL is out of memory.
    pub fn key_to_pem(&self) -> Result<Zeroizing<Vec<u8>>, OptionsError> {
        Ok(Zeroizing::new(self.key.private_key_to_pem_pkcs8()?))
    }

    /// The chain as PEM text, the key's certificate first.
    ///
    /// # Errors
    /// When OpenSSL is out of memory.
    pub fn chain_to_pem(&self) -> Result<Vec<u8>, OptionsError> {
        let pems: Result<Vec<_>, _> = self.chain.iter().map(|certificate| certificate.to_pem()).collect();
        Ok(pems?.concat())
    }

    /// Makes sides with `context` present this chain.
    pub(crate) fn install(&self, context: &mut SslContextBuilder) -> Result<(), OptionsError> {
        let (own, issuers) = self.chain.split_first().ok_or(OptionsError::NoCertificate)?;
        context.set_certificate(own)?;
        for issuer in issuers {
            context.add_extra_chain_cert(issuer.clone())?;
        }
        Ok(context.set_private_key(&self.key)?)
    }
}

/// Puts each certificate's issuer after it, as TLS requires (RFC 5246 §7.4.2). Some clients insist on this.
fn in_order(own: X509, mut others: Vec<X509>) -> Vec<X509> {
    let mut chain = vec![own];
    while let Some(last) = chain.last()
        && let Some(issuer) = others.iter().position(|other| other.issued(last) == X509VerifyResult::OK)
    {
        chain.push(others.remove(issuer));
    }
    // For example a path to another root, which some clients can use.
    chain.append(&mut others);
    chain
}

fn self_signed_certificate(
    key: &PKey<Private>,
    name: &ServerName,
    days: u32,
    since_epoch: Duration,
) -> Result<X509, ErrorStack> {
    const DAY: i64 = 86_400;
    let now = i64::try_from(since_epoch.as_secs()).unwrap_or(0);
    let mut builder = X509::builder()?;
    builder.set_version(2)?; // X.509v3
    let mut serial = BigNum::new()?;
    serial.rand(SERIAL_BITS, MsbOption::ONE, false)?;
    builder.set_serial_number(&*serial.to_asn1_integer()?)?;
    builder.set_not_before(&*Asn1Time::from_unix(now - DAY)?)?;
    builder.set_not_after(&*Asn1Time::from_unix(now + i64::from(days) * DAY)?)?;
    builder.set_pubkey(key)?;

    // A common name has at most 64 bytes (X.520). The full name is in the extension.
    let mut common_name = name.to_string();
    common_name.truncate((0..=64).rev().find(|&length| common_name.is_char_boundary(length)).unwrap_or(0));
    let mut subject = X509Name::builder()?;
    subject.append_entry_by_nid(Nid::COMMONNAME, &common_name)?;
    let subject = subject.build();
    builder.set_subject_name(&subject)?;
    builder.set_issuer_name(&subject)?;

    let mut names = SubjectAlternativeName::new();
    match name {
        ServerName::Dns(name) => names.dns(name),
        ServerName::Ip(ip) => names.ip(&ip.to_string()),
    };
    let names = names.build(&builder.x509v3_context(None, None))?;
    builder.append_extension(names)?;
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    builder.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
    builder.append_extension(ExtendedKeyUsage::new().server_auth().client_auth().build()?)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}

/// Reads all certificates of a PEM text, and skips everything else.
///
/// # Errors
/// [`OptionsError::NoCertificate`] when there is none, [`OptionsError::BadCertificate`] when one is broken.
pub fn certificates_from_pem(pem: &[u8]) -> Result<Vec<X509>, OptionsError> {
    ossl::init();
    let bad = |stack: ErrorStack| OptionsError::BadCertificate(stack.into());
    let certificates = X509::stack_from_pem(pem).map_err(bad)?;
    if certificates.is_empty() { Err(OptionsError::NoCertificate) } else { Ok(certificates) }
}

fn private_key(pem: &[u8], passphrase: Option<&[u8]>) -> Result<PKey<Private>, OptionsError> {
    ossl::init();
    let mut encrypted = false;
    // Without a callback, OpenSSL would ask for a passphrase on the terminal.
    let key = PKey::private_key_from_pem_callback(pem, |buffer| {
        encrypted = true;
        let passphrase = passphrase.unwrap_or_default();
        let length = passphrase.len().min(buffer.len());
        buffer[..length].copy_from_slice(&passphrase[..length]);
        Ok(length)
    });
    key.map_err(|_| if encrypted { OptionsError::Passphrase } else { OptionsError::NoPrivateKey })
}
