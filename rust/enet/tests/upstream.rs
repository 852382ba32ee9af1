//! The wire, against upstream's implementation in both roles.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::time::{Duration, Instant};

use common::upstream::{Settings, Upstream};
use common::{CLIENT, End, Happened, Link, Ours, PATIENT, PERFECT, SECOND, SERVER, World, numbered};
use dtls_enet::{Compression, HostOptions, Mode};
use proptest::prelude::*;

/// Runs `test` with upstream as server, then with upstream as client.
fn in_both_roles(options: &HostOptions, settings: fn() -> Settings, link: Link, test: impl Fn(&mut dyn Connected)) {
    let now = Instant::now();
    let server = Upstream::server(settings(), now);
    test(&mut connect(World::new(Ours::client(options.clone(), 4, 7, now), server, link, now)));
    let client = Upstream::client(settings(), 4, 7, now);
    test(&mut connect(World::new(client, Ours::server(options.clone(), now), link, now)));
}

fn connect<A: End, B: End>(mut world: World<A, B>) -> World<A, B> {
    if world.link.loss > 0 {
        world.client.set_timeouts(PATIENT);
        world.server.set_timeouts(PATIENT);
    }
    assert!(world.run(60 * SECOND, |world| world.happened.iter().all(|happened| happened.len() == 1)));
    assert_eq!(world.happened, [vec![Happened::Connected(0)], vec![Happened::Connected(7)]]);
    world.happened = Default::default();
    world
}

/// A world whose ends can be either.
trait Connected {
    fn send(&mut self, end: usize, channel: u8, mode: Mode, packet: &[u8]);
    fn run(&mut self, limit: Duration, is_done: &mut dyn FnMut(&[Vec<Happened>; 2]) -> bool) -> bool;
    fn happened(&self) -> &[Vec<Happened>; 2];
    fn disconnect(&mut self, end: usize, data: u32);
    fn disconnect_later(&mut self, end: usize, data: u32);
    fn disconnect_now(&mut self, end: usize, data: u32);
    fn pass(&mut self, time: Duration);
    fn now(&self) -> Instant;
    fn set_link(&mut self, link: Link);
}

impl<A: End, B: End> Connected for World<A, B> {
    fn send(&mut self, end: usize, channel: u8, mode: Mode, packet: &[u8]) {
        self.end(end).send(channel, mode, packet).unwrap();
    }

    fn run(&mut self, limit: Duration, is_done: &mut dyn FnMut(&[Vec<Happened>; 2]) -> bool) -> bool {
        Self::run(self, limit, |world| is_done(&world.happened))
    }

    fn happened(&self) -> &[Vec<Happened>; 2] {
        &self.happened
    }

    fn disconnect(&mut self, end: usize, data: u32) {
        self.end(end).disconnect(data);
    }

    fn disconnect_later(&mut self, end: usize, data: u32) {
        self.end(end).disconnect_later(data);
    }

    fn disconnect_now(&mut self, end: usize, data: u32) {
        self.end(end).disconnect_now(data);
    }

    fn pass(&mut self, time: Duration) {
        Self::pass(self, time);
    }

    fn now(&self) -> Instant {
        self.now
    }

    fn set_link(&mut self, link: Link) {
        self.link = link;
    }
}

#[test]
fn packets_of_all_modes_channels_and_sizes_arrive_in_both_directions() {
    in_both_roles(&HostOptions::default(), Settings::default, PERFECT, |world| {
        let mut expected = Vec::new();
        for channel in 0..4 {
            for mode in [Mode::Reliable, Mode::Unreliable, Mode::Unsequenced] {
                for size in [0, 1, 1300, 1364, 1365, 5000, 70_000] {
                    let packet = numbered(size as u32, size);
                    world.send(CLIENT, channel, mode, &packet);
                    world.send(SERVER, channel, mode, &packet);
                    // Large unsequenced packets are sent in sequenced fragments.
                    let mode = if mode == Mode::Unsequenced && size > 1364 { Mode::Unreliable } else { mode };
                    expected.push((channel, mode, packet));
                    // Each on its own, so that the order is known.
                    assert!(
                        world.run(10 * SECOND, &mut |happened| happened.iter().all(|end| end.len() == expected.len()))
                    );
                }
            }
        }
        for end in world.happened() {
            for (happened, (channel, mode, packet)) in end.iter().zip(&expected) {
                let Happened::Received(on, received_mode, received) = happened else { panic!("{happened:?}") };
                assert!(received_mode.is_none_or(|received| received == *mode), "{happened:?} for {mode:?}");
                assert!((on, received) == (channel, packet), "{happened:?}");
            }
        }
    });
}

#[test]
fn a_megabyte_arrives_in_both_directions() {
    in_both_roles(&HostOptions::default(), Settings::default, PERFECT, |world| {
        let packet = numbered(1, 1 << 20);
        world.send(CLIENT, 2, Mode::Reliable, &packet);
        world.send(SERVER, 2, Mode::Reliable, &packet);
        assert!(world.run(20 * SECOND, &mut |happened| happened.iter().all(|end| end.len() == 1)));
        for end in world.happened() {
            assert!(matches!(&end[0], Happened::Received(2, _, received) if *received == packet));
        }
    });
}

#[test]
fn sequence_numbers_wrap_in_both_directions() {
    in_both_roles(&HostOptions::default(), Settings::default, PERFECT, |world| {
        for batch in 0..70 {
            for number in 0..1000_u32 {
                let packet = (batch * 1000 + number).to_be_bytes();
                world.send(CLIENT, 1, Mode::Reliable, &packet);
                world.send(SERVER, 1, Mode::Reliable, &packet);
                world.send(CLIENT, 0, Mode::Unreliable, &packet);
                world.send(SERVER, 0, Mode::Unsequenced, &packet);
            }
            assert!(world.run(10 * SECOND, &mut |happened| {
                happened.iter().all(|end| {
                    let reliable = end.iter().filter(|happened| matches!(happened, Happened::Received(1, ..)));
                    reliable.count() == (batch as usize + 1) * 1000
                })
            }));
        }
        for end in world.happened() {
            let numbers = |on: u8| {
                end.iter().filter_map(move |happened| match happened {
                    Happened::Received(channel, _, packet) if *channel == on => {
                        Some(u32::from_be_bytes(packet[..].try_into().unwrap()))
                    }
                    _ => None,
                })
            };
            assert!(numbers(1).eq(0..70_000));
            let unreliable: Vec<u32> = numbers(0).collect();
            assert!(unreliable.is_sorted_by(|first, second| first < second));
            assert!(unreliable.len() > 69_000, "{}", unreliable.len());
        }
    });
}

#[test]
fn compressed_datagrams_are_understood_in_both_directions() {
    let mut options = HostOptions::default();
    options.compression = Compression::RangeCoder;
    let settings = || Settings { compressor: Some(Box::new(rusty_enet::RangeCoder::new())), ..Settings::default() };
    in_both_roles(&options, settings, PERFECT, |world| {
        let packets: Vec<Vec<u8>> = (0..200).map(|number| numbered(number, 1 + number as usize * 37)).collect();
        for packet in &packets {
            world.send(CLIENT, 0, Mode::Reliable, packet);
            world.send(SERVER, 0, Mode::Reliable, packet);
        }
        assert!(world.run(20 * SECOND, &mut |happened| happened.iter().all(|end| end.len() == packets.len())));
        for end in world.happened() {
            assert!(end.iter().zip(&packets).all(
                |(happened, packet)| matches!(happened, Happened::Received(0, _, received) if received == packet)
            ));
        }
    });
}

#[test]
fn a_smaller_mtu_and_limited_bandwidth_are_agreed_on() {
    let mut options = HostOptions::default();
    (options.incoming_bandwidth, options.outgoing_bandwidth) = (200_000, 300_000);
    let settings = || Settings {
        mtu: Some(600),
        incoming_bandwidth: Some(150_000),
        outgoing_bandwidth: Some(150_000),
        ..Settings::default()
    };
    in_both_roles(&options, settings, PERFECT, |world| {
        let packet = numbered(1, 50_000);
        world.send(CLIENT, 0, Mode::Reliable, &packet);
        world.send(SERVER, 0, Mode::Reliable, &packet);
        assert!(world.run(20 * SECOND, &mut |happened| happened.iter().all(|end| end.len() == 1)));
        // Long enough for both to tell how much each may send.
        assert!(!world.run(5 * SECOND, &mut |happened| happened.iter().any(|end| end.len() > 1)));
    });
}

#[test]
fn either_side_disconnects_and_both_learn_of_it() {
    in_both_roles(&HostOptions::default(), Settings::default, PERFECT, |world| {
        world.disconnect(CLIENT, 11);
        assert!(world.run(SECOND, &mut |happened| happened.iter().all(|end| !end.is_empty())));
        assert_eq!(world.happened(), &[vec![Happened::Disconnected(0)], vec![Happened::Disconnected(11)]]);
    });
    in_both_roles(&HostOptions::default(), Settings::default, PERFECT, |world| {
        world.disconnect(SERVER, 12);
        assert!(world.run(SECOND, &mut |happened| happened.iter().all(|end| !end.is_empty())));
        assert_eq!(world.happened(), &[vec![Happened::Disconnected(12)], vec![Happened::Disconnected(0)]]);
    });
}

#[test]
fn disconnecting_later_delivers_what_was_sent_first() {
    in_both_roles(&HostOptions::default(), Settings::default, PERFECT, |world| {
        let packet = numbered(3, 100_000);
        world.send(CLIENT, 0, Mode::Reliable, &packet);
        world.send(CLIENT, 1, Mode::Reliable, b"last");
        world.disconnect_later(CLIENT, 13);
        assert!(world.run(20 * SECOND, &mut |happened| !happened[CLIENT].is_empty()));
        assert_eq!(world.happened()[CLIENT], [Happened::Disconnected(0)]);
        let [Happened::Received(0, _, first), Happened::Received(1, _, last), Happened::Disconnected(13)] =
            &world.happened()[SERVER][..]
        else {
            panic!("{:?}", world.happened());
        };
        assert!(*first == packet && last == b"last");
    });
}

#[test]
fn disconnecting_now_is_told_to_the_other_side_only() {
    in_both_roles(&HostOptions::default(), Settings::default, PERFECT, |world| {
        world.disconnect_now(CLIENT, 14);
        assert!(world.run(SECOND, &mut |happened| !happened[SERVER].is_empty()));
        assert_eq!(world.happened(), &[vec![], vec![Happened::Disconnected(14)]]);
    });
}

#[test]
fn a_side_that_falls_silent_is_given_up_by_the_other_alike() {
    let dead = Link { loss: 100, ..PERFECT };
    let mut times = Vec::new();
    for end in [CLIENT, SERVER] {
        let times = std::cell::RefCell::new(&mut times);
        in_both_roles(&HostOptions::default(), Settings::default, PERFECT, |world| {
            world.send(end, 0, Mode::Reliable, b"before");
            assert!(world.run(SECOND, &mut |happened| !happened[1 - end].is_empty()));
            world.pass(SECOND);
            world.set_link(dead);
            world.send(end, 0, Mode::Reliable, b"lost");
            let start = world.now();
            assert!(world.run(60 * SECOND, &mut |happened| !happened[end].is_empty()));
            assert_eq!(world.happened()[end], [Happened::Disconnected(0)]);
            times.borrow_mut().push(world.now() - start);
        });
    }
    // Ours is the client in the first world, and the server in the fourth.
    let [ours, upstream, other_upstream, other_ours] = times[..] else { panic!("{times:?}") };
    assert!(ours.abs_diff(upstream) < SECOND, "{times:?}");
    assert!(other_ours.abs_diff(other_upstream) < SECOND, "{times:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn reliable_packets_arrive_once_and_in_order_over_a_bad_link(
        seed in any::<u64>(),
        loss in 0..12_u64,
        duplication in 0..20_u64,
        jitter in 0..40_u64,
        sizes in proptest::collection::vec(prop_oneof![0..50_usize, 0..3000_usize, 20_000..60_000_usize], 1..30),
    ) {
        let link = Link { seed, loss, duplication, latency: Duration::from_millis(15), jitter: Duration::from_millis(jitter) };
        in_both_roles(&HostOptions::default(), Settings::default, link, |world| {
            for (number, size) in sizes.iter().enumerate() {
                let packet = numbered(number as u32, *size);
                for end in [CLIENT, SERVER] {
                    world.send(end, number as u8 % 3, Mode::Reliable, &packet);
                    world.send(end, 3, Mode::Unreliable, &packet);
                }
            }
            let reliable = |end: &[Happened]| end.iter().filter(|happened| !matches!(happened, Happened::Received(3, ..))).count();
            let done = world.run(300 * SECOND, &mut |happened| happened.iter().all(|end| reliable(end) >= sizes.len()));
            assert!(done, "{:?}", world.happened());
            for end in world.happened() {
                for on in 0..3 {
                    let received = end.iter().filter_map(|happened| match happened {
                        Happened::Received(channel, _, packet) if *channel == on => Some(packet.clone()),
                        _ => None,
                    });
                    let sent = sizes.iter().enumerate().skip(on.into()).step_by(3);
                    assert!(received.eq(sent.map(|(number, size)| numbered(number as u32, *size))));
                }
            }
        });
    }
}
