//! Verifies certificates, and records why one was refused.

use std::fmt;
use std::sync::Arc;

use libc::c_int;
use openssl::error::ErrorStack;
use openssl::ssl::{SslRef, SslVerifyMode};
use openssl::x509::X509VerifyResult;
use openssl_sys as ffi;
use parking_lot::Mutex;

use crate::chain::{self, ChainRules};
use crate::ossl;
use crate::pin::Pin;
use crate::server_name::ServerName;

/// Why a certificate was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateError {
    result: X509VerifyResult,
    /// The certificate's position in the chain: 0 is the other side's own.
    depth: u32,
    expected_name: Option<String>,
    /// The certificate that a client with pins received, if no pin matches.
    unpinned: Option<Pin>,
}

/// The results that mean: no chain leads to a trusted certificate.
const UNTRUSTED: [c_int; 5] = [
    ffi::X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
    ffi::X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
    ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
    ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
    ffi::X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
];

impl CertificateError {
    /// Whether the chain is trusted, but the certificate is for another name.
    pub fn is_name_mismatch(&self) -> bool {
        matches!(self.result.as_raw(), ffi::X509_V_ERR_HOSTNAME_MISMATCH | ffi::X509_V_ERR_IP_ADDRESS_MISMATCH)
    }

    /// Whether the other side's own certificate signed itself, and is not trusted.
    pub fn is_self_signed(&self) -> bool {
        self.result.as_raw() == ffi::X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
    }

    /// Whether no chain leads to a trusted certificate: its issuer is not trusted, or the other side left out a part.
    pub fn is_untrusted(&self) -> bool {
        UNTRUSTED.contains(&self.result.as_raw())
    }

    /// One of each error that has a text of its own, or advice.
    pub(crate) fn examples() -> Vec<Self> {
        let of = |code| Self {
            result: ossl::verify_result(code),
            depth: 0,
            expected_name: Some("game.example".into()),
            unpinned: None,
        };
        let advised = (0..200).filter(|code| advice(*code).is_some());
        let codes = UNTRUSTED.into_iter().chain([ffi::X509_V_ERR_HOSTNAME_MISMATCH]).chain(advised);
        let unpinned = Self { unpinned: Some(Pin::Certificate([0; 32])), ..of(ffi::X509_V_OK) };
        codes.map(of).chain([unpinned]).collect()
    }
}

/// What to do about a result of OpenSSL.
fn advice(result: c_int) -> Option<&'static str> {
    Some(match result {
        ffi::X509_V_ERR_CERT_HAS_EXPIRED => "renew the certificate, or set this device's clock",
        ffi::X509_V_ERR_CERT_NOT_YET_VALID => "set this device's clock, or wait until the certificate is valid",
        ffi::X509_V_ERR_CERT_REJECTED => "it is not encoded in DER (X.690): have it issued again, by another program",
        ossl::X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3 => "have it issued again, in version 3",
        ffi::X509_V_ERR_PERMITTED_VIOLATION | ffi::X509_V_ERR_EXCLUDED_VIOLATION => {
            "the authority may not vouch for this name: have another one issue the certificate"
        }
        ffi::X509_V_ERR_INVALID_PURPOSE => "use a certificate whose key usage allows this",
        ffi::X509_V_ERR_INVALID_CA => "its issuer is no certificate authority",
        ffi::X509_V_ERR_EE_KEY_TOO_SMALL | ffi::X509_V_ERR_CA_KEY_TOO_SMALL => {
            "use a certificate with RSA of 2048 bits or more, or ECDSA"
        }
        ffi::X509_V_ERR_CA_MD_TOO_WEAK => "use a certificate signed with SHA-256 or better",
        _ => return None,
    })
}

impl std::error::Error for CertificateError {}

impl fmt::Display for CertificateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (true, Some(name)) = (self.is_name_mismatch(), &self.expected_name) {
            return write!(formatter, "the certificate is not valid for \"{name}\"");
        }
        if let Some(shown) = &self.unpinned {
            return write!(
                formatter,
                "the certificate is none of the pinned ones: if {shown} is the right one, pin that; if not, this is not \
                 the server it should be"
            );
        }
        write!(formatter, "{} (depth {})", self.result.error_string(), self.depth)?;
        match advice(self.result.as_raw()) {
            Some(advice) => write!(formatter, ": {advice}"),
            None => Ok(()),
        }
    }
}

/// The place where the verify callback stores an error. The session reads it when the handshake has failed.
#[derive(Debug, Clone, Default)]
pub(crate) struct VerifyResult(Arc<Mutex<Option<CertificateError>>>);

impl VerifyResult {
    /// Makes `ssl` verify the other side's chain, and stores the first error.
    ///
    /// # Errors
    /// When OpenSSL is out of memory.
    pub(crate) fn watch(
        &self,
        ssl: &mut SslRef,
        mode: SslVerifyMode,
        name: Option<&ServerName>,
    ) -> Result<(), ErrorStack> {
        let verify_result = self.0.clone();
        let expected_name = name.map(ToString::to_string);
        let dns_name = match name {
            Some(ServerName::Dns(name)) => Some(&**name),
            Some(ServerName::Ip(_)) | None => None,
        };
        let rules = ChainRules::new(ssl, dns_name)?;
        ssl.set_verify_callback(mode, move |mut trusted, context| {
            if trusted && let Some(broken) = rules.broken(context) {
                context.set_error(ossl::verify_result(broken));
                trusted = false;
            }
            if !trusted {
                verify_result.lock().get_or_insert_with(|| CertificateError {
                    result: context.error(),
                    depth: context.error_depth(),
                    expected_name: expected_name.clone(),
                    unpinned: None,
                });
            }
            trusted
        });
        Ok(())
    }

    /// Makes `ssl` accept exactly the certificates that match one of `pins`, whatever their chain. A weak key is refused, because
    /// others may have computed the private key.
    pub(crate) fn watch_pins(&self, ssl: &mut SslRef, pins: Vec<Pin>) {
        let verify_result = self.0.clone();
        ssl.set_verify_callback(SslVerifyMode::PEER, move |_, context| {
            // Available even if no chain could be built: the chain starts with this certificate.
            let own = context.chain().and_then(|chain| chain.get(0)).map(ToOwned::to_owned);
            let pinned = own.as_ref().filter(|own| pins.iter().any(|pin| pin.matches(own)));
            let is_weak = context.error().as_raw() == ffi::X509_V_ERR_EE_KEY_TOO_SMALL;
            let result = match pinned {
                Some(own) if is_weak || !chain::protects(own) => ffi::X509_V_ERR_EE_KEY_TOO_SMALL,
                Some(_) => ffi::X509_V_OK,
                None => ffi::X509_V_ERR_APPLICATION_VERIFICATION,
            };
            context.set_error(ossl::verify_result(result));
            if result == ffi::X509_V_OK {
                return true;
            }
            let unpinned = if pinned.is_none() { own.and_then(|own| Pin::of_certificate(&own).ok()) } else { None };
            verify_result.lock().get_or_insert_with(|| CertificateError {
                result: context.error(),
                depth: 0,
                expected_name: None,
                unpinned,
            });
            false
        });
    }

    pub(crate) fn certificate_error(&self) -> Option<CertificateError> {
        self.0.lock().clone()
    }
}
