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

/// Nor more bytes: those of as many full datagrams of a usual network.
const MOST_BYTES: usize = MOST * 1500;

/// Datagrams that a handshake will answer, oldest first.
#[derive(Default)]
pub(crate) struct Handshakes {
    datagrams: PacketQueue,
    sources: VecDeque<(EndpointKey, Option<SocketAddr>)>,
    bytes: usize,
}

impl Handshakes {
    /// Puts a datagram at the end; `false` when too many wait.
    pub(crate) fn defer(&mut self, endpoint: EndpointKey, from: Option<SocketAddr>, datagram: &[u8]) -> bool {
        if self.sources.len() >= MOST || self.bytes + datagram.len() > MOST_BYTES {
            return false;
        }
        self.bytes += datagram.len();
        self.datagrams.push(datagram);
        self.sources.push_back((endpoint, from));
        true
    }

    /// Moves the oldest into `datagram`, and tells where it came from.
    pub(crate) fn next(&mut self, datagram: &mut Vec<u8>) -> Option<(EndpointKey, Option<SocketAddr>)> {
        let source = self.sources.pop_front()?;
        datagram.clear();
        datagram.extend_from_slice(self.datagrams.pop()?);
        self.bytes -= datagram.len();
        Some(source)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use slotmap::Key as _;

    use super::*;

    #[test]
    fn what_waits_is_bounded_in_number_and_bytes_and_has_room_again() {
        for size in [100, 17 * 1024] {
            let mut handshakes = Handshakes::default();
            let full = vec![0; size];
            let taken = (0..).take_while(|_| handshakes.defer(EndpointKey::null(), None, &full)).count();
            assert!(taken <= MOST && taken * size <= MOST_BYTES, "{taken} of {size} bytes");
            let mut datagram = Vec::new();
            assert!(handshakes.next(&mut datagram).is_some());
            assert_eq!(datagram, full);
            assert!(handshakes.defer(EndpointKey::null(), None, &full));
            assert!(!handshakes.defer(EndpointKey::null(), None, &full));
        }
    }
}
