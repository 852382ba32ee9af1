//! Any bytes: nothing panics, nothing grows, and answers are no larger than they may be.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::raw::{self, Victim, datagram};
use common::{CLIENT, End, PERFECT, SECOND, SERVER, World, numbered};
use dtls_enet::{Compression, HostOptions, Mode, State};
use proptest::prelude::*;

fn compression() -> impl Strategy<Value = Compression> {
    prop_oneof![
        Just(Compression::None),
        Just(Compression::RangeCoder),
        Just(Compression::FastLz),
        Just(Compression::Zlib)
    ]
}

/// SplitMix64: quick, and shrinks with its seed.
struct Random(u64);

impl Random {
    /// A number below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 32) % bound
    }

    /// Small numbers reach further than large ones.
    fn byte(&mut self) -> u8 {
        match self.below(6) {
            0..3 => 0,
            3..5 => self.below(16) as u8,
            _ => self.below(256) as u8,
        }
    }

    /// Bytes after a header that is often right, so that they are read as commands.
    fn noise(&mut self) -> Vec<u8> {
        let mut noise = match self.below(10) {
            0..6 => vec![0x80, 0, 0, 0],
            6 => vec![0xc0, 0, 0, 0],
            7 => vec![0x8f, 0xff, 0, 0],
            8 => vec![0x40, 0],
            _ => vec![],
        };
        if self.below(4) == 0 {
            let length = self.below(1400);
            noise.extend((0..length).map(|_| self.below(256) as u8));
        } else {
            for _ in 0..self.below(40) {
                noise.push((1 + self.below(12) + 128 * self.below(2)) as u8);
                noise.push(self.below(5) as u8);
                let length = 2 + self.below(60);
                noise.extend((0..length).map(|_| self.byte()));
            }
        }
        noise
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn noise_is_survived_and_answered_with_twice_its_bytes_at_most(
        compression in compression(),
        seed in any::<u64>(),
        count in 0..60_u32,
    ) {
        let mut random = Random(seed);
        let mut options = HostOptions::default();
        options.maximum_packet_size = 10_000;
        options.maximum_waiting_data = 30_000;
        options.compression = compression;
        let mut victim = Victim::new(options);
        for _ in 0..count {
            let datagram = random.noise();
            victim.receive(&datagram);
            let answer: usize = victim.transmit().iter().map(Vec::len).sum();
            // Compressed commands are bounded by what they are decompressed to.
            let input = if compression == Compression::None { datagram.len() } else { 4096 };
            prop_assert!(answer <= 2 * input + 16, "{answer} bytes for {input}");
            prop_assert!(victim.peer.statistics().waiting_data <= 30_000);
            victim.now += Duration::from_millis(random.below(200));
            victim.peer.handle_timeout(victim.now, &mut victim.host);
            victim.transmit();
        }
        while victim.peer.poll_event().is_some() {}
        // Whatever was said before, this ends it.
        if victim.peer.state() == State::Connected {
            victim.receive(&datagram(&[raw::disconnect(1)]));
            victim.transmit();
            prop_assert_eq!(victim.peer.state(), State::Disconnected);
            prop_assert_eq!(victim.peer.deadline(), None);
        }
    }

    #[test]
    fn a_flight_with_changed_bytes_is_survived(
        compression in compression(),
        seed in any::<u64>(),
        changes in 0..60_u32,
        cuts in 0..5_u32,
    ) {
        let mut random = Random(seed);
        let mut options = HostOptions::default();
        options.compression = compression;
        let mut flight = flight(&options);
        for change in 0..changes + cuts {
            let count = flight.len() as u64;
            let datagram = &mut flight[random.below(count) as usize];
            let position = random.below(datagram.len() as u64) as usize;
            if change < changes {
                datagram[position] = random.below(256) as u8;
            } else {
                datagram.truncate(position.max(1));
            }
        }
        let mut victim = Victim::new(options);
        for datagram in &flight {
            victim.receive(datagram);
            victim.transmit();
        }
        while victim.peer.poll_event().is_some() {}
    }

    #[test]
    fn a_connected_pair_outlives_datagrams_of_strangers(seed in any::<u64>()) {
        let mut random = Random(seed);
        let mut world = World::ours(&HostOptions::default(), PERFECT);
        world.connect();
        for _ in 0..40 {
            let mut datagram = random.noise();
            // Another session than that of this connection.
            if let Some(first) = datagram.first_mut() {
                *first = *first & 0x8f | 0x20;
            }
            let now = world.now;
            world.client.receive(&datagram, now);
            world.server.receive(&datagram, now);
        }
        world.end(CLIENT).send(0, Mode::Reliable, b"to the server").unwrap();
        prop_assert!(world.run(SECOND, |world| !world.happened[SERVER].is_empty()));
    }
}

/// What a client sends after the handshake: packets of all modes and sizes.
fn flight(options: &HostOptions) -> Vec<Vec<u8>> {
    let mut world = World::ours(options, PERFECT);
    world.connect();
    let mut flight = Vec::new();
    for number in 0..20 {
        let mode = [Mode::Reliable, Mode::Unreliable, Mode::Unsequenced][number % 3];
        world.client.send(number as u8 % 4, mode, &numbered(number as u32, number * number * 23)).unwrap();
        let now = world.now;
        world.client.transmit(now, &mut |datagram| flight.push(datagram.to_vec()));
    }
    world.client.disconnect(3);
    let now = world.now;
    world.client.transmit(now, &mut |datagram| flight.push(datagram.to_vec()));
    flight
}

#[test]
fn the_flight_arrives_as_long_as_nobody_changes_it() {
    let options = HostOptions::default();
    let mut victim = Victim::new(options.clone());
    for datagram in flight(&options) {
        victim.receive(&datagram);
    }
    let mut count = 0;
    while victim.peer.poll_event().is_some() {
        count += 1;
    }
    assert_eq!(count, 20);
    victim.transmit();
    assert!(victim.peer.poll_event().is_some(), "disconnected");
    assert_eq!(victim.peer.statistics().dropped_malformed, 0);
}
