//! What can go wrong, in words that say what to do.

use std::time::Duration;

use openssl::error::ErrorStack;

use crate::verify::Refusal;

/// Options that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// The PEM text holds no certificate.
    #[error("no certificate found: expected PEM text with \"-----BEGIN CERTIFICATE-----\"")]
    NoCertificate,
    /// The PEM text holds a broken certificate.
    #[error("the certificate cannot be read ({0}): check that the file is complete PEM text")]
    BadCertificate(String),
    /// The PEM text holds no private key.
    #[error("no private key found: expected PEM text with \"-----BEGIN PRIVATE KEY-----\" or the like")]
    NoPrivateKey,
    /// The private key is encrypted.
    #[error("the private key is encrypted: give the right passphrase")]
    Passphrase,
    /// The private key belongs to another certificate.
    #[error("the private key does not belong to the certificate: use the key the certificate was made with")]
    KeyMismatch,
    /// A kind of key that OpenSSL's DTLS 1.2 servers find no cipher for.
    #[error("a DTLS server cannot use an Ed25519 or Ed448 key: use an ECDSA key on P-256, or an RSA key")]
    EdwardsServerKey,
    /// A certificate cannot be verified without a name to check it against.
    #[error(
        "no host name to verify the server's certificate against: give the host name, or a common name override, or \
         use unsafe client options"
    )]
    NoName,
    /// The host name cannot be one.
    #[error("\"{0}\" is no host name or IP address")]
    BadName(String),
    /// The operating system gave no thread or no event queue.
    #[error("the operating system refused: {0}")]
    System(String),
    /// OpenSSL refused, for a reason of its own.
    #[error("OpenSSL refused the options: {0}")]
    OpenSsl(String),
}

impl From<ErrorStack> for OptionsError {
    fn from(stack: ErrorStack) -> Self {
        Self::OpenSsl(first_reason(&stack))
    }
}

/// Why a packet was not sent. The session lives on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The handshake is not done, or the session has ended.
    #[error("not connected")]
    NotConnected,
    /// Larger than one record holds (RFC 6347 §4.1).
    #[error("a packet of {0} bytes does not fit into one DTLS record: send at most 16384")]
    TooLarge(usize),
    /// OpenSSL could not seal it.
    #[error("OpenSSL could not seal the packet")]
    Seal,
}

/// Why a session ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndReason {
    /// This side said close_notify.
    #[error("closed by this side")]
    ClosedLocally,
    /// The other side said close_notify.
    #[error("closed by the other side")]
    ClosedByPeer,
    /// A client with a valid cookie came from the same address: the old one is gone (RFC 6347 §4.2.8).
    #[error("replaced: the client started anew from the same address")]
    Replaced,
    /// This side refused the other's certificate.
    #[error("{0}")]
    CertificateRefused(Refusal),
    /// The other side sent a fatal alert.
    #[error("the other side refused: {}", alert_words(*.0))]
    Alert(u8),
    /// Too many handshakes were under way, and this was the oldest.
    #[error("too many handshakes at once: this one made room for another")]
    Crowded,
    /// The handshake did not finish in time.
    #[error(
        "the handshake did not finish within {:.1} s: is the other side running, and is UDP let through?",
        .0.as_secs_f64()
    )]
    HandshakeTimeout(Duration),
    /// Nothing was received for too long.
    #[error("nothing was received for {:.1} s", .0.as_secs_f64())]
    IdleTimeout(Duration),
    /// The network says that nobody listens there.
    #[error("the other side's port is closed: is the server running, and is the port right?")]
    PortUnreachable,
    /// The host name has no address.
    #[error("the host name \"{0}\" cannot be resolved: check it, and that there is a network")]
    HostNotFound(String),
    /// The operating system gave no socket.
    #[error("no UDP socket could be opened: {0}")]
    NoSocket(String),
    /// The socket under the session was closed.
    #[error("the UDP socket under the connection was closed")]
    SocketClosed,
    /// The other side broke the protocol, or has nothing in common with this one.
    #[error("the DTLS exchange failed: {0}")]
    Protocol(String),
}

impl EndReason {
    /// Whether the session ended as one of its sides wished, rather than by a failure.
    pub const fn is_orderly(&self) -> bool {
        matches!(self, Self::ClosedLocally | Self::ClosedByPeer | Self::IdleTimeout(_))
    }

    /// Ends by the errors that OpenSSL left.
    pub(crate) fn from_errors(stack: &ErrorStack) -> Self {
        // An alert that was received is the reason 1000 + its number (SSL_AD_REASON_OFFSET).
        let alert = stack
            .errors()
            .iter()
            .find_map(|error| u8::try_from(error.reason_code() - openssl_sys::SSL_AD_REASON_OFFSET).ok());
        match alert {
            Some(alert) => Self::Alert(alert),
            None => Self::Protocol(first_reason(stack)),
        }
    }
}

pub(crate) fn first_reason(stack: &ErrorStack) -> String {
    stack
        .errors()
        .iter()
        .find_map(|error| error.reason().map(str::to_owned))
        .unwrap_or_else(|| "no reason given".to_owned())
}

/// RFC 5246 §7.2.2, in words.
fn alert_words(alert: u8) -> String {
    let words = match alert {
        10 => "unexpected message",
        20 => "bad record",
        40 => "no cipher or option in common, or a certificate was expected",
        42 => "it could not use our certificate",
        43 => "it does not take our kind of certificate",
        44 => "our certificate was revoked",
        45 => "our certificate has expired, or its clock is wrong",
        46 => "it does not accept our certificate",
        47 => "illegal parameter",
        48 => "it does not trust the issuer of our certificate",
        49 => "access denied",
        50 => "it could not decode a message",
        51 => "a signature or key did not verify",
        70 => "no protocol version in common",
        71 => "it requires stronger ciphers",
        80 => "internal error",
        90 => "the handshake was cancelled",
        112 => "it does not know the host name we asked for",
        115 => "unknown pre-shared key identity",
        116 => "a client certificate is required",
        120 => "no application protocol in common",
        _ => return format!("alert {alert}"),
    };
    format!("{words} (alert {alert})")
}
