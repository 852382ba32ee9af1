//! What a hostile peer can make us keep, do and send is bounded.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::raw::{Part, Victim, datagram};
use common::{End, PERFECT, SECOND, SERVER, World, numbered, raw};
use dtls_enet::limits::{
    INCOMPLETE_OVERHEAD, MAXIMUM_ACKNOWLEDGEMENTS, MINIMUM_FRAGMENT, PACKET_OVERHEAD, RESERVED_DATA,
};
use dtls_enet::{Event, HostOptions, Mode, Packet, Peer, SendError, State};

fn small() -> HostOptions {
    let mut options = HostOptions::default();
    options.maximum_packet_size = 100_000;
    options.maximum_waiting_data = 300_000;
    options
}

/// Data that may wait out of order, with these options, if it fills no gap.
const OUT_OF_ORDER: usize = 150_000;

/// The largest share of a limit that one packet more would exceed.
fn nearly(limit: usize) -> std::ops::RangeInclusive<usize> {
    limit - 2000..=limit
}

#[test]
fn packets_out_of_order_wait_up_to_the_limit_and_are_not_acknowledged_beyond_it() {
    for size in [0, 1, 1300] {
        let mut victim = Victim::new(small());
        let (mut acknowledged, mut sent) = (0, 0);
        for channel in 0..255 {
            for sequence in 2..500 {
                victim.receive(&datagram(&[raw::reliable(channel, sequence, &vec![1; size])]));
                sent += 1;
                acknowledged += victim.transmit().len();
            }
        }
        let statistics = victim.peer.statistics();
        assert!(nearly(OUT_OF_ORDER).contains(&statistics.waiting_data), "{}", statistics.waiting_data);
        assert_eq!(acknowledged, OUT_OF_ORDER / (size + PACKET_OVERHEAD));
        assert_eq!(statistics.dropped_full, sent - acknowledged as u64);
        assert_eq!(victim.peer.poll_event(), None);

        // What they wait for still gets in, and takes them out.
        victim.receive(&datagram(&[raw::reliable(0, 1, b"next")]));
        let Some(Event::Received { packet, .. }) = victim.peer.poll_event() else { panic!("nothing arrived") };
        assert_eq!(&*packet, b"next");
    }
}

#[test]
fn lost_packets_get_in_before_they_are_next_however_much_waits_for_them() {
    let mut victim = Victim::new(small());
    for sequence in 40..300 {
        victim.receive(&datagram(&[raw::reliable(0, sequence, &[1; 1000])]));
    }
    let waiting = victim.peer.statistics().waiting_data;
    assert!(nearly(OUT_OF_ORDER).contains(&waiting), "{waiting}");
    victim.transmit();
    for sequence in (2..40).rev() {
        victim.receive(&datagram(&[raw::reliable(0, sequence, &[1; 1000])]));
        assert_eq!(victim.transmit().len(), 1, "{sequence} is acknowledged");
    }
    victim.receive(&datagram(&[raw::reliable(0, 1, &[1; 1000])]));
    let received = std::iter::from_fn(|| victim.peer.poll_event().map(drop)).count();
    assert_eq!(received, 39 + OUT_OF_ORDER / (1000 + PACKET_OVERHEAD));
}

#[test]
fn fragments_that_never_complete_a_packet_take_no_more_than_they_bring() {
    let mut victim = Victim::new(small());
    let payload = [1; MINIMUM_FRAGMENT as usize];
    let part = |start, number: u32| Part {
        start,
        count: 100,
        number,
        total_length: 100 * MINIMUM_FRAGMENT,
        offset: number * MINIMUM_FRAGMENT,
    };
    victim.receive(&datagram(&[raw::fragment(0, part(1, 99), &payload)]));
    assert_eq!(victim.peer.statistics().waiting_data, payload.len() + INCOMPLETE_OVERHEAD);
    for start in (1..2000).step_by(100) {
        for channel in 0..50 {
            for number in 1..100 {
                victim.receive(&datagram(&[raw::fragment(channel, part(start, number), &payload)]));
                victim.receive(&datagram(&[raw::unreliable_fragment(channel, 0, part(start, number), &payload)]));
            }
        }
    }
    assert!(nearly(300_000).contains(&victim.peer.statistics().waiting_data));
    assert_eq!(victim.peer.poll_event(), None);
    victim.peer.disconnect_now(0);
    assert_eq!(victim.peer.statistics().waiting_data, 0);
}

#[test]
fn packets_that_are_not_taken_wait_up_to_the_limit() {
    let mut victim = Victim::new(small());
    for sequence in 1..5000 {
        victim
            .receive(&datagram(&[raw::unsequenced(sequence, &[1; 1000]), raw::unreliable(1, 0, sequence, &[2; 1000])]));
        assert_eq!(victim.transmit().len(), 0);
    }
    assert!(nearly(300_000).contains(&victim.peer.statistics().waiting_data));
    while victim.peer.poll_event().is_some() {}
    assert_eq!(victim.peer.statistics().waiting_data, 0);
}

#[test]
fn a_reader_that_takes_nothing_stalls_the_sender_and_loses_nothing() {
    let mut world = World::ours(&small(), PERFECT);
    world.connect();
    let packets: Vec<Vec<u8>> = (0..400).map(|number| numbered(number, 5000)).collect();
    for packet in &packets {
        world.client.send(0, Mode::Reliable, packet).unwrap();
    }
    // The server's events are left alone for two seconds.
    let end = world.now + 2 * SECOND;
    while world.now < end {
        world.now += Duration::from_millis(20);
        let now = world.now;
        let mut datagrams = Vec::new();
        world.client.tick(now);
        world.client.transmit(now, &mut |datagram| datagrams.push(datagram.to_vec()));
        datagrams.iter().for_each(|datagram| world.server.receive(datagram, now));
        datagrams.clear();
        world.server.transmit(now, &mut |datagram| datagrams.push(datagram.to_vec()));
        datagrams.iter().for_each(|datagram| world.client.receive(datagram, now));
    }
    assert!(nearly(300_000).contains(&world.server.peer.statistics().waiting_data));
    assert!(world.run(60 * SECOND, |world| world.happened[SERVER].len() >= packets.len()));
    assert!(world.received(SERVER).map(|(.., packet)| packet).eq(packets.iter().map(|packet| &**packet)));
}

#[test]
fn hostile_peers_leave_the_others_of_their_host_their_reserve() {
    let mut options = small();
    options.maximum_waiting_data_of_host = 50_000;
    let mut victim = Victim::new(options);
    for sequence in 2..500 {
        victim.receive(&datagram(&[raw::reliable(0, sequence, &[1; 1000])]));
    }
    let limit = RESERVED_DATA + 50_000;
    assert!(nearly(limit).contains(&victim.peer.statistics().waiting_data));

    let greedy = std::mem::replace(&mut victim.peer, Peer::accept(&victim.host, victim.now));
    victim.receive(&raw::connect(1));
    victim.transmit();
    victim.receive(&datagram(&[raw::acknowledge(0xff, 1, 0)]));
    for sequence in 1..500 {
        victim.receive(&datagram(&[raw::reliable(0, sequence, &[1; 1000])]));
    }
    assert!(nearly(RESERVED_DATA).contains(&victim.peer.statistics().waiting_data));
    drop(greedy);
    victim.receive(&datagram(&[raw::reliable(0, 59, &[1; 1000])]));
    assert!(victim.peer.statistics().waiting_data > RESERVED_DATA);
}

#[test]
fn a_datagram_has_32_commands_at_most() {
    let mut victim = Victim::new(small());
    let pings: Vec<_> = (1..=300).map(raw::ping).collect();
    victim.receive(&datagram(&pings));
    assert_eq!(victim.peer.statistics().dropped_malformed, 1);
    let answers = victim.transmit();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].len(), 2 + 8 * 32);

    victim.receive(&datagram(&pings[..32]));
    assert_eq!(victim.peer.statistics().dropped_malformed, 1);
}

#[test]
fn acknowledgements_that_wait_are_bounded() {
    let mut victim = Victim::new(small());
    for _ in 0..1000 {
        let pings: Vec<_> = (1..=32).map(raw::ping).collect();
        victim.receive(&datagram(&pings));
    }
    let bytes: usize = victim.transmit().iter().map(|datagram| datagram.len() - 2).sum();
    assert_eq!(bytes, 8 * MAXIMUM_ACKNOWLEDGEMENTS);
    assert_eq!(victim.peer.statistics().dropped_full, 32_000 - MAXIMUM_ACKNOWLEDGEMENTS as u64);
}

#[test]
fn commands_beyond_the_windows_are_neither_kept_nor_acknowledged() {
    let mut victim = Victim::new(small());
    for sequence in [0x7000, 0x8fff] {
        victim.receive(&datagram(&[raw::reliable(0, sequence, b"far"), raw::unreliable(0, sequence, 1, b"far")]));
    }
    assert_eq!(victim.peer.statistics().waiting_data, 0);
    assert_eq!(victim.transmit().len(), 0);
    // The last that is accepted, and the first that counts as delivered long ago.
    victim.receive(&datagram(&[raw::reliable(0, 0x6fff, b"near"), raw::reliable(0, 0x9000, b"old")]));
    assert_eq!(victim.peer.statistics().waiting_data, 4 + PACKET_OVERHEAD);
    assert_eq!(victim.transmit()[0].len(), 2 + 2 * 8);
}

#[test]
fn a_packet_within_the_fragments_of_another_does_not_block_the_channel() {
    let mut victim = Victim::new(small());
    let part = |number| Part { start: 1, count: 3, number, total_length: 1800, offset: number * 600 };
    victim.receive(&datagram(&[raw::reliable(0, 2, b"inside")]));
    for number in 0..3 {
        victim.receive(&datagram(&[raw::fragment(0, part(number), &[1; 600])]));
    }
    victim.receive(&datagram(&[raw::reliable(0, 4, b"after")]));
    let mut lengths = Vec::new();
    while let Some(Event::Received { packet, .. }) = victim.peer.poll_event() {
        lengths.push(packet.len());
    }
    assert_eq!(lengths, [1800, 5]);
    assert_eq!(victim.peer.statistics().waiting_data, 0);
}

#[test]
fn fragments_with_lies_are_dropped_with_the_rest_of_their_datagram() {
    let mut victim = Victim::new(small());
    let lie = Part { start: 1, count: 2, number: 1, total_length: 1000, offset: 999 };
    victim.receive(&datagram(&[raw::fragment(0, lie, &[1; 600]), raw::reliable(0, 1, b"after")]));
    assert_eq!(victim.peer.poll_event(), None);
    assert_eq!(victim.transmit().len(), 0);
    assert_eq!(victim.peer.statistics().dropped_malformed, 1);
}

#[test]
fn what_waits_for_a_peer_that_acknowledges_nothing_is_bounded_and_ends_with_it() {
    let mut options = HostOptions::default();
    options.maximum_queued_data = 100_000;
    let mut victim = Victim::new(options);
    let packet = Packet::from([1; 1000].as_slice());
    let mut sent = 0;
    let error = loop {
        match victim.peer.send(0, Mode::Reliable, &packet) {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error, SendError::QueueFull);
    assert!((80..100).contains(&sent), "{sent}");
    let empty = Packet::from([].as_slice());
    while victim.peer.send(0, Mode::Reliable, &empty).is_ok() {
        sent += 1;
    }
    assert!(sent < 100, "empty packets count too");

    // It acknowledges what was never sent.
    let mut bytes = victim.transmit().iter().map(Vec::len).sum::<usize>();
    while victim.peer.state() != State::Disconnected {
        victim.now = victim.peer.deadline().unwrap().max(victim.now);
        victim.peer.handle_timeout(victim.now, &mut victim.host);
        bytes += victim.transmit().iter().map(Vec::len).sum::<usize>();
        victim.receive(&datagram(&[raw::acknowledge(0, 0x4000, 0)]));
    }
    // Each time-out is twice as long as the one before.
    assert!(bytes < 100_000 * 12, "{bytes} bytes were sent");
    assert_eq!(victim.peer.statistics().queued_data, 0);
}

#[test]
fn channels_are_as_many_as_were_agreed_on() {
    let mut world = World::ours(&HostOptions::default(), PERFECT);
    world.connect();
    assert_eq!((world.client.peer.channel_count(), world.server.peer.channel_count()), (4, 4));
    let error = world.client.send(4, Mode::Reliable, b"").unwrap_err();
    assert_eq!(error, SendError::NoSuchChannel { channel: 4, count: 4 });

    let mut options = HostOptions::default();
    options.channel_limit = 3;
    let mut victim = Victim::new(options);
    assert_eq!(victim.peer.channel_count(), 3);
    victim.receive(&datagram(&[raw::reliable(2, 1, b"last"), raw::reliable(3, 1, b"beyond")]));
    assert!(matches!(victim.peer.poll_event(), Some(Event::Received { channel: 2, .. })));
    assert_eq!(victim.peer.poll_event(), None);
    assert_eq!(victim.peer.statistics().dropped_malformed, 1);
}

#[test]
fn unreliable_packets_that_can_no_longer_be_delivered_give_their_room_back() {
    let mut victim = Victim::new(small());
    let part = |start| Part { start, count: 2, number: 0, total_length: 1200, offset: 0 };
    // Incomplete, until a later packet is whole.
    victim
        .receive(&datagram(&[raw::unreliable_fragment(0, 0, part(1), &[1; 600]), raw::unreliable(0, 0, 2, b"later")]));
    // Incomplete, until the reliable packets after it arrive. One that is whole is delivered in time.
    let whole = raw::unreliable(0, 1, 1, b"after the first");
    victim.receive(&datagram(&[whole, raw::unreliable_fragment(0, 1, part(2), &[1; 600])]));
    victim.receive(&datagram(&[raw::reliable(0, 1, b"first"), raw::reliable(0, 2, b"second")]));
    let mut packets = Vec::new();
    while let Some(Event::Received { packet, .. }) = victim.peer.poll_event() {
        packets.push(packet.into_owned());
    }
    assert_eq!(packets, [&b"later"[..], b"first", b"after the first", b"second"]);
    assert_eq!(victim.peer.statistics().waiting_data, 0);
}

#[test]
fn a_fragment_that_comes_again_and_again_changes_nothing_however_many_packets_wait() {
    // A packet of two fragments, of which the last, of one byte, is there.
    let part =
        |start| Part { start, count: 2, number: 1, total_length: MINIMUM_FRAGMENT + 1, offset: MINIMUM_FRAGMENT };
    let mut victim = Victim::new(HostOptions::default());
    for start in 1..=16_000 {
        victim.receive(&datagram(&[raw::unreliable_fragment(0, 0, part(start), &[1])]));
    }
    let again = datagram(&vec![raw::fragment(0, part(1), &[1]); 32]);
    victim.receive(&again);
    let waiting = victim.peer.statistics().waiting_data;
    for _ in 0..100 {
        victim.transmit();
        victim.receive(&again);
    }
    assert_eq!(victim.peer.statistics().waiting_data, waiting);
    assert_eq!(victim.peer.statistics().dropped_full, 0);
}

#[test]
fn a_disconnection_is_acknowledged_and_ends_the_connection_whatever_its_channel_and_number_are() {
    for (channel, sequence) in [(0, 0x7000), (0, 0x8fff), (254, 1), (255, 0x7000)] {
        let mut victim = Victim::new(small());
        let mut command = raw::disconnect(sequence);
        command[1] = channel;
        victim.receive(&datagram(&[command]));
        assert_eq!(victim.transmit().len(), 1);
        assert_eq!(victim.peer.state(), State::Disconnected);
        assert!(matches!(victim.peer.poll_event(), Some(Event::Disconnected { data: 9, .. })));
    }
}

#[test]
fn a_peer_that_pretends_to_be_far_away_is_waited_for_no_longer_than_others() {
    let mut victim = Victim::new(small());
    // Its acknowledgements say that round trips take 1 ms and 32 s in turn.
    for sequence in 1..40 {
        victim.peer.send(0, Mode::Reliable, &Packet::from([1].as_slice())).unwrap();
        victim.transmit();
        let round_trip = if sequence % 2 == 0 { 1 } else { 32_000 };
        victim.receive(&datagram(&[raw::acknowledge(0, sequence, 0_u16.wrapping_sub(round_trip))]));
    }
    assert!(victim.peer.statistics().round_trip_time > 10_000);
    let start = victim.now;
    victim.peer.disconnect(0);
    victim.transmit();
    while victim.peer.state() != State::Disconnected {
        victim.now = victim.peer.deadline().unwrap();
        victim.peer.handle_timeout(victim.now, &mut victim.host);
        victim.transmit();
    }
    assert!(victim.now - start <= 30 * SECOND, "{:?}", victim.now - start);
}
