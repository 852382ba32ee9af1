//! Rules for certificate chains that OpenSSL does not check. They apply to chains that OpenSSL accepts.
//!
//! `X509_V_FLAG_X509_STRICT` is no substitute: it also refuses authorities without a key usage, and `openssl req -x509` makes such
//! authorities.

use libc::c_int;
use openssl::error::ErrorStack;
use openssl::pkey::Id;
use openssl::ssl::SslRef;
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509, X509Ref, X509StoreContextRef};
use openssl_sys as ffi;

use crate::der::is_der;
use crate::ossl;

/// X.509 version 3, the only one with extensions (RFC 5280 §4.1.2.1).
const VERSION_3: i32 = 2;

/// The rules for one connection.
pub(crate) struct ChainRules {
    /// The extended key usage that a certificate must have if it has any, as a bit of OpenSSL's `XKU` flags.
    purpose: u32,
    /// Has the host as its only name. The name constraints of authorities also apply to the host, because the certificate may have
    /// a wildcard instead of it.
    host: Option<X509>,
}

impl ChainRules {
    /// For the other side of `ssl`; `host` is the DNS name that it must be valid for.
    ///
    /// # Errors
    /// When OpenSSL is out of memory.
    pub(crate) fn new(ssl: &SslRef, host: Option<&str>) -> Result<Self, ErrorStack> {
        let host = host.map(certificate_for).transpose()?;
        Ok(Self { purpose: if ssl.is_server() { ffi::XKU_SSL_CLIENT } else { ffi::XKU_SSL_SERVER }, host })
    }

    /// The `X509_V_ERR` of the first rule that the current certificate of `context` breaks.
    pub(crate) fn broken(&self, context: &X509StoreContextRef) -> Option<c_int> {
        let certificate = context.current_cert()?;
        let is_own = context.error_depth() == 0;
        if !certificate.to_der().is_ok_and(|der| is_der(&der)) {
            return Some(ffi::X509_V_ERR_CERT_REJECTED);
        }
        if has_extensions_out_of_place(certificate) {
            return Some(ossl::X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3);
        }
        let (key_usage, extended_key_usage) = ossl::usages(certificate);
        // All our ciphers need signatures (RFC 5246 §7.4.2).
        let signs = key_usage & ffi::X509v3_KU_DIGITAL_SIGNATURE != 0;
        // From servers, OpenSSL also accepts the extended key usages nsSGC and msSGC.
        if extended_key_usage & self.purpose == 0 || is_own && !signs {
            return Some(ffi::X509_V_ERR_INVALID_PURPOSE);
        }
        if !protects(certificate) {
            return Some(if is_own { ffi::X509_V_ERR_EE_KEY_TOO_SMALL } else { ffi::X509_V_ERR_CA_KEY_TOO_SMALL });
        }
        self.host.as_ref().filter(|_| !is_own).and_then(|host| ossl::violation_of_constraints(certificate, host))
    }
}

fn has_extensions_out_of_place(certificate: &X509Ref) -> bool {
    match certificate.version() {
        VERSION_3 => false,
        0..VERSION_3 => ossl::has_extensions(certificate),
        _ => true,
    }
}

/// Whether only the owner of the private key can sign for this certificate. Anybody can if the public key is the point at infinity
/// or has the RSA exponent 1. DSA is withdrawn (FIPS 186-5).
pub(crate) fn protects(certificate: &X509Ref) -> bool {
    let Ok(key) = certificate.public_key() else { return false };
    match key.id() {
        Id::EC => key.ec_key().is_ok_and(|key| !key.public_key().is_infinity(key.group())),
        Id::RSA | Id::RSA_PSS => key.rsa().is_ok_and(|key| key.e().num_bits() > 1),
        Id::ED25519 | Id::ED448 => true,
        _ => false,
    }
}

/// An unsigned certificate whose only content is `host` as a DNS name.
fn certificate_for(host: &str) -> Result<X509, ErrorStack> {
    let mut builder = X509::builder()?;
    let names = SubjectAlternativeName::new().dns(host).build(&builder.x509v3_context(None, None))?;
    builder.append_extension(names)?;
    Ok(builder.build())
}
