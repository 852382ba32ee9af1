//! A handshake with an honest other side, over a network that does what the input says.

use std::collections::VecDeque;
use std::time::Duration;

use crate::ffi::{advance, elapsed};
use crate::party::Party;
use crate::script::Script;
use crate::wire;
use crate::worlds;

/// As many instructions as tell something; more only cost time.
const MOST_STEPS: usize = 64;

/// A server meets a network that belongs to the attacker.
pub(crate) fn server(input: &[u8]) {
    Handshake::new(input, Role::Server).run();
}

/// A client meets one.
pub(crate) fn client(input: &[u8]) {
    Handshake::new(input, Role::Client).run();
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Client,
    Server,
}

struct Handshake<'a> {
    script: Script<'a>,
    /// The side that the network attacks.
    victim: Party,
    honest: Party,
    /// Datagrams of the honest side that are under way.
    queue: VecDeque<Vec<u8>>,
    /// Every datagram that the honest side sent.
    sent: Vec<Vec<u8>>,
    /// Whether nothing but what any network does has happened: loss, delay, duplicates.
    is_fair: bool,
}

impl<'a> Handshake<'a> {
    fn new(input: &'a [u8], victim: Role) -> Self {
        let mut script = Script::new(input);
        let world = worlds::get(script.below(worlds::COUNT));
        let config = world.client();
        if world.resumes() {
            let mut server = Party::server(&world.server);
            let (mut client, hello) = Party::client(&config);
            let mut to_server = VecDeque::from(hello);
            exchange(&mut client, &mut server, &mut to_server);
            assert!(client.is_connected(), "the first session");
        }
        let server = Party::server(&world.server);
        let (client, hello) = Party::client(&config);
        let mut handshake = match victim {
            Role::Server => {
                Self { script, victim: server, honest: client, queue: VecDeque::new(), sent: Vec::new(), is_fair: true }
            }
            Role::Client => {
                Self { script, victim: client, honest: server, queue: VecDeque::new(), sent: Vec::new(), is_fair: true }
            }
        };
        match victim {
            Role::Server => handshake.send(hello),
            Role::Client => handshake.carry(hello),
        }
        handshake
    }

    fn run(mut self) {
        for _ in 0..MOST_STEPS {
            if self.script.is_empty() {
                break;
            }
            self.step();
        }
        let fair = self.is_fair && elapsed() < Duration::from_secs(2);
        // From here on the network is a good one.
        for _ in 0..10 {
            self.settle();
            if self.victim.is_connected() && self.honest.is_connected() {
                break;
            }
            self.pass(Duration::from_secs(1));
        }
        if fair {
            let reasons = (self.victim.end_reason(), self.honest.end_reason());
            assert!(self.victim.is_connected() && self.honest.is_connected(), "a fair network, but {reasons:?}");
            self.talk();
        }
        self.pass(Duration::from_secs(10));
        let over = |party: &Party| party.state().is_none() || party.is_connected() || party.end_reason().is_some();
        assert!(over(&self.victim) && over(&self.honest), "a handshake goes on after its time-out");
    }

    fn step(&mut self) {
        let step = self.script.byte() % 16;
        match step {
            // Loss, delay and duplicates.
            0 => drop(self.queue.pop_front()),
            1 => {
                let next = self.queue.pop_front();
                self.queue.extend(next);
            }
            2 => {
                let index = self.script.below(256);
                if let Some(datagram) = self.sent.get(index % self.sent.len().max(1)).cloned() {
                    self.deliver(&datagram);
                }
            }
            3 => {
                if let Some(datagram) = self.queue.front().cloned() {
                    self.deliver(&datagram);
                }
            }
            4 => {
                let time = Duration::from_millis(20 * u64::from(self.script.byte()));
                self.pass(time);
            }
            // Other datagrams with the same messages in them.
            5 => {
                if let (Some(first), Some(second)) = (self.queue.pop_front(), self.queue.pop_front()) {
                    self.deliver(&[first, second].concat());
                }
            }
            6 => {
                let (length, backwards) = (1 + self.script.below(256), self.script.byte() % 2 == 1);
                if let Some(datagram) = self.queue.pop_front() {
                    self.deliver(&wire::refragmented(&datagram, length, backwards));
                }
            }
            // Forgeries.
            7..=11 => {
                self.is_fair = false;
                self.forge(step);
            }
            _ => {
                if let Some(datagram) = self.queue.pop_front() {
                    self.deliver(&datagram);
                }
            }
        }
    }

    fn forge(&mut self, step: u8) {
        let mut datagram = match step {
            7 | 8 => self.queue.pop_front().unwrap_or_default(),
            9 => {
                let index = self.script.below(256);
                self.sent.get(index % self.sent.len().max(1)).cloned().unwrap_or_default()
            }
            10 => wire::record(&mut self.script),
            _ => {
                let length = self.script.number() % 2048;
                self.script.take(length).to_vec()
            }
        };
        match step {
            7 => wire::change_bytes(&mut datagram, &mut self.script),
            8 | 9 => wire::change_header(&mut datagram, &mut self.script),
            _ => {}
        }
        self.deliver(&datagram);
        if step == 11 && self.script.byte() == 255 {
            let answers = self.victim.close();
            self.carry(answers);
        }
    }

    fn deliver(&mut self, datagram: &[u8]) {
        if let Some(session) = self.victim.session() {
            let (_, _) = (session.is_plausible(datagram), session.is_foreign_hello(datagram));
        }
        let answers = self.victim.receive(datagram);
        self.carry(answers);
    }

    /// Takes the victim's datagrams to the honest side; its answers are under way.
    fn carry(&mut self, datagrams: Vec<Vec<u8>>) {
        for datagram in datagrams {
            let answers = self.honest.receive(&datagram);
            self.send(answers);
        }
    }

    fn send(&mut self, datagrams: Vec<Vec<u8>>) {
        self.sent.extend(datagrams.iter().cloned());
        self.queue.extend(datagrams);
    }

    fn settle(&mut self) {
        while let Some(datagram) = self.queue.pop_front() {
            self.deliver(&datagram);
        }
    }

    fn pass(&mut self, time: Duration) {
        advance(time);
        let answers = self.victim.look_at_the_clock();
        self.carry(answers);
        let answers = self.honest.look_at_the_clock();
        self.send(answers);
    }

    /// What is sent arrives.
    fn talk(&mut self) {
        self.victim.received();
        self.honest.received();
        let answers = self.victim.send(b"from the victim");
        self.carry(answers);
        let answers = self.honest.send(b"to the victim");
        self.send(answers);
        self.settle();
        assert_eq!(self.honest.received(), [b"from the victim"]);
        assert_eq!(self.victim.received(), [b"to the victim"]);
    }
}

/// Carries datagrams to and fro until both sides are silent.
pub(crate) fn exchange(client: &mut Party, server: &mut Party, to_server: &mut VecDeque<Vec<u8>>) {
    while let Some(datagram) = to_server.pop_front() {
        for answer in server.receive(&datagram) {
            to_server.extend(client.receive(&answer));
        }
    }
}
