//! ENet, whose peer is authenticated and means ill.

pub(crate) mod commands;
pub(crate) mod compression;
pub(crate) mod datagrams;

use std::sync::LazyLock;
use std::time::Duration;

use dtls_enet::{Compression, Event, Host, HostOptions, Mode, Packet, Peer, State};

use crate::ffi::{advance, now};
use crate::script::Script;

/// What may wait for the owner of a victim, in bytes, and the largest packet.
const WAITING: usize = 64 * 1024;
const PACKET: usize = 16 * 1024;

/// What a victim may have queued for its peer.
const QUEUED: usize = 64 * 1024;

/// Bytes that a victim sends in answer to a datagram besides twice its length: a header and pings.
const ANSWER: usize = 64;

/// The largest that a compressed datagram may become.
const DECOMPRESSED: usize = 4096;

/// What a client of ours sends until it is connected, with 255 channels. Each victim gets the same datagrams, because a client
/// of its own would cost more than most inputs.
static CLIENT: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let (mut host, mut other) = (host(), host());
    let mut client = Peer::connect(&other, u8::MAX, 7, 0x1234_5678, now());
    let mut server = Peer::accept(&host, now());
    let mut datagrams = Vec::new();
    while server.state() != State::Connected {
        while let Some(datagram) = client.poll_transmit(now(), &mut other) {
            server.receive(datagram, now(), &mut host);
            datagrams.push(datagram.to_vec());
        }
        while let Some(datagram) = server.poll_transmit(now(), &mut host) {
            client.receive(datagram, now(), &mut other);
        }
    }
    datagrams
});

/// A host with small limits, without compression.
fn host() -> Host {
    let mut options = HostOptions::default();
    options.maximum_packet_size = PACKET;
    options.maximum_waiting_data = WAITING;
    options.maximum_queued_data = QUEUED;
    Host::new(options, now())
}

/// A server's peer that is connected.
fn connected_peer(host: &mut Host) -> Peer {
    let mut peer = Peer::accept(host, now());
    for datagram in CLIENT.iter() {
        peer.receive(datagram, now(), host);
        while peer.poll_transmit(now(), host).is_some() {}
    }
    assert_eq!(peer.poll_event(), Some(Event::Connected { data: 7 }));
    peer
}

/// A peer of a host with small limits, held to its bounds.
struct Victim {
    host: Host,
    peer: Peer,
    is_compressed: bool,
}

impl Victim {
    /// A server's peer, which is connected or waits for its client.
    fn new(compression: Compression, is_connected: bool) -> Self {
        let mut host = host();
        let peer = if is_connected { connected_peer(&mut host) } else { Peer::accept(&host, now()) };
        host.set_compression(compression);
        Self { host, peer, is_compressed: compression != Compression::None }
    }

    /// Takes a datagram, whose answer is bounded by its length.
    fn receive(&mut self, datagram: &[u8]) {
        let was_idle = self.peer.queued_data() == 0;
        self.peer.receive(datagram, now(), &mut self.host);
        let sent = self.transmit();
        if was_idle {
            let length = if self.is_compressed { DECOMPRESSED } else { datagram.len() };
            assert!(sent <= 2 * length + ANSWER, "{sent} bytes in answer to {length}");
        }
        self.check();
    }

    /// How many bytes it sends.
    fn transmit(&mut self) -> usize {
        let mut sent = 0;
        while let Some(datagram) = self.peer.poll_transmit(now(), &mut self.host) {
            assert!(datagram.len() <= DECOMPRESSED, "a datagram of {} bytes", datagram.len());
            sent += datagram.len();
        }
        sent
    }

    /// Its owner takes what has arrived.
    fn take_events(&mut self) {
        while let Some(event) = self.peer.poll_event() {
            if let Event::Received { packet, .. } = event {
                assert!(packet.len() <= PACKET, "a packet of {} bytes", packet.len());
            }
        }
    }

    /// Its owner sends something, which the peer may never acknowledge.
    fn send(&mut self, script: &mut Script<'_>) {
        let mode = [Mode::Reliable, Mode::Unreliable, Mode::Unsequenced][script.below(3)];
        let packet = vec![script.byte(); script.number() % PACKET];
        // It is refused if there is no room, or no connection.
        let _ = self.peer.send(script.byte() % 4, mode, &Packet::from(packet.as_slice()));
    }

    /// Time passes.
    fn wait(&mut self, script: &mut Script<'_>) {
        advance(Duration::from_millis(10 * u64::from(script.byte())));
        self.peer.handle_timeout(now(), &mut self.host);
        self.transmit();
    }

    fn check(&self) {
        let figures = self.peer.statistics();
        assert!(figures.waiting_data <= WAITING, "{} bytes wait", figures.waiting_data);
        assert!(figures.queued_data <= QUEUED, "{} bytes are queued", figures.queued_data);
        if self.peer.state() == State::Disconnected {
            assert!(self.peer.deadline().is_none(), "it is over, and has something to do");
        }
    }
}

fn compression(script: &mut Script<'_>) -> Compression {
    let all = [Compression::None, Compression::RangeCoder, Compression::FastLz, Compression::Zlib, Compression::Zstd];
    all[script.below(all.len())]
}
