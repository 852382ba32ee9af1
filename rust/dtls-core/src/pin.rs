//! Pins: trust in exactly one certificate or key, whatever its names and its issuer.

use std::fmt;
use std::str::FromStr;

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::sha::sha256;
use openssl::x509::X509Ref;

use crate::error::OptionsError;

/// Size of a fingerprint in bytes: SHA-256.
const DIGEST_LENGTH: usize = 32;

const CERTIFICATE: &str = "sha256:";
const KEY: &str = "spki-sha256:";

/// The fingerprint of a certificate or key. As text, it is `sha256:` or `spki-sha256:` and 64 hexadecimal digits. Colons may
/// separate the digits, as in the output of the openssl program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pin {
    /// One certificate: the SHA-256 of its DER form.
    Certificate([u8; DIGEST_LENGTH]),
    /// All certificates with one public key: the SHA-256 of its SubjectPublicKeyInfo (RFC 7469 §2.4). The pin stays valid
    /// when a certificate is renewed with the same key.
    Key([u8; DIGEST_LENGTH]),
}

impl Pin {
    /// The pin of a whole certificate.
    ///
    /// # Errors
    /// When OpenSSL is out of memory.
    pub fn of_certificate(certificate: &X509Ref) -> Result<Self, ErrorStack> {
        let digest = certificate.digest(MessageDigest::sha256())?;
        Ok(Self::Certificate(sized(&digest)))
    }

    /// The pin of a certificate's public key.
    ///
    /// # Errors
    /// When OpenSSL does not support this kind of key.
    pub fn of_key(certificate: &X509Ref) -> Result<Self, ErrorStack> {
        Ok(Self::Key(sha256(&certificate.public_key()?.public_key_to_der()?)))
    }

    pub(crate) fn matches(&self, certificate: &X509Ref) -> bool {
        let shown = match self {
            Self::Certificate(_) => Self::of_certificate(certificate),
            Self::Key(_) => Self::of_key(certificate),
        };
        shown.is_ok_and(|shown| shown == *self)
    }

    fn parts(&self) -> (&'static str, &[u8; DIGEST_LENGTH]) {
        match self {
            Self::Certificate(digest) => (CERTIFICATE, digest),
            Self::Key(digest) => (KEY, digest),
        }
    }
}

impl FromStr for Pin {
    type Err = OptionsError;

    fn from_str(text: &str) -> Result<Self, OptionsError> {
        let bad = || OptionsError::BadPin(text.to_owned());
        let (kind, digits): (fn(_) -> Self, _) = match (text.strip_prefix(CERTIFICATE), text.strip_prefix(KEY)) {
            (Some(digits), _) => (Self::Certificate, digits),
            (None, Some(digits)) => (Self::Key, digits),
            (None, None) => return Err(bad()),
        };
        let digits: Option<Vec<u8>> =
            digits.chars().filter(|c| *c != ':').map(|c| c.to_digit(16).map(|digit| digit as u8)).collect();
        let digits = digits.filter(|digits| digits.len() == 2 * DIGEST_LENGTH).ok_or_else(bad)?;
        Ok(kind(std::array::from_fn(|index| digits[2 * index] << 4 | digits[2 * index + 1])))
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, digest) = self.parts();
        formatter.write_str(kind)?;
        digest.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

fn sized(digest: &[u8]) -> [u8; DIGEST_LENGTH] {
    // A SHA-256 always has this size. The default would match nothing.
    digest.try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_read_as_people_write_them() {
        let plain = format!("sha256:{}", "0f".repeat(32));
        let colons = format!("sha256:{}", vec!["0F"; 32].join(":"));
        assert_eq!(plain.parse(), Ok(Pin::Certificate([15; 32])));
        assert_eq!(colons.parse(), Ok(Pin::Certificate([15; 32])));
        assert_eq!(Pin::Key([15; 32]).to_string(), format!("spki-{plain}"));
        assert_eq!(Pin::Key([15; 32]).to_string().parse(), Ok(Pin::Key([15; 32])));
    }

    #[test]
    fn a_text_that_is_no_pin_is_refused() {
        for text in ["", "sha256:", "sha1:00", &"0f".repeat(32), "sha256:zz", &format!("sha256:{}", "0".repeat(63))] {
            assert_eq!(text.parse::<Pin>(), Err(OptionsError::BadPin(text.to_owned())));
        }
    }
}
