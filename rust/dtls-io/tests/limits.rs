//! What a server allows its clients to take.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::Duration;

use common::{World, is_connected, settings, until};
use dtls_core::{EndReason, MAX_PACKET, State, Transport};
use dtls_io::{SendError, ServerSettings};
use dtls_test_support::options;

#[test]
fn a_server_s_connections_share_a_budget_of_waiting_bytes() {
    let world = World::with(options!(ServerSettings { max_queued_bytes: 10_000, ..settings() }), Transport::default());
    let pairs: Vec<_> = (0..2).map(|_| world.pair()).collect();
    for _ in 0..9 {
        pairs[0].0.send(&[7; 1000]).unwrap();
    }
    until("packets of the first", || (pairs[0].1.available() == 9).then_some(()));
    assert_eq!(world.server.statistics().queued_bytes, 9000);
    pairs[1].0.send(&[7; 2000]).unwrap();
    until("a drop", || (world.server.statistics().dropped_inbox_full == 1).then_some(()));
    assert_eq!(pairs[0].1.send(&[7; 2000]), Err(SendError::Busy));
    assert_eq!(world.server.broadcast(&[7; 2000], None), Err(SendError::Busy));
    let mut packet = Vec::new();
    while pairs[0].1.receive(&mut packet) {}
    assert_eq!(world.server.statistics().queued_bytes, 0);
    pairs[0].1.send(&[7; 2000]).unwrap();
    until("it to be sent", || (world.server.statistics().queued_bytes == 0).then_some(()));
}

#[test]
fn what_is_given_back_is_what_was_taken_also_for_connections_that_are_gone() {
    let world = World::new();
    for _ in 0..20 {
        let (client, server) = world.pair();
        for _ in 0..10 {
            client.send(&[7; 100]).unwrap();
            let _ = server.send(&[7; 100]);
        }
        until("a packet", || (server.available() > 0).then_some(()));
        world.server.broadcast(&[7; 100], None).unwrap();
    }
    until("all to be gone", || (world.server.statistics().connections == 0).then_some(()));
    until("all bytes to be back", || (world.server.statistics().queued_bytes == 0).then_some(()));
}

#[test]
fn a_broadcast_too_large_is_refused_with_the_limit() {
    let world = World::new();
    let refused = SendError::TooLarge { length: MAX_PACKET + 1, limit: MAX_PACKET };
    assert_eq!(world.server.broadcast(&vec![0; MAX_PACKET + 1], None), Err(refused));
}

#[test]
fn a_broadcast_reaches_only_clients_that_were_handed_out() {
    let world = World::new();
    let early = world.connect();
    until("the early client", || (is_connected(&early) && world.server.has_accepted()).then_some(()));
    world.server.broadcast(b"nobody hears this", None).unwrap();
    let taken = world.server.accept().unwrap();
    world.server.broadcast(b"hello", None).unwrap();
    let mut packet = Vec::new();
    until("a packet", || early.receive(&mut packet).then_some(()));
    assert_eq!(packet, b"hello");
    drop(taken);
}

#[test]
fn silence_ends_a_connection_after_the_server_s_time_unless_its_options_say_another() {
    let (short, long) = (Some(Duration::from_millis(100)), Some(Duration::from_secs(60)));
    for (of_server, of_options) in [(short, None), (long, short)] {
        let options = options!(Transport { idle_timeout: of_options, ..Transport::default() });
        let world = World::with(options!(ServerSettings { idle_timeout: of_server, ..settings() }), options);
        let _client = world.connect();
        let server = until("a connection", || world.server.accept());
        let end = State::Ended(EndReason::IdleTimeout(Duration::from_millis(100)));
        until("the silent one to end", || (server.state() == end).then_some(()));
    }
}

#[test]
fn a_full_server_refuses_clients_and_those_that_were_under_way_hear_of_it() {
    let world = World::with(options!(ServerSettings { max_connections: 1, ..settings() }), Transport::default());
    let (_client, server) = world.pair();
    let late = world.connect();
    until("a refusal", || (world.server.statistics().refused_connections > 0).then_some(()));
    assert_eq!(late.state(), State::Handshaking);
    drop((late, server));
    until("the place to be free", || (world.server.statistics().connections == 0).then_some(()));
    // Both have their cookies before either is connected.
    let sockets = [world.raw_client(), world.raw_client()];
    let mut sessions = sockets.each_ref().map(|socket| world.greet(socket));
    until("both handshakes", || (world.server.statistics().handshaking == 2).then_some(()));
    for (socket, session) in sockets.iter().zip(&mut sessions) {
        world.finish(socket, session);
    }
    until("one to be refused", || (world.server.take_failure() == Some(EndReason::ServerFull)).then_some(()));
    assert_eq!(world.server.statistics().connections, 1);
}

#[test]
fn a_client_that_starts_anew_needs_no_second_place() {
    let world = World::with(options!(ServerSettings { max_connections: 1, ..settings() }), Transport::default());
    let socket = world.raw_client();
    let _connections = [(); 2].map(|()| {
        let mut session = world.greet(&socket);
        world.finish(&socket, &mut session);
        until("a connection", || world.server.accept())
    });
    assert_eq!(world.server.statistics().refused_connections, 0);
}

#[test]
fn a_client_that_starts_anew_has_no_place_once_its_old_connection_is_gone() {
    let world = World::with(options!(ServerSettings { max_connections: 1, ..settings() }), Transport::default());
    let socket = world.raw_client();
    let mut old = world.greet(&socket);
    world.finish(&socket, &mut old);
    let old_end = until("the first connection", || world.server.accept());
    let mut new = world.greet(&socket);
    until("the second handshake", || (world.server.statistics().handshaking == 1).then_some(()));
    drop(old_end);
    until("the first to be gone", || (world.server.statistics().connections == 1).then_some(()));
    let (_client, _server) = world.pair();
    world.finish(&socket, &mut new);
    until("a refusal", || (world.server.take_failure() == Some(EndReason::ServerFull)).then_some(()));
    assert_eq!(world.server.statistics().connections, 1);
}
