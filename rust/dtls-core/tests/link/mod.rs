//! A client and a server on a hostile link, in made time.
//!
//! An event is a datagram that arrives, a deadline of a session, or a moment at which packets are sent. The simulation goes from
//! one to the next, so an hour takes as long as its events. The server does with datagrams what an owner of sessions has to.

pub mod process;
pub mod scenario;
pub mod weather;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dtls_core::{Accepted, Acceptor, ClientConfig, EndReason, IoBuffers, ServerConfig, Session, State};
use dtls_test_support::{HOST, client_address};
use scenario::Scenario;
use weather::Link;

/// Between two packets of a side.
const FRAME: Duration = Duration::from_millis(50);

/// One side of a session, and what became of it.
#[derive(Default)]
pub struct Side {
    /// `None` once it has ended.
    pub session: Option<Session>,
    pub end: Option<EndReason>,
    started: Duration,
    pub sent: Vec<Vec<u8>>,
    pub received: Vec<Vec<u8>>,
    /// The protected records that it put on the wire.
    pub records: Vec<Vec<u8>>,
    last_packet: Option<Duration>,
}

/// Where a datagram goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum To {
    Client,
    Server,
}

/// When a datagram arrives, its number, where, and its bytes.
type UnderWay = (Duration, usize, To, Vec<u8>);

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The first of the datagrams under way arrives.
    Arrival,
    /// A deadline of the one who sends there.
    Deadline(To),
    /// The one who sends there has a packet to send.
    Packet(To),
}

pub struct Simulation {
    scenario: Scenario,
    link: Link,
    /// The sizes of the packets that each side sends once it is connected.
    pub packets: Vec<usize>,
    start: Instant,
    pub now: Duration,
    buffers: IoBuffers,
    acceptor: Acceptor,
    config: ClientConfig,
    pub client: Side,
    /// The sessions of the server, the one that lives, if any, last: what is late may start others.
    pub servers: Vec<Side>,
    under_way: BinaryHeap<Reverse<UnderWay>>,
    /// How many datagrams were sent, and how many copies of them.
    carried: usize,
    copies: usize,
    /// What OpenSSL held before the client connected, and the most since, in bytes.
    pub held_before: isize,
    pub most_held: isize,
}

impl Simulation {
    /// A client that comes back, and has sent its first datagram.
    pub fn new(scenario: &Scenario, link: &Link, packets: &[usize]) -> Self {
        process::take_over();
        process::set_time(Duration::ZERO);
        process::set_ahead(0);
        let start = Instant::now();
        let (server, client) = scenario.options();
        let server = ServerConfig::new(&server, Arc::new(scenario::cookies())).unwrap();
        let mut simulation = Self {
            scenario: scenario.clone(),
            link: link.clone(),
            packets: packets.to_vec(),
            start,
            now: Duration::ZERO,
            buffers: IoBuffers::new(),
            acceptor: Acceptor::new(server).unwrap(),
            config: ClientConfig::new(&client).unwrap(),
            client: Side::default(),
            servers: Vec::new(),
            under_way: BinaryHeap::new(),
            carried: 0,
            copies: 0,
            held_before: 0,
            most_held: 0,
        };
        process::set_seed(scenario.seed);
        simulation.visit();
        simulation.held_before = process::held();
        simulation.connect();
        simulation
    }

    /// A first connection, on a good link: the client has a ticket, and keys and certificates cache what they cache.
    fn visit(&mut self) {
        let link = std::mem::replace(&mut self.link, Link::good());
        self.connect();
        self.run_while(|simulation| simulation.client.is_shaking_hands());
        assert!(self.client.is_connected(), "{:?}", self.client.end);
        self.link = link;
        self.client = Side::default();
        self.servers.clear();
        self.under_way.clear();
        self.carried = 0;
    }

    fn connect(&mut self) {
        let session = Session::connect(&self.config, HOST, self.start + self.now, &mut self.buffers).unwrap();
        self.client = Side::new(session, self.now);
        self.settle(To::Server);
    }

    /// Goes on while `condition` holds and something is to come.
    pub fn run_while(&mut self, condition: impl Fn(&Self) -> bool) {
        let mut events = 0;
        while condition(self) && self.step() {
            events += 1;
            assert!(events < 20_000, "it spins");
        }
    }

    /// Until `time` at least.
    pub fn run_until(&mut self, time: Duration) {
        self.run_while(|simulation| simulation.next().is_some_and(|(at, _)| at <= time));
        self.set_now(time);
    }

    /// Until nothing is to come any more, be it because time-outs have ended everything.
    pub fn run_out(&mut self) {
        self.run_while(|_| true);
    }

    pub fn server(&self) -> Option<&Side> {
        self.servers.last()
    }

    /// Whether both sides are connected with each other.
    pub fn is_connected(&self) -> bool {
        self.client.is_connected() && self.server().is_some_and(Side::is_connected)
    }

    /// What comes next, and when.
    fn next(&self) -> Option<(Duration, Event)> {
        let arrival = self.under_way.peek().map(|Reverse((at, ..))| (*at, Event::Arrival));
        let sides = [(Some(&self.client), To::Server), (self.server(), To::Client)];
        let deadline = |(side, to): (Option<&Side>, To)| {
            let at = side?.session.as_ref()?.deadline()?;
            Some((at.saturating_duration_since(self.start), Event::Deadline(to)))
        };
        let packet = |(side, to): (Option<&Side>, To)| Some((side?.next_packet(&self.packets)?, Event::Packet(to)));
        arrival
            .into_iter()
            .chain(sides.into_iter().filter_map(deadline))
            .chain(sides.into_iter().filter_map(packet))
            .min()
    }

    /// Has the next event happen.
    fn step(&mut self) -> bool {
        let Some((at, event)) = self.next() else { return false };
        self.set_now(at);
        match event {
            Event::Arrival => {
                if let Some(Reverse((_, _, to, datagram))) = self.under_way.pop() {
                    self.deliver(to, &datagram);
                }
            }
            Event::Deadline(to) => {
                let now = self.start + self.now;
                let (side, buffers) = self.sender(to);
                let session = side.session.as_mut().unwrap();
                session.handle_timeout(now, buffers);
                assert!(session.deadline().is_none_or(|at| at > now), "what was due is due again");
                self.settle(to);
            }
            Event::Packet(to) => self.send(to),
        }
        true
    }

    fn set_now(&mut self, now: Duration) {
        self.now = self.now.max(now);
        process::set_time(self.now);
    }

    /// Who sends to `to`, and the buffers.
    fn sender(&mut self, to: To) -> (&mut Side, &mut IoBuffers) {
        let side = if to == To::Server { &mut self.client } else { self.servers.last_mut().unwrap() };
        (side, &mut self.buffers)
    }

    fn deliver(&mut self, to: To, datagram: &[u8]) {
        let now = self.start + self.now;
        if to == To::Client {
            self.client.receive(datagram, now, &mut self.buffers);
            return self.settle(To::Server);
        }
        let session = self.server().and_then(|server| server.session.as_ref());
        if session.is_some_and(|session| !session.is_foreign_hello(datagram)) {
            let (server, buffers) = self.sender(To::Client);
            server.receive(datagram, now, buffers);
            return self.settle(To::Client);
        }
        match self.acceptor.accept(client_address(), datagram, now, &mut self.buffers) {
            Accepted::Session(session) => {
                self.servers.push(Side::new(*session, self.now));
                self.settle(To::Client);
            }
            Accepted::CookieAsked | Accepted::Ignored => self.carry(To::Client),
        }
    }

    fn send(&mut self, to: To) {
        let now = self.now;
        let packets = std::mem::take(&mut self.packets);
        let (side, buffers) = self.sender(to);
        let number = side.sent.len();
        let packet: Vec<u8> = (0..packets[number]).map(|index| (number + index) as u8 ^ to as u8).collect();
        side.session.as_mut().unwrap().send(&packet, buffers).unwrap();
        side.sent.push(packet);
        side.last_packet = Some(now);
        self.packets = packets;
        self.settle(to);
    }

    /// Takes note of what the last call into the session has changed, and sends what it has left.
    fn settle(&mut self, to: To) {
        let (now, limit) = (self.now, self.scenario.handshake_timeout);
        let (side, buffers) = self.sender(to);
        side.records.extend(buffers.outgoing().iter().flat_map(protected_records));
        match side.session.as_ref().map(Session::state) {
            Some(State::Handshaking) => assert!(now <= side.started + limit, "it shakes hands for too long"),
            Some(State::Ended(reason)) => {
                side.end = Some(reason.clone());
                side.session = None;
            }
            Some(State::Connected) | None => {}
        }
        self.most_held = self.most_held.max(process::held());
        self.carry(to);
    }

    fn carry(&mut self, to: To) {
        while let Some(datagram) = self.buffers.outgoing().pop() {
            for (after, copy) in self.link.carry(self.carried, datagram, self.now) {
                self.under_way.push(Reverse((self.now + after, self.copies, to, copy)));
                self.copies += 1;
            }
            self.carried += 1;
        }
    }
}

impl Side {
    fn new(session: Session, started: Duration) -> Self {
        Self { session: Some(session), started, ..Self::default() }
    }

    pub fn is_shaking_hands(&self) -> bool {
        self.session.as_ref().is_some_and(|session| *session.state() == State::Handshaking)
    }

    pub fn is_connected(&self) -> bool {
        self.session.as_ref().is_some_and(|session| *session.state() == State::Connected)
    }

    fn receive(&mut self, datagram: &[u8], now: Instant, buffers: &mut IoBuffers) {
        if let Some(session) = &mut self.session {
            session.receive(datagram, now, buffers, |packet| self.received.push(packet.to_vec()));
        }
    }

    /// When it sends the next of `packets`.
    fn next_packet(&self, packets: &[usize]) -> Option<Duration> {
        let waits = self.is_connected() && self.sent.len() < packets.len();
        waits.then(|| self.last_packet.map_or(Duration::ZERO, |last| last + FRAME))
    }
}

/// The records of `datagram` from epoch 1 on.
fn protected_records(mut datagram: &[u8]) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    while let Some(length) = datagram.get(11..13) {
        let (record, rest) = datagram.split_at(13 + usize::from(u16::from_be_bytes([length[0], length[1]])));
        if record[3..5] != [0, 0] {
            records.push(record.to_vec());
        }
        datagram = rest;
    }
    records
}
