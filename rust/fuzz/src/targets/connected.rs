//! A connected session whose peer has the keys and means ill.

use std::collections::VecDeque;
use std::time::Duration;

use dtls_core::{EndReason, MAX_PACKET};
use dtls_test_support::{Forger, SUITES, Suite};

use crate::ffi::{advance, elapsed};
use crate::party::Party;
use crate::peers;
use crate::script::Script;
use crate::wire;

/// As many instructions as tell something; more only cost time.
const MOST_STEPS: usize = 64;

/// Records in the flight that ends a handshake: a ticket, ChangeCipherSpec, Finished.
const LAST_FLIGHT: usize = 3;

/// What is said once in the life of a session besides: a refusal of renegotiation and close_notify, each a record of at most 39 bytes.
const ALERTS: (usize, usize) = (2, 2 * 39);

/// What a connected session has on the heap at most, in bytes, without and with OpenSSL's `SSL`.
const MEMORY: (isize, isize) = (16 * 1024, 192 * 1024);

/// The epoch of all protected records.
const EPOCH: u64 = 1 << 48;

pub(crate) fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let suite = &SUITES[script.below(SUITES.len())];
    let mut attack = Attack::new(suite, script.byte());
    for _ in 0..MOST_STEPS {
        if script.is_empty() {
            break;
        }
        attack.step(&mut script);
    }
    attack.deliver();
}

struct Attack {
    suite: &'static Suite,
    forger: Forger,
    victim: Party,
    /// The number of the next record.
    next: u64,
    /// What goes out next.
    datagram: Vec<u8>,
    /// Packets that the victim may hand out, once each, with their numbers.
    owed: VecDeque<(u64, Vec<u8>)>,
    /// Bytes that the victim received.
    received: usize,
    /// Datagrams and bytes that it sent in answer.
    sent: (usize, usize),
}

impl Attack {
    /// On a server or a client, after a full handshake or a resumption, by two bits of `kind`.
    fn new(suite: &'static Suite, kind: u8) -> Self {
        let (peer, victim) = peers::connect(suite, kind & 1 == 0, kind & 2 != 0);
        Self {
            suite,
            forger: Forger::new(&peer, suite).expect("OpenSSL has the keys"),
            victim,
            next: EPOCH | 1,
            datagram: Vec::new(),
            owed: VecDeque::new(),
            received: 0,
            sent: (0, 0),
        }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        match script.byte() % 16 {
            0..=5 => self.seal(script),
            6 => self.finished(script),
            // A record that was changed, one without protection, or anything.
            7 => {
                self.seal(script);
                wire::change_bytes(&mut self.datagram, script);
            }
            8 => self.datagram.extend(wire::record(script)),
            9 => self.datagram.extend(script.string()),
            10 => {
                advance(Duration::from_millis(100 * u64::from(script.byte())));
                let answers = self.victim.look_at_the_clock();
                self.note(&answers);
            }
            // What its owner does costs the attacker nothing.
            11 => drop(self.victim.send(&vec![script.byte(); script.number() % (MAX_PACKET + 100)])),
            12 => self.next = EPOCH | ((script.number() as u64) << (script.byte() % 33)),
            _ => self.deliver(),
        }
    }

    /// Seals whatever the script says.
    fn seal(&mut self, script: &mut Script<'_>) {
        let kind = wire::kind(script);
        let content = wire::content(script, kind);
        self.add(kind, &content);
    }

    /// A Finished as the peer's own was, so that the victim believes its last flight lost; many of them, if the script says so.
    fn finished(&mut self, script: &mut Script<'_>) {
        let mut finished = [0x5a; 24];
        finished[..12].copy_from_slice(&[20, 0, 0, 12, 0, 3 + script.byte() % 4, 0, 0, 0, 0, 0, 12]);
        for _ in 0..=script.byte() {
            self.add(wire::HANDSHAKE, &finished);
        }
    }

    fn add(&mut self, kind: u8, content: &[u8]) {
        let sequence = self.next;
        self.next = EPOCH | ((self.next + 1) % EPOCH);
        self.datagram.extend(self.forger.seal(kind, sequence, content).expect("OpenSSL seals"));
        if kind == wire::APPLICATION_DATA && !content.is_empty() {
            self.owed.push_back((sequence, content.to_vec()));
        }
    }

    fn deliver(&mut self) {
        let datagram = std::mem::take(&mut self.datagram);
        let answers = self.victim.receive(&datagram);
        self.received += datagram.len();
        self.note(&answers);
        for packet in self.victim.received() {
            let owed = self.owed.iter().position(|(_, content)| *content == packet);
            let (sequence, _) = owed.and_then(|index| self.owed.remove(index)).expect("a packet that nobody sent");
            self.owed.retain(|(number, _)| *number != sequence);
        }
    }

    /// Holds the victim to its bounds.
    fn note(&mut self, answers: &[Vec<u8>]) {
        self.sent.0 += answers.len();
        self.sent.1 += answers.iter().map(Vec::len).sum::<usize>();
        let memory = self.victim.memory();
        if !self.suite.is_ours {
            assert!(memory <= MEMORY.1, "{memory} bytes for a connected session");
            return;
        }
        assert!(memory <= MEMORY.0, "{memory} bytes for a connected session");
        let flights = 1 + elapsed().as_secs() as usize;
        assert!(self.sent.0 <= LAST_FLIGHT * flights + ALERTS.0, "{} datagrams in answer", self.sent.0);
        assert!(self.sent.1 <= 3 * self.received + ALERTS.1, "{} bytes for {}", self.sent.1, self.received);
        match self.victim.end_reason() {
            None | Some(EndReason::ClosedByPeer | EndReason::Alert(_)) => {}
            Some(reason) => panic!("it ended: {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use dtls_core::OptionsError;

    use super::*;
    use crate::worlds;

    #[test]
    fn no_suite_that_a_server_takes_is_missing() {
        let known = SUITES.iter().fold(String::new(), |known, suite| format!("{known}:!{}", suite.name));
        let (mut server, _) = worlds::options();
        server.negotiation.cipher_list = format!("ALL:COMPLEMENTOFALL{known}");
        let refused = worlds::server_config(&server);
        assert!(matches!(refused, Err(OptionsError::CiphersOfOtherKeys(_))), "{refused:?}");
    }

    #[test]
    fn what_the_peer_seals_arrives_with_every_suite_in_either_role() {
        let _alone = crate::start();
        for (suite, kind) in SUITES.iter().flat_map(|suite| (0..4).map(move |kind| (suite, kind))) {
            let mut attack = Attack::new(suite, kind);
            attack.add(wire::APPLICATION_DATA, b"first");
            attack.add(wire::APPLICATION_DATA, b"second");
            attack.deliver();
            assert!(attack.owed.is_empty(), "{}, {kind}", suite.name);
        }
    }

    #[test]
    fn a_message_that_starts_a_renegotiation_ends_a_session_whose_records_openssl_protects() {
        let _alone = crate::start();
        for suite in SUITES.iter().filter(|suite| !suite.is_ours) {
            let mut attack = Attack::new(suite, 0);
            // The first byte of a ClientHello that claims 16,000 bytes, ten times: OpenSSL would keep each.
            for number in 0..10 {
                attack.add(wire::HANDSHAKE, &[1, 0, 0x3e, 0x80, 0, number, 0, 0, 0, 0, 0, 1, 0]);
            }
            attack.deliver();
            assert_eq!(attack.victim.end_reason(), Some(&EndReason::Renegotiation), "{}", suite.name);
            assert!(attack.victim.memory() <= MEMORY.1, "{}", suite.name);
        }
    }
}
