//! The sockets of an I/O thread, and the peers that they serve.

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
    /// Its mio token.
    pub(crate) token: usize,
    /// Whether datagrams may wait. Readiness is edge-triggered: it is reported once, and holds until a read would
    /// block.
    pub(crate) readable: bool,
    /// How many reads have failed in a row.
    pub(crate) failures: u32,
}

/// What a socket is for.
pub(crate) enum Role {
    Server(Box<Listening>),
    /// One connection, and the request to which this attempt belongs.
    Client(PeerKey, RequestKey),
}

/// The two addresses of a datagram.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Route {
    /// The other side's address; `None` on a connected socket, which has only one.
    pub(crate) remote: Option<SocketAddr>,
    /// This side's address, if the socket has several: an answer must come from the address that the client asked.
    pub(crate) local: Option<IpAddr>,
}

/// A connection.
pub(crate) struct Peer {
    pub(crate) session: Session,
    pub(crate) shared: Arc<ConnectionState>,
    pub(crate) endpoint: EndpointKey,
    pub(crate) route: Route,
    /// The earliest deadline in the timers for this peer.
    pub(crate) scheduled: Option<Instant>,
    /// Whether the owner of the connection knows that it is connected.
    pub(crate) announced: bool,
    /// On a server: its entry among the handshakes in progress.
    pub(crate) pending: Option<PendingId>,
    /// When the session was created.
    pub(crate) since: Instant,
    /// How often its client has started a new session within a short time.
    pub(crate) restarts: u32,
}
