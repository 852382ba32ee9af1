//! UDP sockets and I/O threads over `dtls-core`, without Godot.
//!
//! A [`Server`] owns its port, and [`connect`] creates a client that owns its socket. An I/O thread receives datagrams,
//! assigns them to connections by address, handles cookies and handshakes, and encrypts and decrypts packets, in
//! batches. The owner's thread only moves packets in and out of queues, through [`Connection`]s.
//!
//! ```text
//!   owner's thread                          I/O thread ("driver")
//!   Connection::send ----> commands ------> Session::send ----> sendmmsg
//!   Connection::receive <- inbox    <------ Session::receive <- recvmmsg
//! ```
//!
//! Sessions are used on the I/O thread only. A lock is held for a swap or a copy, never during cryptography or a system
//! call.

mod accept_queue;
mod answers;
mod attempts;
mod batch;
mod budget;
mod client;
mod command_channel;
mod command_queue;
mod connection;
mod connection_state;
mod driver;
mod endpoint;
mod enet;
mod handshakes;
mod incoming;
mod key;
mod listening;
mod outgoing;
mod peer;
mod pruning_queue;
mod ready_connections;
mod route;
mod sender;
mod server;
mod sessions;
mod socket;
mod sockets;
mod statistics;
mod sync;
mod threads;
mod timers;

pub use budget::{Budget, Inbox, QueueLimits};
pub use client::{ConnectError, connect};
pub use connection::Connection;
pub use dtls_enet;
pub use enet::connection::EnetConnection;
pub use enet::event_queue::ConnectionId;
pub use enet::host::{EnetClientSettings, EnetEvent, EnetHost};
pub use sender::{Bundle, SendError, Sender};
pub use server::{Server, ServerSettings};
pub use statistics::Statistics;
pub use threads::stop_all;
