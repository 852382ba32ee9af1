//! The sockets of an I/O thread and the peers behind them.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use dtls_core::{PendingId, Session};
use mio::net::UdpSocket;

use crate::connection_state::ConnectionState;
use crate::key::{EndpointKey, PeerKey, RequestKey};
use crate::listening::Listening;

/// A socket.
pub(crate) struct Endpoint {
    pub(crate) socket: UdpSocket,
    pub(crate) role: Role,
    /// The system's name for it.
    pub(crate) token: usize,
    /// Whether datagrams may wait: readiness is told once, and holds until a read finds nothing.
    pub(crate) readable: bool,
    /// How many reads have failed in a row.
    pub(crate) failures: u32,
}

/// What a socket is for.
pub(crate) enum Role {
    Server(Box<Listening>),
    /// One connection, and the request that it is an attempt of.
    Client(PeerKey, RequestKey),
}

/// The two ends of a datagram's way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Route {
    /// The other side's address; on a connected socket there is only one.
    pub(crate) remote: Option<SocketAddr>,
    /// This side's, where the socket has several: an answer comes from the address that was asked.
    pub(crate) local: Option<IpAddr>,
}

/// A connection.
pub(crate) struct Peer {
    pub(crate) session: Session,
    pub(crate) shared: Arc<ConnectionState>,
    pub(crate) endpoint: EndpointKey,
    pub(crate) route: Route,
    /// The soonest that the timers know of.
    pub(crate) scheduled: Option<Instant>,
    /// Whether the other side, that is the script, knows it as connected.
    pub(crate) announced: bool,
    /// On a server: its place among the handshakes under way.
    pub(crate) pending: Option<PendingId>,
    /// When it was made.
    pub(crate) since: Instant,
    /// How often its client has started anew within a short time.
    pub(crate) restarts: u32,
}
