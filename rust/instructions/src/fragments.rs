//! An ENet peer at which packets wait for fragments that never come.

use std::time::Instant;

use dtls_enet::limits::MINIMUM_FRAGMENT;
use dtls_enet::{Host, HostOptions, Peer};

/// How many packets wait.
const PACKETS: u16 = 16_000;

pub(crate) struct Victim {
    now: Instant,
    host: Host,
    peer: Peer,
}

impl Victim {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        let host = Host::new(HostOptions::default(), now);
        let mut victim = Self { peer: Peer::accept(&host, now), host, now };
        let numbers = [1392, 65536, 255, 0, 0, 5000, 2, 2, 0xdead_beef, 7_u32].map(u32::to_be_bytes);
        let connect = [&[0x8f, 0xff, 0, 0, 0x82, 0xff, 0, 1, 0, 0, 0xff, 0xff], numbers.as_flattened()].concat();
        victim.receive(&connect);
        // Acknowledges the answer.
        victim.receive(&[0x80, 0, 0, 0, 0x01, 0xff, 0, 1, 0, 1, 0, 0]);
        for start in 1..=PACKETS {
            victim.receive(&last_fragment(0x0c, 0, start));
        }
        assert!(victim.peer.statistics().waiting_data > PACKETS.into(), "the packets do not wait");
        victim
    }

    fn receive(&mut self, datagram: &[u8]) {
        self.peer.receive(datagram, self.now, &mut self.host);
        while self.peer.poll_transmit(self.now, &mut self.host).is_some() {}
    }

    /// Receives the last fragment of the next reliable packet, again and again.
    pub(crate) fn receive_fragment(&mut self) {
        self.receive(&last_fragment(0x88, 2, 1));
    }
}

/// The last byte of a packet of two fragments, in a datagram.
fn last_fragment(command: u8, sequence: u8, start: u16) -> Vec<u8> {
    let start = start.to_be_bytes();
    let fields = [2, 1, MINIMUM_FRAGMENT + 1, MINIMUM_FRAGMENT].map(u32::to_be_bytes);
    [&[0x80, 0, 0, 0, command, 0, 0, sequence], &start[..], &[0, 1], fields.as_flattened(), &[0x42]].concat()
}
