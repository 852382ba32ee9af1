//! Floods of datagrams that are made beforehand.

use std::net::UdpSocket;

use super::Flood;

/// Where datagrams come from, and which.
pub(super) struct Source {
    pub(super) socket: UdpSocket,
    pub(super) datagrams: Vec<Vec<u8>>,
}

/// Each source sends its datagrams in turn, over and over.
pub(super) struct Datagrams {
    sources: Vec<Source>,
    turn: usize,
}

impl Datagrams {
    /// Takes `sources` that each have a datagram at least.
    pub(super) fn new(sources: Vec<Source>) -> Self {
        for source in &sources {
            // Answers are left in the socket, and what it does not take is not sent.
            let _ = source.socket.set_nonblocking(true);
        }
        Self { sources, turn: 0 }
    }
}

impl Flood for Datagrams {
    fn turn(&mut self) -> usize {
        let turn = self.turn;
        self.turn += 1;
        let send = |Source { socket, datagrams }: &&Source| socket.send(&datagrams[turn % datagrams.len()]).is_ok();
        self.sources.iter().filter(send).count()
    }
}
