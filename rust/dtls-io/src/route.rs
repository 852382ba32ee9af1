//! Where a datagram comes from or goes to.

use std::net::{IpAddr, SocketAddr};

/// The two addresses of a datagram.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Route {
    /// The other side's address; `None` on a connected socket, which has only one.
    pub(crate) remote: Option<SocketAddr>,
    /// This side's address, if the socket has several: an answer must come from the address that the client asked.
    pub(crate) local: Option<IpAddr>,
}
