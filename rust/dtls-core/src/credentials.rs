//! PEM in, a key with its certificate chain out.

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

/// The longest that a certificate made here is valid: a century.
const MAX_DAYS: u32 = 36_525;

/// Bits of a serial number: unguessable, and a positive number of at most 20 bytes (RFC 5280 §4.1.2.2).
const SERIAL_BITS: i32 = 127;

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
    /// When either cannot be read, the key belongs to none of the certificates, or it is of a kind that DTLS cannot
    /// use.
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

    /// Makes a fresh ECDSA P-256 key, and a certificate for `name`, a DNS name or an IP address, that it signs itself.
    /// It is valid from a day before `since_epoch`, the time since 1970, for clocks that are behind, until `days` after.
    ///
    /// # Errors
    /// [`OptionsError::BadName`] for the name, [`OptionsError::Days`] for less than one day
    /// or more than 100 years.
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

    /// The key as PKCS#8 PEM text, to save it; wiped when dropped.
    ///
    /// # Errors
    /// When OpenSSL is out of memory.
    pub fn key_to_pem(&self) -> Result<Zeroizing<Vec<u8>>, OptionsError> {
        Ok(Zeroizing::new(self.key.private_key_to_pem_pkcs8()?))
    }

    /// The chain as PEM text, own certificate first.
    ///
    /// # Errors
    /// When OpenSSL is out of memory.
    pub fn chain_to_pem(&self) -> Result<Vec<u8>, OptionsError> {
        let pems: Result<Vec<_>, _> = self.chain.iter().map(|certificate| certificate.to_pem()).collect();
        Ok(pems?.concat())
    }

    /// Has sides with `context` show these.
    pub(crate) fn install(&self, context: &mut SslContextBuilder) -> Result<(), OptionsError> {
        let (own, issuers) = self.chain.split_first().ok_or(OptionsError::NoCertificate)?;
        context.set_certificate(own)?;
        for issuer in issuers {
            context.add_extra_chain_cert(issuer.clone())?;
        }
        Ok(context.set_private_key(&self.key)?)
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

    // A common name is 64 bytes at most (X.520); names proper are in the extension.
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

/// Reads all certificates of a PEM text; what stands around them is passed over.
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
