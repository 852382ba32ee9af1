//! The name that a server's certificate must be valid for.

use std::fmt;
use std::net::IpAddr;

use openssl::error::ErrorStack;
use openssl::ssl::SslRef;
use openssl::x509::verify::X509CheckFlags;

use crate::error::OptionsError;

/// The longest DNS name and the longest label in bytes (RFC 1035 §2.3.4).
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// The name for which a server's certificate must be valid: a DNS name or an IP address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerName {
    /// Compared with the certificate's DNS names, or with its common name if it has none (RFC 6125 §6.4).
    Dns(String),
    /// Compared with the certificate's IP addresses, never with its common name.
    Ip(IpAddr),
}

impl ServerName {
    /// Reads a host name or an IP address as a user types it. Converts a Unicode name to the ASCII form that certificates
    /// hold (RFC 6125 §6.4.2).
    ///
    /// # Errors
    /// [`OptionsError::NoName`] when it is empty, [`OptionsError::BadName`] when it is not a host name.
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

    /// Makes `ssl` require this name when it verifies a chain.
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

#[cfg(test)]
mod tests {
    use super::*;

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
