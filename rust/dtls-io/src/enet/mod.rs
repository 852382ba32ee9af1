//! ENet over DTLS: a layer above the sessions of an I/O thread.
//!
//! ```text
//!   owner's thread                              I/O thread
//!   EnetConnection::send --> commands --> Peer::send, Peer::poll_transmit --> Session::send
//!   EnetHost::next_event <-- event queue <-- Peer::poll_event, Peer::receive <-- Session::receive
//! ```
//!
//! Acknowledgements, retransmissions, fragments and pings are the I/O thread's. Whole packets reach the owner, who may be
//! busy for seconds and loses nobody.

pub(crate) mod command;
pub(crate) mod connection;
pub(crate) mod event_queue;
pub(crate) mod host;
pub(crate) mod layer;
