//! Handshake work that waits for its turn: a signature may take a millisecond, and players' packets go first.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use dtls_core::PacketQueue;

use crate::endpoint::EndpointKey;

/// How long an I/O thread works on handshakes before it looks at its sockets again.
pub(crate) const SLICE: Duration = Duration::from_micros(500);

/// More datagrams than this do not wait: their senders will send them again.
const MOST: usize = 16 * 1024;

/// Datagrams that a handshake will answer, oldest first.
#[derive(Default)]
pub(crate) struct Handshakes {
    datagrams: PacketQueue,
    sources: VecDeque<(EndpointKey, Option<SocketAddr>)>,
}

impl Handshakes {
    /// Puts a datagram at the end; `false` when too many wait.
    pub(crate) fn defer(&mut self, endpoint: EndpointKey, from: Option<SocketAddr>, datagram: &[u8]) -> bool {
        if self.sources.len() >= MOST {
            return false;
        }
        self.datagrams.push(datagram);
        self.sources.push_back((endpoint, from));
        true
    }

    /// Moves the oldest into `datagram`, and tells where it came from.
    pub(crate) fn next(&mut self, datagram: &mut Vec<u8>) -> Option<(EndpointKey, Option<SocketAddr>)> {
        let source = self.sources.pop_front()?;
        datagram.clear();
        datagram.extend_from_slice(self.datagrams.pop()?);
        Some(source)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }
}
