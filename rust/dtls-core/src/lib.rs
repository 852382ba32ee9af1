//! DTLS sessions over OpenSSL, without sockets, threads or Godot.
//!
//! The owner of a socket drives a [`Session`]:
//!
//! ```text
//! datagram in  ->  Session  ->  datagrams out
//!                    |-> packets out, state, next deadline
//! ```
//!
//! * [`ClientConfig`] and [`ServerConfig`] hold options that were checked once. All sessions made from one share it.
//! * An [`Acceptor`] does a server's cookie exchange: it answers a first ClientHello with a cookie, keeps no state
//!   (RFC 6347 §4.2.1), and makes a [`Session`] only for a client that returns a valid cookie.
//! * [`IoBuffers`] belong to a thread, which lends them to the session that it drives. Sessions have no buffers.
//!
//! Noise from the network is dropped and is never an error. A session ends with an [`EndReason`].

mod acceptor;
mod alert;
mod cause;
mod chain;
mod cipher_suite;
mod client_hello;
mod cookie;
mod credentials;
mod datagram;
mod der;
mod end_reason;
mod error;
mod handshake_info;
mod key_log;
mod key_usage;
mod options;
mod ossl;
mod pending;
mod pin;
mod prf;
mod psk;
mod record;
mod record_layer;
mod replay;
mod resumption;
mod secrets;
mod server_name;
mod session;
mod source;
mod statistics;
mod tickets;
mod trust;
mod verify;

// Some of its types are in the public API.
pub use openssl;

pub use acceptor::{Accepted, Acceptor, CookieCheck};
pub use cause::{OpenSslError, SystemError};
pub use cookie::Cookies;
pub use credentials::{Credentials, certificates_from_pem};
pub use datagram::{IoBuffers, MAX_PACKET, PacketQueue};
pub use end_reason::EndReason;
pub use error::{ExportError, OptionsError, SendError};
pub use handshake_info::HandshakeInfo;
pub use key_log::KeyLog;
pub use options::{
    ClientConfig, ClientOptions, ClientVerification, Negotiation, ServerConfig, ServerOptions, Transport, Verification,
};
pub use pending::{PendingHandshakes, PendingId};
pub use pin::Pin;
pub use psk::{Psk, PskStore};
pub use record::{is_hello_fragment, is_protected_data};
pub use resumption::SessionCache;
pub use secrets::SharedSecrets;
pub use server_name::ServerName;
pub use session::{Session, State};
pub use source::{Shares, Source};
pub use statistics::Statistics;
pub use tickets::TicketKeys;
pub use trust::Trust;
pub use verify::CertificateError;
