//! What the two sides negotiate: ciphers, groups, application protocols.

use openssl::error::ErrorStack;
use openssl::pkey::Id;
use openssl::ssl::{AlpnError, SslCipherRef, SslContextBuilder, SslMethod, SslRef};

use crate::error::OptionsError;
use crate::ossl;

/// AEAD with forward secrecy only (RFC 9325 §4.2), the fastest first (docs/performance.md).
const CIPHERS: &str = "ECDHE+AESGCM+AES128:ECDHE+AESGCM+AES256:ECDHE+CHACHA20";

/// The same for pre-shared keys: the cipher of RFC 7905 and RFC 8442 that OpenSSL has.
const PSK_CIPHERS: &str = "ECDHE-PSK-CHACHA20-POLY1305";

/// Excluded from every list: ciphers without AEAD, authentication, encryption or forward secrecy, and those with tags of
/// 8 bytes, which the security level forbids. OpenSSL would take a list of them, and then fail every handshake.
const NEVER: &str = "!SHA1:!SHA256:!SHA384:!aNULL:!eNULL:!kRSA:!kPSK:!kRSAPSK:!AESCCM8";

/// Excluded on servers, which have no Diffie-Hellman parameters. RFC 9325 §4.1 advises against these ciphers.
const NEVER_ON_SERVERS: &str = "!kDHE:!kDHEPSK";

/// 112 bits: RSA and DH of 2048 bits or more, no SHA-1 signatures (OpenSSL's SSL_CTX_set_security_level).
const SECURITY_LEVEL: u32 = 2;

/// The longest name of an application protocol, in bytes (RFC 7301 §3.1).
const MAX_PROTOCOL: usize = 255;

/// What a side offers or accepts, for either role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Negotiation {
    /// The ciphers in order of preference, in OpenSSL's syntax (openssl-ciphers(1)); empty for AES-GCM and ChaCha20. Only
    /// AEAD ciphers with forward secrecy are ever used.
    pub cipher_list: String,
    /// The groups for the key exchange in order of preference, in OpenSSL's syntax (SSL_CTX_set1_groups_list(3)); empty for
    /// OpenSSL's default. A client's list must also hold the curve of the server's ECDSA certificate (RFC 8422 §5.1.1).
    pub groups: String,
    /// Application protocols (RFC 7301) in order of preference; empty for none. If the two sides have none in common, the
    /// handshake fails.
    pub alpn_protocols: Vec<String>,
}

/// How the two sides authenticate each other. It limits the ciphers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Authentication {
    Certificates,
    Psk,
    Both,
}

/// The role of a side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

impl Negotiation {
    /// Checks that OpenSSL accepts these settings. [`ServerConfig::new`](crate::ServerConfig::new) may still refuse ciphers.
    ///
    /// # Errors
    /// [`OptionsError::Ciphers`], [`OptionsError::Groups`] or [`OptionsError::Protocol`].
    pub fn check(&self) -> Result<(), OptionsError> {
        ossl::init();
        let mut context = SslContextBuilder::new(SslMethod::dtls())?;
        self.apply(&mut context, Authentication::Both, Side::Client)?;
        self.wire_protocols().map(drop)
    }

    pub(super) fn apply(
        &self,
        context: &mut SslContextBuilder,
        authentication: Authentication,
        side: Side,
    ) -> Result<(), OptionsError> {
        let for_side = if side == Side::Server { NEVER_ON_SERVERS } else { "" };
        let (never, default) = match authentication {
            Authentication::Certificates => ("!aPSK", CIPHERS.to_owned()),
            Authentication::Psk => ("!aECDSA:!aRSA", PSK_CIPHERS.to_owned()),
            Authentication::Both => ("", format!("{CIPHERS}:{PSK_CIPHERS}")),
        };
        // The openssl crate panics at a NUL.
        if self.cipher_list.contains('\0') {
            return Err(OptionsError::Ciphers(self.cipher_list.clone()));
        }
        let list = if self.cipher_list.is_empty() { &default } else { &self.cipher_list };
        context
            .set_cipher_list(&format!("{NEVER}:{for_side}:{never}:{list}"))
            .map_err(|_| OptionsError::Ciphers(self.cipher_list.clone()))?;
        // After the list, because it may set another level.
        context.set_security_level(SECURITY_LEVEL);
        if !self.groups.is_empty() {
            let refused = |stack: ErrorStack| OptionsError::Groups(self.groups.clone(), stack.into());
            if self.groups.contains('\0') {
                return Err(refused(ErrorStack::get()));
            }
            context.set_groups_list(&self.groups).map_err(refused)?;
        }
        Ok(())
    }

    pub(super) fn offer_protocols(&self, context: &mut SslContextBuilder) -> Result<(), OptionsError> {
        if !self.alpn_protocols.is_empty() {
            context.set_alpn_protos(&self.wire_protocols()?)?;
        }
        Ok(())
    }

    /// Selects the server's first protocol that the client offers, or else sends a fatal alert (RFC 7301 §3.2).
    pub(super) fn select_protocol(&self, context: &mut SslContextBuilder) -> Result<(), OptionsError> {
        if !self.alpn_protocols.is_empty() {
            self.wire_protocols()?;
            let own = self.alpn_protocols.clone();
            context.set_alpn_select_callback(move |_, offered| {
                let offered_too = |name: &String| protocols(offered).find(|offer| *offer == name.as_bytes());
                own.iter().find_map(offered_too).ok_or(AlpnError::ALERT_FATAL)
            });
        }
        Ok(())
    }

    /// The names as sent: each after its length (RFC 7301 §3.1).
    fn wire_protocols(&self) -> Result<Vec<u8>, OptionsError> {
        let mut wire = Vec::new();
        for name in &self.alpn_protocols {
            match u8::try_from(name.len()) {
                Ok(length @ 1..) => wire.push(length),
                _ => return Err(OptionsError::Protocol(name.len(), MAX_PROTOCOL)),
            }
            wire.extend_from_slice(name.as_bytes());
        }
        Ok(wire)
    }
}

/// OpenSSL's names of the ciphers that a server with `ssl` can use: those of its list that work with its certificate or
/// with pre-shared keys.
pub(crate) fn usable_ciphers(ssl: &SslRef) -> Vec<&'static str> {
    let key = ssl.certificate().and_then(|certificate| certificate.public_key().ok()).map(|key| key.id());
    let signed_with = match key {
        None => None,
        Some(Id::RSA | Id::RSA_PSS) => Some("_RSA_WITH_"),
        Some(_) => Some("_ECDSA_WITH_"),
    };
    let is_usable =
        |name: &str| name.contains("_PSK_") || signed_with.is_some_and(|signed_with| name.contains(signed_with));
    let ciphers = ossl::ciphers(ssl).into_iter().flatten();
    ciphers.filter(|cipher| cipher.standard_name().is_some_and(is_usable)).map(SslCipherRef::name).collect()
}

/// The names in a list as sent.
fn protocols(mut wire: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = wire.split_first()?;
        let (name, rest) = rest.split_at_checked(usize::from(*length))?;
        wire = rest;
        Some(name)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use openssl::ssl::Ssl;

    use super::*;
    use crate::cipher_suite;

    fn ciphers(list: &str) -> Result<(), OptionsError> {
        Negotiation { cipher_list: list.into(), ..Default::default() }.check()
    }

    #[test]
    fn only_lists_with_a_strong_cipher_are_taken() {
        for good in ["", "ECDHE-ECDSA-AES256-GCM-SHA384", "HIGH", "ECDHE-PSK-CHACHA20-POLY1305", "ALL:@SECLEVEL=0"] {
            assert_eq!(ciphers(good), Ok(()), "{good}");
        }
        for weak in [
            "nonsense",
            "AES128-SHA",
            "ECDHE-RSA-AES128-SHA",
            "NULL",
            "PSK-AES128-GCM-SHA256",
            "AES128-GCM-SHA256",
            "ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES256-CCM8",
            "AESCCM8:@SECLEVEL=0",
            "HIGH\0",
        ] {
            assert_eq!(ciphers(weak), Err(OptionsError::Ciphers(weak.into())), "{weak}");
        }
    }

    #[test]
    fn every_cipher_that_may_be_negotiated_is_in_the_table() {
        for side in [Side::Client, Side::Server] {
            let mut context = crate::options::context(SslMethod::dtls()).unwrap();
            let all = Negotiation { cipher_list: "ALL:COMPLEMENTOFALL".into(), ..Default::default() };
            all.apply(&mut context, Authentication::Both, side).unwrap();
            let ssl = Ssl::new(&context.build()).unwrap();
            let names: Vec<_> = ossl::ciphers(&ssl).unwrap().iter().filter_map(SslCipherRef::standard_name).collect();
            assert!(names.len() > 6, "{names:?}");
            for name in names {
                assert!(cipher_suite::find(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn groups_and_protocols_are_checked() {
        let groups = |groups: &str| Negotiation { groups: groups.into(), ..Default::default() }.check();
        assert_eq!(groups("X25519:P-256"), Ok(()));
        for bad in ["X25519:nonsense", "X25519\0"] {
            assert!(matches!(groups(bad), Err(OptionsError::Groups(..))), "{bad:?}");
        }
        let alpn = |name: &str| Negotiation { alpn_protocols: vec![name.into()], ..Default::default() }.check();
        assert_eq!(alpn(&"x".repeat(255)), Ok(()));
        assert_eq!(alpn(""), Err(OptionsError::Protocol(0, 255)));
        assert_eq!(alpn(&"x".repeat(256)), Err(OptionsError::Protocol(256, 255)));
    }
}
