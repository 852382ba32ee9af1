//! DTLS sessions over OpenSSL, without sockets, threads or Godot.
//!
//! One documented drive loop ([`Session`]), fed by whoever owns the socket:
//!
//! ```text
//! datagram in  ->  Session  ->  datagrams out
//!                    |-> packets out, state, next deadline
//! ```
//!
//! * [`ClientConfig`] and [`ServerConfig`] are parsed once and shared by all sessions made from them.
//! * An [`Acceptor`] is the gate in front of a server: it answers first ClientHellos statelessly with a cookie
//!   (RFC 6347 §4.2.1) and makes a [`Session`] only for a client that returned a valid one.
//! * A [`Wire`] lends a thread's buffers to whichever session is driven, so that sessions own none.
//!
//! Network noise is dropped and never an error; what ends a session is its [`EndReason`].

mod acceptor;
mod cookie;
mod credentials;
mod datagram;
mod error;
mod options;
mod ossl;
mod record;
mod session;
mod trust;
mod verify;

pub use acceptor::{Accepted, Acceptor, is_hello_with_cookie};
pub use cookie::Cookies;
pub use credentials::{Credentials, certificates_from_pem};
pub use datagram::{PacketQueue, Wire};
pub use error::{EndReason, OptionsError, SendError};
pub use options::{ClientConfig, ClientOptions, ServerConfig, ServerOptions, Transport, Verification};
pub use session::{MAX_PACKET, Session, State};
pub use trust::Trust;
pub use verify::{Refusal, ServerName};
