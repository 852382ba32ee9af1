//! What can go wrong, in words that say what to do.

use std::time::Duration;

use openssl::error::ErrorStack;
use openssl::ssl::SslRef;

use crate::options::usable_ciphers;
use crate::verify::CertificateError;

// <openssl/sslerr.h>
const NO_SHARED_CIPHER: i32 = 193;
const PEER_DID_NOT_RETURN_A_CERTIFICATE: i32 = 199;

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
    /// The private key is of a kind that OpenSSL does not use in DTLS 1.2.
    #[error("Ed25519 and Ed448 keys cannot be used in DTLS 1.2: use an ECDSA or RSA key and its certificate")]
    KeyKind,
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
    /// A certificate made here must be valid for 1 to 36525 days.
    #[error("a certificate cannot be valid for {0} days: give 1 to 36525")]
    Days(u32),
    /// No cipher of the list can be used.
    #[error(
        "no usable cipher in \"{}\": name AEAD ciphers with forward secrecy as OpenSSL does, for example \
         ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256{}",
        .0,
        if names_dhe(.0) { "; servers take no DHE ciphers, which RFC 9325 advises against" } else { "" }
    )]
    Ciphers(String),
    /// No cipher of a server's list goes with its certificate or with pre-shared keys.
    #[error(
        "no cipher in \"{0}\" goes with the server's certificate: name ECDHE-ECDSA ciphers for an ECDSA key, ECDHE-RSA \
         ciphers for an RSA key"
    )]
    CiphersOfOtherKeys(String),
    /// The groups cannot be used.
    #[error("the groups \"{0}\" cannot be used ({1}): name them as OpenSSL does, for example X25519:P-256")]
    Groups(String, String),
    /// The name of an application protocol has a wrong size, in bytes; and the most it may have.
    #[error("the name of an application protocol has 1 to {1} bytes, not {0}")]
    Protocol(usize, usize),
    /// The text is no pin.
    #[error(
        "\"{0}\" is no fingerprint: expected \"sha256:\" or \"spki-sha256:\" and 64 hexadecimal digits, as \
         get_peer_fingerprint() gives them"
    )]
    BadPin(String),
    /// The identity has a wrong size, in bytes.
    #[error("the identity of a pre-shared key has 1 to 128 bytes without a NUL, not {0}")]
    PskIdentity(usize),
    /// The key has a wrong size, in bytes.
    #[error("a pre-shared key has 16 to 64 bytes, not {0}: make one with Crypto.new().generate_random_bytes(32)")]
    PskKey(usize),
    /// The secrets have a wrong size, in bytes.
    #[error(
        "expected 1 to 8 secrets of 32 bytes each, newest first, not {0} bytes: make one with \
        Crypto.new().generate_random_bytes(32)"
    )]
    SecretLength(usize),
    /// A secret is one byte over and over.
    #[error("the secret is not random: make one with Crypto.new().generate_random_bytes(32)")]
    SecretNotRandom,
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
    /// Larger than one record holds (RFC 6347 §4.1), or than the client asked for (RFC 6066 §4), in bytes.
    #[error("a packet of {length} bytes does not fit into one DTLS record: send at most {limit}")]
    TooLarge {
        /// Bytes of the packet.
        length: usize,
        /// Bytes of the largest packet on this connection.
        limit: usize,
    },
    /// OpenSSL could not seal it.
    #[error("OpenSSL could not seal the packet")]
    Seal,
}

/// Why keying material was not exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The handshake is not done, or the session has ended.
    #[error("not connected")]
    NotConnected,
    /// A size out of range, in bytes.
    #[error("cannot export {0} bytes: ask for 1 to 4096")]
    Length(usize),
    /// A context too long to be told from another (RFC 5705 §4), in bytes.
    #[error("the context is {0} bytes: give 65535 at most, or a hash of it")]
    Context(usize),
    /// The label is one of TLS's own (RFC 5705 §4).
    #[error("the label is reserved by TLS: use one of your own, for example \"EXPORTER-my-game-login\"")]
    Label,
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
    CertificateRefused(CertificateError),
    /// The client showed no certificate to a server that requires one.
    #[error(
        "the client showed no certificate, and this server requires one: give the client its own with \
        set_own_certificate()"
    )]
    CertificateMissing,
    /// The handshake succeeded, but no application protocol was agreed on.
    #[error("the other side names no application protocol: set its alpn_protocols as on this side")]
    NoApplicationProtocol,
    /// A handshake with a pre-shared key did not finish: with two different keys, neither side can read the other.
    #[error(
        "the handshake with a pre-shared key did not finish within {:.1} s: do both sides have the same identity with \
         the same key?",
        .0.as_secs_f64()
    )]
    PskHandshakeTimeout(Duration),
    /// The other side sent a fatal alert.
    #[error("the other side refused: {}", alert_words(*.0))]
    Alert(u8),
    /// The keys of the connection have protected as much as they may (RFC 9325 §4.4).
    #[error("the keys of this connection are used up: connect again")]
    KeysUsedUp,
    /// Too many handshakes were under way, and this was the oldest.
    #[error("too many handshakes at once: this one made room for another")]
    TooManyHandshakes,
    /// The server has as many connections as it takes.
    #[error("the server is full: as many clients are connected as max_connections allows")]
    ServerFull,
    /// A fault of this library ended the thread that had the socket.
    #[error("the network thread failed: this is a fault of the addon; stop the server or client and start it again")]
    ThreadFailed,
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
    /// The client has no cipher in common with this server, whose ciphers are these.
    #[error(
        "no shared cipher: the client has none of {0}, or no group that this server has; compare cipher_list and groups of \
         both"
    )]
    NoSharedCipher(String),
    /// The other side broke the protocol, or has nothing in common with this one.
    #[error("the DTLS exchange failed: {0}")]
    Protocol(String),
}

impl EndReason {
    /// Whether the session ended as one of its sides wished, rather than by a failure.
    pub const fn is_orderly(&self) -> bool {
        matches!(self, Self::ClosedLocally | Self::ClosedByPeer | Self::IdleTimeout(_))
    }

    /// Ends by the errors that OpenSSL left when `ssl` failed.
    pub(crate) fn from_errors(stack: &ErrorStack, ssl: &SslRef) -> Self {
        // An alert that was received is the reason 1000 + its number (SSL_AD_REASON_OFFSET).
        let alert = stack
            .errors()
            .iter()
            .find_map(|error| u8::try_from(error.reason_code() - openssl_sys::SSL_AD_REASON_OFFSET).ok());
        let is = |reason| stack.errors().iter().any(|error| error.reason_code() == reason);
        match alert {
            Some(alert) => Self::Alert(alert),
            None if is(PEER_DID_NOT_RETURN_A_CERTIFICATE) => Self::CertificateMissing,
            None if is(NO_SHARED_CIPHER) => Self::NoSharedCipher(usable_ciphers(ssl).join(", ")),
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

/// Whether a list in OpenSSL's syntax (openssl-ciphers(1)) asks for ciphers with ephemeral finite-field Diffie-Hellman.
fn names_dhe(list: &str) -> bool {
    let wanted = list.split([':', ',', ';', ' ']).filter(|item| !item.starts_with(['!', '-']));
    wanted.flat_map(|item| item.split('+')).any(|name| {
        let name = name.strip_prefix('k').unwrap_or(name);
        name.starts_with("DHE") || name.starts_with("EDH")
    })
}

/// RFC 5246 §7.2.2, in words.
fn alert_words(alert: u8) -> String {
    let words = match alert {
        10 => "unexpected message",
        20 => "bad record",
        40 => "no cipher in common, or it wanted another certificate",
        41 => "a certificate is missing, ours or its own",
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
        71 => "it accepts none of our ciphers",
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
