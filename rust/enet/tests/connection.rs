//! How connections begin, last and end.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{CLIENT, End, Happened, Link, Ours, PATIENT, PERFECT, SECOND, SERVER, World, numbered};
use dtls_enet::{Cause, Event, Host, HostOptions, Mode, Packet, Peer, SendError, State};

const DEAD: Link = Link { loss: 100, ..PERFECT };

fn connected() -> World<Ours, Ours> {
    let mut world = World::ours(&HostOptions::default(), PERFECT);
    world.connect();
    world
}

#[test]
fn both_sides_are_connected_after_three_flights() {
    let mut world = World::ours(&HostOptions::default(), PERFECT);
    assert_eq!(world.client.peer.state(), State::Connecting);
    assert_eq!(world.server.peer.state(), State::Accepting);
    let packet = Packet::from(b"early".as_slice());
    assert_eq!(world.client.peer.send(0, Mode::Reliable, &packet), Err(SendError::NotConnected));

    let start = world.now;
    assert!(world.run(SECOND, |world| world.happened.iter().all(|happened| !happened.is_empty())));
    assert_eq!(world.now - start, 3 * PERFECT.latency);
    assert_eq!(world.happened, [vec![Happened::Connected(0)], vec![Happened::Connected(7)]]);
    assert_eq!(world.client.peer.state(), State::Connected);
    assert_eq!(world.server.peer.state(), State::Connected);
}

#[test]
fn a_client_without_a_server_gives_up_after_its_last_retransmission() {
    let mut world = World::ours(&HostOptions::default(), DEAD);
    let start = world.now;
    assert!(world.run(60 * SECOND, |world| !world.happened[CLIENT].is_empty()));
    assert_eq!(world.happened[CLIENT], [Happened::Disconnected(0)]);
    // After 0.5, 1, 2, 4 and 8 s; the sixth counts 32 times the first time-out.
    assert_eq!(world.sent[CLIENT].0, 6);
    assert_eq!((world.now - start).as_millis(), 500 + 1000 + 2000 + 4000 + 8000 + 16_000);
}

#[test]
fn a_server_whose_client_never_asks_or_never_answers_gives_up_without_an_event() {
    let mut world = World::ours(&HostOptions::default(), DEAD);
    world.pass(29 * SECOND);
    assert_eq!(world.server.peer.state(), State::Accepting);
    world.pass(2 * SECOND);
    assert_eq!(world.server.peer.state(), State::Disconnected);
    assert_eq!(world.server.peer.deadline(), None);

    let mut world = World::ours(&HostOptions::default(), PERFECT);
    assert!(world.run(SECOND, |world| world.server.peer.state() == State::AcknowledgingConnect));
    world.link = DEAD;
    world.pass(60 * SECOND);
    assert_eq!(world.server.peer.state(), State::Disconnected);
    assert_eq!(world.happened[SERVER], []);
}

#[test]
fn a_request_that_arrives_twice_makes_one_connection() {
    let now = std::time::Instant::now();
    let (mut client, mut server) =
        (Ours::client(HostOptions::default(), 1, 5, now), Ours::server(HostOptions::default(), now));
    let mut request = Vec::new();
    client.transmit(now, &mut |datagram| request.extend_from_slice(datagram));
    let mut answers = 0;
    for _ in 0..3 {
        server.receive(&request, now);
        server.transmit(now, &mut |_| answers += 1);
    }
    assert_eq!(answers, 1);
    assert_eq!(server.peer.statistics().dropped_foreign, 2);
}

#[test]
fn an_answer_to_another_request_is_refused() {
    let now = std::time::Instant::now();
    let mut host = Host::new(HostOptions::default(), now);
    let mut other = Peer::connect(&host, 1, 5, 1, now);
    let mut client = Peer::connect(&host, 1, 5, 2, now);
    let mut server = Ours::server(HostOptions::default(), now);
    let request = other.poll_transmit(now, &mut host).unwrap().to_vec();
    server.receive(&request, now);
    server.transmit(now, &mut |answer| client.receive(answer, now, &mut host));
    assert_eq!(client.poll_event(), Some(Event::Disconnected { data: 0, cause: Cause::Refused }));
    assert_eq!(client.state(), State::Disconnected);
}

#[test]
fn an_idle_connection_lasts_by_pings() {
    let mut world = connected();
    world.pass(600 * SECOND);
    assert_eq!(world.happened, [vec![], vec![]]);
    // Each side pings half a second after the acknowledgement before. The acknowledgement to the other side goes along.
    let (datagrams, _) = world.sent[CLIENT];
    assert!((1150..1160).contains(&datagrams), "{datagrams}");
    let statistics = world.client.peer.statistics();
    assert_eq!(statistics.round_trip_time, 20);
    assert_eq!(statistics.packet_loss, 0);
    assert_eq!(statistics.retransmissions, 0);

    world.client.peer.set_ping_interval(5 * SECOND);
    world.server.peer.set_ping_interval(5 * SECOND);
    world.sent = Default::default();
    world.pass(600 * SECOND);
    assert!((115..125).contains(&world.sent[CLIENT].0), "{:?}", world.sent);
}

#[test]
fn a_side_that_falls_silent_is_noticed_by_pings() {
    let mut world = connected();
    world.pass(10 * SECOND);
    world.link = DEAD;
    let start = world.now;
    assert!(world.run(60 * SECOND, |world| world.happened.iter().all(|happened| !happened.is_empty())));
    assert_eq!(world.happened, [vec![Happened::Disconnected(0)], vec![Happened::Disconnected(0)]]);
    let elapsed = world.now - start;
    assert!((5 * SECOND..31 * SECOND).contains(&elapsed), "{elapsed:?}");
}

#[test]
fn disconnecting_is_acknowledged_and_repeated_until_then() {
    let mut world = connected();
    world.link = DEAD;
    world.client.peer.disconnect(8);
    assert_eq!(world.client.peer.state(), State::Disconnecting);
    world.pass(2 * SECOND);
    world.link = PERFECT;
    assert!(world.run(20 * SECOND, |world| world.happened.iter().all(|happened| !happened.is_empty())));
    assert_eq!(world.happened, [vec![Happened::Disconnected(0)], vec![Happened::Disconnected(8)]]);
    for end in [&world.client.peer, &world.server.peer] {
        assert_eq!((end.state(), end.deadline()), (State::Disconnected, None));
    }
}

#[test]
fn both_sides_may_disconnect_at_once() {
    let mut world = connected();
    world.client.peer.disconnect(8);
    world.server.peer.disconnect(9);
    assert!(world.run(20 * SECOND, |world| world.happened.iter().all(|happened| !happened.is_empty())));
    assert_eq!(world.happened, [vec![Happened::Disconnected(9)], vec![Happened::Disconnected(8)]]);
}

#[test]
fn what_arrived_before_the_end_is_still_there_to_take() {
    let mut world = connected();
    world.client.send(0, Mode::Reliable, b"last words").unwrap();
    let now = world.now;
    let mut datagrams = Vec::new();
    world.client.transmit(now, &mut |datagram| datagrams.push(datagram.to_vec()));
    world.client.peer.disconnect_now(4);
    world.client.transmit(now, &mut |datagram| datagrams.push(datagram.to_vec()));
    assert_eq!(datagrams.len(), 2);
    datagrams.iter().for_each(|datagram| world.server.receive(datagram, now));
    let last_words = Happened::Received(0, Some(Mode::Reliable), b"last words".to_vec());
    assert_eq!(world.server.take(), [last_words, Happened::Disconnected(4)]);
}

#[test]
fn a_client_that_ends_before_it_is_connected_has_no_event() {
    for end in [Peer::disconnect, Peer::disconnect_later, Peer::disconnect_now] {
        let mut world = World::ours(&HostOptions::default(), PERFECT);
        end(&mut world.client.peer, 3);
        assert_eq!(world.client.peer.state(), State::Disconnected);
        world.pass(40 * SECOND);
        assert_eq!(world.happened, [vec![], vec![]]);
    }
}

#[test]
fn lost_packets_show_in_the_statistics() {
    let mut world = connected();
    world.client.set_timeouts(PATIENT);
    world.server.set_timeouts(PATIENT);
    world.link.loss = 20;
    for _ in 0..600 {
        world.client.send(0, Mode::Reliable, b"tick").unwrap();
        world.pass(Duration::from_millis(50));
    }
    let statistics = world.client.peer.statistics();
    // The acknowledgement is lost as often. The mean has moved by three eighths, more or less.
    assert!(statistics.retransmissions > 60, "{statistics:?}");
    assert!((4000..30_000).contains(&statistics.packet_loss), "{statistics:?}");
    assert!((20..200).contains(&statistics.round_trip_time), "{statistics:?}");
}

#[test]
fn limited_bandwidth_drops_unreliable_packets_and_narrows_the_window() {
    let mut options = HostOptions::default();
    options.outgoing_bandwidth = 20_000;
    let mut world = World::ours(&options, PERFECT);
    world.connect();
    let count = 3000;
    for number in 0..count {
        world.client.send(0, Mode::Unreliable, &numbered(number, 500)).unwrap();
        world.pass(Duration::from_millis(10));
    }
    // 50,000 bytes a second are offered.
    let statistics = world.client.peer.statistics();
    assert!((10..16).contains(&statistics.packet_throttle_limit), "{statistics:?}");
    let received = world.received(SERVER).count() as u32;
    assert!((count / 3..count / 2).contains(&received), "{received}");
    assert_eq!(u64::from(count - received), statistics.throttled);

    world.client.send(0, Mode::Reliable, &numbered(0, 50_000)).unwrap();
    let now = world.now;
    world.client.transmit(now, &mut |_| {});
    assert!(world.client.peer.statistics().reliable_data_in_transit <= 4096);
}

#[test]
fn a_host_tells_its_peers_how_much_each_may_send() {
    let mut options = HostOptions::default();
    options.incoming_bandwidth = 10 * 65536;
    let now = std::time::Instant::now();
    let client = Ours::client(HostOptions::default(), 1, 2, now);
    let mut world = World::new(client, Ours::server(options, now), PERFECT, now);
    world.connect();
    let in_flight = |world: &mut World<Ours, Ours>| {
        world.client.send(0, Mode::Reliable, &numbered(0, 100_000)).unwrap();
        let now = world.now;
        world.client.transmit(now, &mut |_| {});
        let bytes = world.client.peer.statistics().reliable_data_in_transit;
        world.pass(20 * SECOND);
        bytes
    };
    // The window is 4 KiB for each 64 KiB a second.
    assert!((38_000..=40_960).contains(&in_flight(&mut world)));
    world.server.host.set_bandwidth(5 * 65536, 0);
    world.pass(2 * SECOND);
    assert!((19_000..=20_480).contains(&in_flight(&mut world)));
    world.server.host.set_bandwidth(0, 0);
    world.pass(2 * SECOND);
    assert!((63_000..=65_536).contains(&in_flight(&mut world)));
}

#[test]
fn a_throttle_is_configured_on_both_sides() {
    let mut world = connected();
    world.client.peer.throttle_configure(1000, 4, 5);
    world.pass(SECOND);
    for end in [&world.client.peer, &world.server.peer] {
        let statistics = end.statistics();
        assert_eq!(statistics.packet_throttle_interval, 1000);
        assert_eq!((statistics.packet_throttle_acceleration, statistics.packet_throttle_deceleration), (4, 5));
    }
}

#[test]
fn a_throttled_packet_is_dropped_with_all_its_fragments() {
    let mut options = HostOptions::default();
    options.outgoing_bandwidth = 4000;
    let mut world = World::ours(&options, PERFECT);
    world.connect();
    for number in 0..100 {
        world.client.send(0, Mode::Unreliable, &numbered(number, 3000)).unwrap();
        world.pass(Duration::from_millis(100));
    }
    let statistics = world.client.peer.statistics();
    assert!(statistics.throttled > 30, "{statistics:?}");
    let received = world.received(SERVER).count() as u64;
    assert_eq!(received + statistics.throttled, 100);
    assert_eq!(world.server.peer.statistics().waiting_data, 0, "fragments were left behind");
}

#[test]
fn a_packet_may_not_be_larger_than_the_maximum() {
    let mut options = HostOptions::default();
    options.maximum_packet_size = 5000;
    let mut world = World::ours(&options, PERFECT);
    world.connect();
    let error = world.client.send(0, Mode::Reliable, &[0; 5001]).unwrap_err();
    assert_eq!(error, SendError::TooLarge { size: 5001, maximum: 5000 });
    world.client.send(0, Mode::Reliable, &[0; 5000]).unwrap();
    assert!(world.run(SECOND, |world| !world.happened[SERVER].is_empty()));
}

#[test]
fn lost_pings_end_no_connection_as_long_as_others_are_acknowledged() {
    let mut world = connected();
    world.link = Link { seed: 1, loss: 10, ..PERFECT };
    world.pass(600 * SECOND);
    assert_eq!(world.happened, [vec![], vec![]]);
    assert!(world.client.peer.statistics().retransmissions > 100);
}

#[test]
fn a_side_that_is_about_to_disconnect_takes_nothing_more() {
    let mut world = connected();
    world.client.send(0, Mode::Reliable, &numbered(0, 100_000)).unwrap();
    world.client.peer.disconnect_later(2);
    assert_eq!(world.client.peer.state(), State::DisconnectLater);
    assert_eq!(world.client.send(0, Mode::Reliable, b"more"), Err(SendError::NotConnected));
    world.server.send(0, Mode::Reliable, b"unwanted").unwrap();
    assert!(world.run(20 * SECOND, |world| !world.happened[CLIENT].is_empty()));
    assert_eq!(world.happened[CLIENT], [Happened::Disconnected(0)]);
    assert_eq!(world.received(SERVER).count(), 1);
    assert_eq!(world.server.peer.statistics().retransmissions, 0, "it was acknowledged");
}
