//! What a link that loses up to half of the datagrams, doubles them and lets them overtake each other does to packets.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{CLIENT, End, Happened, Link, Ours, PATIENT, SECOND, SERVER, World, numbered};
use dtls_enet::{Compression, HostOptions, Mode};
use proptest::prelude::*;

/// The clock jumps, so patience costs nothing. Time-outs double, and luck can be bad.
const LONG: Duration = Duration::from_secs(1 << 31);

fn link() -> impl Strategy<Value = Link> {
    (any::<u64>(), 0..=50_u64, 0..=50_u64, 0..100_u64, 0..200_u64).prop_map(
        |(seed, loss, duplication, latency, jitter)| Link {
            seed,
            loss,
            duplication,
            latency: Duration::from_millis(latency),
            jitter: Duration::from_millis(jitter),
        },
    )
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..200_usize, 4 => 1300..1500_usize, 4 => 0..6000_usize, 1 => 100_000..300_000_usize]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Reliable), Just(Mode::Unreliable), Just(Mode::Unsequenced)]
}

/// A packet: when it is sent, in milliseconds after the one before; by whom, how, and its size.
fn packet() -> impl Strategy<Value = (u64, usize, u8, Mode, usize)> {
    (0..60_u64, CLIENT..=SERVER, 0..4_u8, mode(), size())
}

fn patient(options: &HostOptions, link: Link) -> World<Ours, Ours> {
    let mut world = World::ours(options, link);
    world.client.set_timeouts(PATIENT);
    world.server.set_timeouts(PATIENT);
    let done = world.run(LONG, |world| world.happened.iter().all(|happened| happened.len() == 1));
    assert!(done);
    assert_eq!(world.happened, [vec![Happened::Connected(0)], vec![Happened::Connected(7)]]);
    world.happened = Default::default();
    world
}

/// The numbers of the packets that arrived at `end` on `channel` in `mode`, each checked against what was sent.
fn numbers(world: &World<Ours, Ours>, end: usize, channel: u8, mode: Mode, sent: &[Vec<u8>]) -> Vec<u32> {
    let received = world.received(end).filter(|(on, how, _)| (*on, *how) == (channel, Some(mode)));
    received
        .map(|(.., packet)| {
            let number = u32::from_be_bytes(*packet.first_chunk().unwrap());
            assert!(sent[number as usize] == packet, "packet {number} was altered");
            number
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn each_mode_keeps_its_promise(
        link in link(),
        compression in prop_oneof![Just(Compression::None), Just(Compression::RangeCoder), Just(Compression::FastLz), Just(Compression::Zlib)],
        packets in proptest::collection::vec(packet(), 1..60),
    ) {
        let mut options = HostOptions::default();
        options.compression = compression;
        let mut world = patient(&options, link);
        let mut sent = [vec![], vec![]];
        let mut reliable = [[vec![], vec![], vec![], vec![]], [vec![], vec![], vec![], vec![]]];
        for (wait, from, channel, mode, size) in packets {
            world.pass(Duration::from_millis(wait));
            let number = sent[from].len() as u32;
            // All packets carry their number.
            let packet = numbered(number, size.max(4));
            world.end(from).send(channel, mode, &packet).unwrap();
            sent[from].push(packet);
            if mode == Mode::Reliable {
                reliable[from][usize::from(channel)].push(number);
            }
        }
        let expected = |from: usize| reliable[from].iter().map(Vec::len).sum::<usize>();
        let done = world.run(LONG, |world| [CLIENT, SERVER].into_iter().all(|end| {
            world.received(end).filter(|(_, mode, _)| *mode == Some(Mode::Reliable)).count() >= expected(1 - end)
        }));
        prop_assert!(done);
        // What was doubled or delayed arrives now.
        world.pass(SECOND);

        for end in [CLIENT, SERVER] {
            let sent = &sent[1 - end];
            for channel in 0..4_u8 {
                let arrived = numbers(&world, end, channel, Mode::Reliable, sent);
                prop_assert_eq!(&arrived, &reliable[1 - end][usize::from(channel)], "reliable packets");
                let arrived = numbers(&world, end, channel, Mode::Unreliable, sent);
                prop_assert!(arrived.is_sorted_by(|first, second| first < second), "unreliable packets: {:?}", arrived);
                let mut arrived = numbers(&world, end, channel, Mode::Unsequenced, sent);
                arrived.sort_unstable();
                prop_assert!(arrived.is_sorted_by(|first, second| first < second), "unsequenced packets: {:?}", arrived);
            }
        }
    }

    #[test]
    fn disconnecting_later_over_a_bad_link_loses_nothing(link in link(), sizes in proptest::collection::vec(size(), 0..10)) {
        let mut world = patient(&HostOptions::default(), link);
        for (number, size) in sizes.iter().enumerate() {
            world.client.send(0, Mode::Reliable, &numbered(number as u32, *size)).unwrap();
        }
        world.client.disconnect_later(9);
        // A client that disconnects answers no pings. If its command is lost for long, the server gives up first, without data.
        let is_over = |world: &mut World<_, _>| {
            matches!(world.happened[SERVER].last(), Some(Happened::Disconnected(0 | 9)))
        };
        prop_assert!(world.run(LONG, is_over));
        let expected = sizes.iter().enumerate().map(|(number, size)| numbered(number as u32, *size));
        prop_assert!(world.received(SERVER).map(|(.., packet)| packet.to_vec()).eq(expected));
    }
}

#[test]
fn a_megabyte_arrives_although_half_of_the_datagrams_are_lost() {
    let link = Link {
        seed: 5,
        loss: 50,
        duplication: 10,
        latency: Duration::from_millis(20),
        jitter: Duration::from_millis(20),
    };
    let mut world = patient(&HostOptions::default(), link);
    let packet = numbered(1, 1 << 20);
    world.client.send(3, Mode::Reliable, &packet).unwrap();
    assert!(world.run(LONG, |world| !world.happened[SERVER].is_empty()));
    assert_eq!(world.happened[SERVER], [Happened::Received(3, Some(Mode::Reliable), packet)]);
}

#[test]
fn packets_of_every_size_around_the_fragment_length_arrive() {
    let mut world = patient(&HostOptions::default(), common::PERFECT);
    let length = world.client.peer.maximum_unfragmented_size();
    assert_eq!(length, 1392 - 4 - 24);
    let sizes = (0..4).flat_map(|count| (count * length).saturating_sub(2)..count * length + 3);
    let sizes: Vec<usize> = sizes.chain([1 << 20]).collect();
    for (number, size) in sizes.iter().enumerate() {
        for (channel, mode) in [Mode::Reliable, Mode::Unreliable, Mode::Unsequenced].into_iter().enumerate() {
            world.client.send(channel as u8, mode, &numbered(number as u32, *size)).unwrap();
        }
        let expected = 3 * (number + 1);
        assert!(
            world.run(10 * SECOND, |world| world.happened[SERVER].len() == expected),
            "{size}: {:?}",
            world.happened
        );
    }
    for channel in 0..3 {
        let received = world.received(SERVER).filter(|(on, ..)| *on == channel).map(|(.., packet)| packet.to_vec());
        assert!(received.eq(sizes.iter().enumerate().map(|(number, size)| numbered(number as u32, *size))));
    }
}

#[test]
fn more_packets_at_once_than_the_windows_hold_arrive_in_order() {
    let link = Link { seed: 3, loss: 5, duplication: 5, jitter: Duration::from_millis(5), ..common::PERFECT };
    let mut world = patient(&HostOptions::default(), link);
    // Two bytes each, so that 32,768 of them would be in transit if only their bytes were limited: eight windows.
    let packets: Vec<[u8; 2]> = (0..60_000_u16).map(u16::to_be_bytes).collect();
    for packet in &packets {
        world.client.send(0, Mode::Reliable, packet).unwrap();
    }
    assert!(world.run(LONG, |world| world.happened[SERVER].len() >= packets.len()));
    assert!(world.received(SERVER).map(|(.., packet)| packet).eq(packets.iter().map(|packet| &packet[..])));
}
