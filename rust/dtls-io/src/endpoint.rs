//! A socket of an I/O thread, and what it is for.

use mio::net::UdpSocket;

use crate::key::{PeerKey, RequestKey};
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
