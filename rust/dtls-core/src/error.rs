//! Why a call failed.
//!
//! Messages do not repeat their cause, which is their [`source`](std::error::Error::source).

use openssl::error::ErrorStack;

use crate::cause::OpenSslError;

/// Options that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// The PEM text holds no certificate.
    #[error("no certificate found: expected PEM text with \"-----BEGIN CERTIFICATE-----\"")]
    NoCertificate,
    /// The PEM text holds a malformed certificate.
    #[error("the certificate cannot be read")]
    BadCertificate(#[source] OpenSslError),
    /// The PEM text holds no private key.
    #[error("no private key found: expected PEM text with \"-----BEGIN PRIVATE KEY-----\" or the like")]
    NoPrivateKey,
    /// The private key is encrypted, and the passphrase is missing or wrong.
    #[error("the private key is encrypted: give the right passphrase")]
    Passphrase,
    /// The private key belongs to none of the certificates.
    #[error("the private key does not belong to the certificate: use the key the certificate was made with")]
    KeyMismatch,
    /// OpenSSL does not support this kind of private key in DTLS 1.2.
    #[error("Ed25519 and Ed448 keys cannot be used in DTLS 1.2: use an ECDSA or RSA key and its certificate")]
    KeyKind,
    /// The server's certificate cannot be verified without a name.
    #[error("no host name to verify the server's certificate against")]
    NoName,
    /// The text is not a host name.
    #[error("\"{0}\" is no host name or IP address")]
    BadName(String),
    /// A generated certificate must be valid for 1 to 36525 days.
    #[error("a certificate cannot be valid for {0} days: give 1 to 36525")]
    Days(u32),
    /// The list holds no usable cipher.
    #[error(
        "no usable cipher in \"{}\": name AEAD ciphers with forward secrecy and 16-byte tags as OpenSSL does, for example \
         ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256{}",
        .0,
        if names_dhe(.0) { "; servers take no DHE ciphers, which RFC 9325 advises against" } else { "" }
    )]
    Ciphers(String),
    /// No cipher of a server's list works with its certificate or with pre-shared keys.
    #[error(
        "no cipher in \"{0}\" goes with the server's certificate: name ECDHE-ECDSA ciphers for an ECDSA key, ECDHE-RSA \
         ciphers for an RSA key"
    )]
    CiphersOfOtherKeys(String),
    /// The groups cannot be used: OpenSSL's names are separated by colons, for example `X25519:P-256`.
    #[error("the groups \"{0}\" cannot be used")]
    Groups(String, #[source] OpenSslError),
    /// The name of an application protocol has the first number of bytes, and may have at most the second.
    #[error("the name of an application protocol has 1 to {1} bytes, not {0}")]
    Protocol(usize, usize),
    /// The text is not a pin.
    #[error("\"{0}\" is no fingerprint: expected \"sha256:\" or \"spki-sha256:\" and 64 hexadecimal digits")]
    BadPin(String),
    /// An identity may not have this many bytes, or it holds a NUL.
    #[error("the identity of a pre-shared key has 1 to 128 bytes without a NUL, not {0}")]
    PskIdentity(usize),
    /// A pre-shared key may not have this many bytes.
    #[error("a pre-shared key has 16 to 64 bytes, not {0}")]
    PskKey(usize),
    /// Secrets may not have this many bytes.
    #[error("expected 1 to 8 secrets of 32 bytes each, newest first, not {0} bytes")]
    SecretLength(usize),
    /// All bytes of a secret are the same.
    #[error("the secret is not random")]
    SecretNotRandom,
    /// OpenSSL refused the options for another reason.
    #[error("OpenSSL refused the options")]
    OpenSsl(#[source] OpenSslError),
}

impl From<ErrorStack> for OptionsError {
    fn from(stack: ErrorStack) -> Self {
        Self::OpenSsl(stack.into())
    }
}

/// Why a packet was not sent. The session continues.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The handshake is not done, or the session has ended.
    #[error("not connected")]
    NotConnected,
    /// The packet is larger than a record may be (RFC 6347 §4.1), or than the client asked for (RFC 6066 §4).
    #[error("a packet of {length} bytes does not fit into one DTLS record: send at most {limit}")]
    TooLarge {
        /// Size of the packet in bytes.
        length: usize,
        /// Size in bytes of the largest packet on this connection.
        limit: usize,
    },
    /// OpenSSL could not encrypt the packet.
    #[error("OpenSSL could not encrypt the packet")]
    Seal(#[source] OpenSslError),
}

/// Why keying material was not exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The handshake is not done, or the session has ended.
    #[error("not connected")]
    NotConnected,
    /// This many bytes cannot be exported.
    #[error("cannot export {0} bytes: ask for 1 to 4096")]
    Length(usize),
    /// The context has this many bytes, which is too long (RFC 5705 §4).
    #[error("the context is {0} bytes: give 65535 at most, or a hash of it")]
    Context(usize),
    /// TLS itself uses the label (RFC 5705 §4).
    #[error("the label is reserved by TLS: use one of your own, for example \"EXPORTER-my-game-login\"")]
    Label,
}

/// Whether a list in OpenSSL's syntax (openssl-ciphers(1)) asks for ciphers with ephemeral finite-field Diffie-Hellman.
fn names_dhe(list: &str) -> bool {
    let wanted = list.split([':', ',', ';', ' ']).filter(|item| !item.starts_with(['!', '-']));
    wanted.flat_map(|item| item.split('+')).any(|name| {
        let name = name.strip_prefix('k').unwrap_or(name);
        name.starts_with("DHE") || name.starts_with("EDH")
    })
}
