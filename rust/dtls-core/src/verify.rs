//! Whom a certificate must name, and why one was refused.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use libc::c_int;
use openssl::error::ErrorStack;
use openssl::ssl::{SslRef, SslVerifyMode};
use openssl::x509::X509VerifyResult;
use openssl::x509::verify::X509CheckFlags;
use openssl_sys as ffi;
use parking_lot::Mutex;

use crate::error::OptionsError;
use crate::pin::Pin;

/// The longest DNS name and the longest part of one (RFC 1035 §2.3.4), in bytes.
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// The name a server's certificate must be valid for: a DNS name, or an IP address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerName {
    /// Matched against DNS names in the certificate, or its common name when it has none (RFC 6125 §6.4).
    Dns(String),
    /// Matched against IP addresses in the certificate, never against its common name.
    Ip(IpAddr),
}

impl ServerName {
    /// Reads a host name or an IP address as a user types it; a name in Unicode is turned into its ASCII form, which is
    /// what certificates hold (RFC 6125 §6.4.2).
    ///
    /// # Errors
    /// [`OptionsError::NoName`] when it is empty, [`OptionsError::BadName`] when it cannot be a host.
    pub fn parse(host: &str) -> Result<Self, OptionsError> {
        if host.is_empty() {
            return Err(OptionsError::NoName);
        }
        let bad = || OptionsError::BadName(host.to_owned());
        let ascii = if host.is_ascii() { host.to_owned() } else { idna::domain_to_ascii(host).map_err(|_| bad())? };
        if let Ok(ip) = ascii.parse() {
            return Ok(Self::Ip(ip));
        }
        let name = ascii.strip_suffix('.').unwrap_or(&ascii);
        let plausible = name.len() <= MAX_NAME
            && name.split('.').all(|label| (1..=MAX_LABEL).contains(&label.len()))
            && !name.contains(|c: char| c.is_control() || c.is_whitespace());
        if plausible { Ok(Self::Dns(name.to_owned())) } else { Err(bad()) }
    }

    /// Makes the chain check of `ssl` demand this name.
    pub(crate) fn require(&self, ssl: &mut SslRef) -> Result<(), ErrorStack> {
        let parameters = ssl.param_mut();
        match self {
            Self::Dns(name) => {
                parameters.set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS);
                parameters.set_host(name)
            }
            Self::Ip(ip) => parameters.set_ip(*ip),
        }
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => formatter.write_str(name),
            Self::Ip(ip) => ip.fmt(formatter),
        }
    }
}

/// Why a certificate was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateError {
    result: X509VerifyResult,
    /// Which certificate of the chain: 0 is the other side's own.
    depth: u32,
    expected_name: Option<String>,
    /// What was shown to a client that holds pins, none of which it matches.
    unpinned: Option<Pin>,
}

impl CertificateError {
    /// Whether the chain was trusted, but names another host.
    pub fn is_name_mismatch(&self) -> bool {
        matches!(self.result.as_raw(), ffi::X509_V_ERR_HOSTNAME_MISMATCH | ffi::X509_V_ERR_IP_ADDRESS_MISMATCH)
    }

    /// What whoever sees the refusal can do about it.
    fn advice(&self) -> Option<&'static str> {
        advice(self.result.as_raw())
    }
}

fn advice(result: c_int) -> Option<&'static str> {
    Some(match result {
        ffi::X509_V_ERR_CERT_HAS_EXPIRED => "renew the certificate, or set this device's clock",
        ffi::X509_V_ERR_CERT_NOT_YET_VALID => "set this device's clock, or wait until the certificate is valid",
        ffi::X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
        | ffi::X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN
        | ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT
        | ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
        | ffi::X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE => {
            "pass the issuer's certificate as the trusted chain, and have the other side send its whole chain"
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
            return write!(
                formatter,
                "the certificate is not valid for \"{name}\": connect with a name it holds, or give that name as the \
                 common name override"
            );
        }
        if let Some(shown) = &self.unpinned {
            return write!(
                formatter,
                "the certificate is none of the pinned ones: if {shown} is the right one, pin that; if not, this is not \
                 the server it should be"
            );
        }
        write!(formatter, "{} (depth {})", self.result.error_string(), self.depth)?;
        match self.advice() {
            Some(advice) => write!(formatter, ": {advice}"),
            None => Ok(()),
        }
    }
}

/// Where the verify callback leaves its refusal; the session reads it when the handshake has failed.
#[derive(Debug, Clone, Default)]
pub(crate) struct VerifyResult(Arc<Mutex<Option<CertificateError>>>);

impl VerifyResult {
    /// Has `ssl` verify the other side's chain, and keep the first reason to refuse it.
    pub(crate) fn watch(&self, ssl: &mut SslRef, mode: SslVerifyMode, name: Option<&ServerName>) {
        let verify_result = self.0.clone();
        let expected_name = name.map(ToString::to_string);
        ssl.set_verify_callback(mode, move |trusted, context| {
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
    }

    /// Has `ssl` take exactly the certificates that `pins` name, whatever else is to be said of their chain.
    pub(crate) fn watch_pins(&self, ssl: &mut SslRef, pins: Vec<Pin>) {
        let verify_result = self.0.clone();
        ssl.set_verify_callback(SslVerifyMode::PEER, move |_, context| {
            // Found even where no chain could be built: a chain starts with the certificate that is judged.
            let own = context.chain().and_then(|chain| chain.get(0)).map(ToOwned::to_owned);
            if own.as_ref().is_some_and(|own| pins.iter().any(|pin| pin.matches(own))) {
                context.set_error(X509VerifyResult::OK);
                return true;
            }
            context.set_error(X509VerifyResult::APPLICATION_VERIFICATION);
            let unpinned = own.and_then(|own| Pin::of_certificate(&own).ok());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_with_advice_is_in_the_document() {
        let document = include_str!("../../../docs/errors.md");
        let refusal = |code| CertificateError {
            result: crate::ossl::verify_result(code),
            depth: 0,
            expected_name: Some("game.example".into()),
            unpinned: None,
        };
        // The place in the chain is one of many.
        let in_document = |words: String| {
            [0, 1].iter().any(|depth| document.contains(&words.replace("(depth 0)", &format!("(depth {depth})"))))
        };
        let advised = (0..200).filter(|code| advice(*code).is_some());
        let unpinned = CertificateError { unpinned: Some(Pin::Certificate([0; 32])), ..refusal(ffi::X509_V_OK) };
        let missing: Vec<String> = advised
            .chain([ffi::X509_V_ERR_HOSTNAME_MISMATCH])
            .map(refusal)
            .chain([unpinned])
            .map(|refusal| refusal.to_string().replace(&"00".repeat(32), "…"))
            .filter(|words| !in_document(format!("| {words} |")))
            .collect();
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn host_names_and_addresses_are_told_apart() {
        assert_eq!(ServerName::parse("game.example."), Ok(ServerName::Dns("game.example".into())));
        assert_eq!(ServerName::parse("::1"), Ok(ServerName::Ip("::1".parse().unwrap_or(IpAddr::from([0; 16])))));
        assert_eq!(ServerName::parse(""), Err(OptionsError::NoName));
        for bad in ["a..b", ".", "a b", "a\0b", &"x".repeat(254)] {
            assert_eq!(ServerName::parse(bad), Err(OptionsError::BadName(bad.into())));
        }
    }

    #[test]
    fn names_in_unicode_are_taken_in_their_ascii_form() {
        for (unicode, ascii) in [
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.Example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example.", "xn--bcher-kva.example"),
            ("straße.example", "xn--strae-oqa.example"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ] {
            assert_eq!(ServerName::parse(unicode), Ok(ServerName::Dns(ascii.into())), "{unicode}");
        }
        assert_eq!(ServerName::parse("１２７.0.0.1"), Ok(ServerName::Ip([127, 0, 0, 1].into())));
        for bad in ["\u{fffd}.example", "ü..example", &"ü".repeat(64)] {
            assert_eq!(ServerName::parse(bad), Err(OptionsError::BadName(bad.into())));
        }
    }

    #[test]
    fn names_in_ascii_stay_as_they_are() {
        for name in ["xn--bcher-kva.example", "Game_Server-1.example", "localhost"] {
            assert_eq!(ServerName::parse(name), Ok(ServerName::Dns(name.into())));
        }
    }
}
