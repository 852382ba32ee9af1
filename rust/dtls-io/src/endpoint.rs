//! The sockets of an I/O thread and the peers behind them.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use dtls_core::{Acceptor, Session};
use mio::net::UdpSocket;
use slotmap::new_key_type;

use crate::client::Opening;
use crate::server::Door;
use crate::shared::Shared;

new_key_type! {
    /// A socket of an I/O thread.
    pub(crate) struct EndpointKey;
    /// A connection of an I/O thread.
    pub(crate) struct PeerKey;
}

/// A socket.
pub(crate) struct Endpoint {
    pub(crate) socket: UdpSocket,
    pub(crate) role: Role,
    /// Whether datagrams may wait: readiness is told once, and holds until a read finds nothing.
    pub(crate) readable: bool,
}

/// What a socket is for.
pub(crate) enum Role {
    Server(Box<Listening>),
    /// One connection, and how it was asked for, to try the host's next address.
    Client(PeerKey, Box<Opening>),
}

/// A server's side of its socket.
pub(crate) struct Listening {
    pub(crate) acceptor: Acceptor,
    pub(crate) by_address: HashMap<SocketAddr, PeerKey>,
    /// Handshakes under way, oldest first, and such as are done.
    pub(crate) pending: VecDeque<PeerKey>,
    pub(crate) max_pending: usize,
    pub(crate) door: Arc<Door>,
    pub(crate) port: u16,
    pub(crate) max_queued_packets: usize,
}

/// A connection.
pub(crate) struct Peer {
    pub(crate) session: Session,
    pub(crate) shared: Arc<Shared>,
    pub(crate) endpoint: EndpointKey,
    /// Where to send; on a connected socket there is only one place.
    pub(crate) address: Option<SocketAddr>,
    /// The soonest that the timers know of.
    pub(crate) scheduled: Option<Instant>,
    /// Whether the other side, that is the script, knows it as connected.
    pub(crate) announced: bool,
}
