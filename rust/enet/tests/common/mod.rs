//! Two ends of a connection, a link between them that loses, doubles and delays datagrams, and a clock that jumps.
#![allow(dead_code, clippy::panic)] // each test uses its part

pub(crate) mod raw;
pub(crate) mod upstream;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use dtls_enet::{Event, Host, HostOptions, Mode, Packet, Peer, SendError, Timeouts};

/// An event whose bytes are its own.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Happened {
    Connected(u32),
    /// Channel, mode and bytes. Upstream's end does not tell the mode.
    Received(u8, Option<Mode>, Vec<u8>),
    Disconnected(u32),
}

/// A failed test shows lengths, not bytes.
impl std::fmt::Debug for Happened {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Connected(data) => write!(formatter, "Connected({data})"),
            Self::Received(channel, mode, packet) => write!(formatter, "{mode:?} on {channel}: {} bytes", packet.len()),
            Self::Disconnected(data) => write!(formatter, "Disconnected({data})"),
        }
    }
}

/// One end of a connection.
pub(crate) trait End {
    /// Calls `emit` with each datagram to send.
    fn transmit(&mut self, now: Instant, emit: &mut dyn FnMut(&[u8]));
    fn receive(&mut self, datagram: &[u8], now: Instant);
    fn send(&mut self, channel: u8, mode: Mode, packet: &[u8]) -> Result<(), SendError>;
    fn set_timeouts(&mut self, timeouts: Timeouts);
    fn disconnect(&mut self, data: u32);
    fn disconnect_later(&mut self, data: u32);
    fn disconnect_now(&mut self, data: u32);
    /// What happened since the last call.
    fn take(&mut self) -> Vec<Happened>;
    /// When `tick` has something to do.
    fn deadline(&self, now: Instant) -> Option<Instant>;
    fn tick(&mut self, now: Instant);
}

/// An end of this crate.
pub(crate) struct Ours {
    pub(crate) peer: Peer,
    pub(crate) host: Host,
}

impl Ours {
    pub(crate) fn client(options: HostOptions, channels: u8, data: u32, now: Instant) -> Self {
        let host = Host::new(options, now);
        Self { peer: Peer::connect(&host, channels, data, 0x1234_5678, now), host }
    }

    pub(crate) fn server(options: HostOptions, now: Instant) -> Self {
        let host = Host::new(options, now);
        Self { peer: Peer::accept(&host, now), host }
    }
}

/// On a bad link, a patient peer does not take bad luck for the end.
pub(crate) const PATIENT: Timeouts = Timeouts { limit: u32::MAX, minimum: u32::MAX, maximum: u32::MAX };

impl End for Ours {
    fn transmit(&mut self, now: Instant, emit: &mut dyn FnMut(&[u8])) {
        while let Some(datagram) = self.peer.poll_transmit(now, &mut self.host) {
            emit(datagram);
        }
    }

    fn receive(&mut self, datagram: &[u8], now: Instant) {
        self.peer.receive(datagram, now, &mut self.host);
    }

    fn send(&mut self, channel: u8, mode: Mode, packet: &[u8]) -> Result<(), SendError> {
        self.peer.send(channel, mode, &Packet::from(packet))
    }

    fn set_timeouts(&mut self, timeouts: Timeouts) {
        self.peer.set_timeouts(timeouts);
    }

    fn disconnect(&mut self, data: u32) {
        self.peer.disconnect(data);
    }

    fn disconnect_later(&mut self, data: u32) {
        self.peer.disconnect_later(data);
    }

    fn disconnect_now(&mut self, data: u32) {
        self.peer.disconnect_now(data);
    }

    fn take(&mut self) -> Vec<Happened> {
        let mut happened = Vec::new();
        while let Some(event) = self.peer.poll_event() {
            happened.push(match event {
                Event::Connected { data } => Happened::Connected(data),
                Event::Received { channel, mode, packet } => {
                    Happened::Received(channel, Some(mode), packet.into_owned())
                }
                Event::Disconnected { data, .. } => Happened::Disconnected(data),
            });
        }
        happened
    }

    fn deadline(&self, _now: Instant) -> Option<Instant> {
        self.peer.deadline().into_iter().chain(self.host.bandwidth_deadline()).min()
    }

    fn tick(&mut self, now: Instant) {
        self.host.throttle_bandwidth(&mut [&mut self.peer], now);
        self.peer.handle_timeout(now, &mut self.host);
    }
}

/// What happens to datagrams on their way. Shares are of 100.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) seed: u64,
    pub(crate) loss: u64,
    pub(crate) duplication: u64,
    pub(crate) latency: Duration,
    /// Up to this much later, so that datagrams overtake each other.
    pub(crate) jitter: Duration,
}

pub(crate) const PERFECT: Link =
    Link { seed: 0, loss: 0, duplication: 0, latency: Duration::from_millis(10), jitter: Duration::ZERO };

/// More happens in no test, however long it lasts.
const STEPS: u32 = 2_000_000;

/// Which end.
pub(crate) const CLIENT: usize = 0;
pub(crate) const SERVER: usize = 1;

/// A datagram: when it arrives, its number, the end it goes to, and its bytes.
type UnderWay = (Instant, u64, usize, Vec<u8>);

pub(crate) struct World<A, B> {
    pub(crate) now: Instant,
    pub(crate) link: Link,
    pub(crate) client: A,
    pub(crate) server: B,
    /// What happened at each end.
    pub(crate) happened: [Vec<Happened>; 2],
    /// Datagrams and bytes that each end sent.
    pub(crate) sent: [(usize, usize); 2],
    under_way: BinaryHeap<Reverse<UnderWay>>,
    count: u64,
}

impl World<Ours, Ours> {
    pub(crate) fn ours(options: &HostOptions, link: Link) -> Self {
        let now = Instant::now();
        let client = Ours::client(options.clone(), 4, 7, now);
        Self::new(client, Ours::server(options.clone(), now), link, now)
    }
}

impl<A: End, B: End> World<A, B> {
    pub(crate) fn new(client: A, server: B, link: Link, now: Instant) -> Self {
        let (happened, sent) = Default::default();
        Self { now, link, client, server, happened, sent, under_way: BinaryHeap::new(), count: 0 }
    }

    pub(crate) fn end(&mut self, end: usize) -> &mut dyn End {
        if end == CLIENT { &mut self.client } else { &mut self.server }
    }

    /// SplitMix64.
    fn random(&mut self) -> u64 {
        self.link.seed = self.link.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.link.seed ^ self.link.seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb) >> 32
    }

    /// Both ends send what they have, and report what happened.
    fn flush(&mut self) {
        for end in [CLIENT, SERVER] {
            let (mut datagrams, now) = (Vec::new(), self.now);
            self.end(end).transmit(now, &mut |datagram| datagrams.push(datagram.to_vec()));
            for datagram in datagrams {
                self.sent[end].0 += 1;
                self.sent[end].1 += datagram.len();
                let copies = 1 + u64::from(self.random() % 100 < self.link.duplication);
                for _ in 0..copies {
                    let is_lost = self.random() % 100 < self.link.loss;
                    let jitter = self.link.jitter.as_micros() as u64;
                    let delay = Duration::from_micros(self.random() % (jitter + 1));
                    if !is_lost {
                        let arrival = self.now + self.link.latency + delay;
                        self.under_way.push(Reverse((arrival, self.count, 1 - end, datagram.clone())));
                        self.count += 1;
                    }
                }
            }
            let happened = self.end(end).take();
            self.happened[end].extend(happened);
        }
    }

    /// Lets time pass until `is_done`. `false` if it is not after `limit`.
    pub(crate) fn run(&mut self, limit: Duration, mut is_done: impl FnMut(&mut Self) -> bool) -> bool {
        let end = self.now + limit;
        for _ in 0..STEPS {
            self.flush();
            if is_done(self) {
                return true;
            }
            let arrival = self.under_way.peek().map(|Reverse((arrival, ..))| *arrival);
            let deadlines = [self.client.deadline(self.now), self.server.deadline(self.now)];
            let next = deadlines.into_iter().flatten().chain(arrival).min().unwrap_or(end);
            if next > end {
                self.now = end;
                return false;
            }
            self.now = self.now.max(next);
            while let Some(Reverse((arrival, ..))) = self.under_way.peek()
                && *arrival <= self.now
            {
                if let Some(Reverse((_, _, to, datagram))) = self.under_way.pop() {
                    let now = self.now;
                    self.end(to).receive(&datagram, now);
                }
            }
            let now = self.now;
            for end in [CLIENT, SERVER] {
                if self.end(end).deadline(now).is_some_and(|deadline| deadline <= now) {
                    self.end(end).tick(now);
                }
            }
            if self.now >= end {
                self.flush();
                return is_done(self);
            }
        }
        panic!("after {STEPS} steps, nothing has come of {:?}", self.link);
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.run(time, |_| false);
    }

    /// Connects both ends.
    pub(crate) fn connect(&mut self) {
        let is_connected = |happened: &[Happened]| matches!(happened, [Happened::Connected(_)]);
        let done =
            self.run(Duration::from_secs(60), |world| world.happened.iter().all(|happened| is_connected(happened)));
        assert!(done, "not connected: {:?}", self.happened);
        self.happened = Default::default();
    }

    /// The packets that arrived at `end`.
    pub(crate) fn received(&self, end: usize) -> impl Iterator<Item = (u8, Option<Mode>, &[u8])> {
        self.happened[end].iter().filter_map(|happened| match happened {
            Happened::Received(channel, mode, packet) => Some((*channel, *mode, &**packet)),
            _ => None,
        })
    }
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A packet that says which it is, as far as its size allows, and has no other bytes than it should.
pub(crate) fn numbered(number: u32, size: usize) -> Vec<u8> {
    let mut packet: Vec<u8> =
        (0..size).map(|index| (index as u32).wrapping_mul(31).wrapping_add(number) as u8).collect();
    if let Some(start) = packet.first_chunk_mut() {
        *start = number.to_be_bytes();
    }
    packet
}
