//! Why sessions end.
//!
//! Messages do not repeat their cause, which is their [`source`](std::error::Error::source).

use std::io;
use std::time::Duration;

use openssl::error::ErrorStack;

use crate::alert;
use crate::cause::{OpenSslError, SystemError};
use crate::error::OptionsError;
use crate::verify::CertificateError;

/// Why a session ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndReason {
    /// This side has sent close_notify.
    #[error("closed by this side")]
    ClosedLocally,
    /// The other side has sent close_notify.
    #[error("closed by the other side")]
    ClosedByPeer,
    /// A client with a valid cookie started a handshake from the same address (RFC 6347 §4.2.8).
    #[error("replaced: the client started anew from the same address")]
    Replaced,
    /// This side has refused the other side's certificate.
    #[error(transparent)]
    CertificateRefused(CertificateError),
    /// The client presented no certificate, and the server requires one.
    #[error("the client presented no certificate, and this server requires one")]
    CertificateMissing,
    /// This side requires an application protocol, and the other side has none.
    #[error("the other side names no application protocol")]
    NoApplicationProtocol,
    /// A handshake with a pre-shared key did not finish in time. With different keys, neither side can decrypt what the
    /// other sends.
    #[error(
        "the handshake with a pre-shared key did not finish within {:.1} s: do both sides have the same identity with \
         the same key?",
        .0.as_secs_f64()
    )]
    PskHandshakeTimeout(Duration),
    /// The other side has sent a fatal alert.
    #[error("the other side refused: {}", alert::description(*.0))]
    Alert(u8),
    /// The keys have protected as much data as they may (RFC 9325 §4.4).
    #[error("the keys of this connection are used up: connect again")]
    KeysUsedUp,
    /// The other side started a new handshake inside the connection. This library does not renegotiate (RFC 9325 §3.5).
    #[error("the other side began to renegotiate, which is not allowed")]
    Renegotiation,
    /// Too many handshakes were in progress, and this one was the oldest.
    #[error("too many handshakes at once: this one made room for another")]
    TooManyHandshakes,
    /// The server has as many connections as it may have.
    #[error("the server is full")]
    ServerFull,
    /// A bug in this library has ended the thread that owns the socket.
    #[error("the network thread failed")]
    ThreadFailed,
    /// The handshake did not finish in time.
    #[error(
        "the handshake did not finish within {:.1} s: is the other side running, and is UDP let through?",
        .0.as_secs_f64()
    )]
    HandshakeTimeout(Duration),
    /// Nothing was received for this long.
    #[error("nothing was received for {:.1} s", .0.as_secs_f64())]
    IdleTimeout(Duration),
    /// The other side did not acknowledge what it was sent, or not quickly enough.
    #[error("the other side did not acknowledge what it was sent: is its network gone, or too slow?")]
    Unacknowledged,
    /// The other side's host reports that the port is closed.
    #[error("the other side's port is closed: is the server running, and is the port right?")]
    PortUnreachable,
    /// The host name has no address.
    #[error("the host name \"{0}\" cannot be resolved: check it, and that there is a network")]
    HostNotFound(String),
    /// The operating system refused a socket.
    #[error("no UDP socket could be opened")]
    NoSocket(#[source] SystemError),
    /// The socket under the session was closed.
    #[error("the UDP socket under the connection was closed")]
    SocketClosed,
    /// The client has no cipher in common with this server, whose ciphers are listed.
    #[error("no shared cipher: the client has none of {0}, or no group that this server has")]
    NoSharedCipher(String),
    /// The other side violates the protocol, or the two sides have nothing in common.
    #[error("the DTLS exchange failed")]
    Protocol(#[source] OpenSslError),
    /// A session could not be made from the options.
    #[error("the options cannot be used")]
    Options(#[source] OptionsError),
}

impl EndReason {
    /// Whether the session ended because a side closed it or was silent, rather than by a failure.
    pub const fn is_orderly(&self) -> bool {
        matches!(self, Self::ClosedLocally | Self::ClosedByPeer | Self::IdleTimeout(_))
    }
}

/// Example values, and a check that does not compile while a reason is missing among them.
macro_rules! examples {
    ($($name:ident $(($value:expr))?),* $(,)?) => {
        impl EndReason {
            /// One of each reason, of each alert with a text, and of each refused certificate with a text. For tests that
            /// nothing is forgotten where all messages are explained.
            #[doc(hidden)]
            pub fn examples() -> Vec<Self> {
                let alerts = (0..=u8::MAX).filter(|alert| alert::text(*alert).is_some()).map(Self::Alert);
                let certificates = CertificateError::examples().into_iter().map(Self::CertificateRefused);
                [$(Self::$name $(($value))?),*].into_iter().chain(alerts).chain(certificates).collect()
            }
        }

        const _: fn(&EndReason) = |reason| match reason {
            $(EndReason::$name { .. } => {})*
            EndReason::Alert(_) | EndReason::CertificateRefused(_) => {}
        };
    };
}

examples! {
    ClosedLocally,
    ClosedByPeer,
    Replaced,
    CertificateMissing,
    NoApplicationProtocol,
    PskHandshakeTimeout(Duration::from_secs(10)),
    HandshakeTimeout(Duration::from_secs(10)),
    IdleTimeout(Duration::from_secs(30)),
    Unacknowledged,
    KeysUsedUp,
    Renegotiation,
    TooManyHandshakes,
    ServerFull,
    ThreadFailed,
    PortUnreachable,
    HostNotFound("game.example".into()),
    NoSocket(io::Error::other("Too many open files").into()),
    SocketClosed,
    NoSharedCipher("ECDHE-ECDSA-AES128-GCM-SHA256, ECDHE-ECDSA-CHACHA20-POLY1305".into()),
    Protocol(ErrorStack::get().into()),
    Options(OptionsError::OpenSsl(ErrorStack::get().into())),
}
