//! What a server and its clients do for each other over loopback.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::HashMap;
use std::net::UdpSocket;

use common::{LOOPBACK, World, end_of, is_connected, receive, settings, until};
use dtls_core::{ClientConfig, ClientOptions, EndReason, State, Transport};
use dtls_io::{Bundle, Connection, QueueLimits, SendError, ServerSettings, connect};
use dtls_test_support::options;

/// The ends of clients that join at once: theirs, and the server's in any order.
fn connect_together(world: &World, count: usize) -> (Vec<Connection>, Vec<Connection>) {
    let clients: Vec<_> = (0..count).map(|_| world.connect()).collect();
    let mut servers = Vec::new();
    until("all of them", || {
        servers.extend(std::iter::from_fn(|| world.server.accept()));
        (servers.len() == count && clients.iter().all(is_connected)).then_some(())
    });
    (clients, servers)
}

/// What `meanwhile` does finds the I/O thread of `connection` busy with a question.
fn while_busy<T>(connection: &Connection, meanwhile: impl FnOnce() -> T) -> T {
    let (asked, busy) = std::sync::mpsc::channel();
    let (free, freed) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            connection.ask(move |_| {
                asked.send(()).unwrap();
                freed.recv().unwrap_err();
            })
        });
        busy.recv_timeout(common::PATIENCE).unwrap();
        let done = meanwhile();
        drop(free);
        done
    })
}

#[test]
fn packets_travel_both_ways_whole() {
    let world = World::new();
    let (client, server) = world.pair();
    for size in [1, 100, 1200, 16_384] {
        client.send(&vec![size as u8; size]).unwrap();
        assert_eq!(receive(&server), vec![size as u8; size]);
        server.send(&vec![!(size as u8); size]).unwrap();
        assert_eq!(receive(&client), vec![!(size as u8); size]);
    }
}

#[test]
fn a_sender_keeps_no_connection_and_sends_nothing_once_it_was_dropped() {
    let world = World::with_psk(settings(), Transport::default());
    let (client, server) = world.pair();
    let sender = server.sender();
    assert!(!sender.is_gone());
    drop(server);
    assert!(sender.is_gone());
    assert_eq!(Bundle::default().add(&sender, b"too late"), Err(SendError::NotConnected));
    assert_eq!(end_of(&client), EndReason::ClosedByPeer);
}

#[test]
fn what_is_handed_over_in_one_call_arrives_where_it_belongs() {
    let world = World::new();
    let pairs: Vec<_> = (0..5).map(|_| world.pair()).collect();
    let packets: Vec<Vec<u8>> = (0..pairs.len() as u8).map(|number| vec![number; 50]).collect();
    let mut bundle = Bundle::default();
    for ((_, server), packet) in pairs.iter().zip(&packets) {
        bundle.add(&server.sender(), packet).unwrap();
    }
    bundle.send();
    for ((client, _), packet) in pairs.iter().zip(&packets) {
        assert_eq!(&receive(client), packet);
    }
}

#[test]
fn a_broadcast_reaches_all_but_one() {
    let world = World::new();
    let pairs: Vec<_> = (0..5).map(|_| world.pair()).collect();
    world.server.broadcast(b"to all", Some(&pairs[2].1)).unwrap();
    world.server.broadcast(b"the end", None).unwrap();
    for (number, (client, _)) in pairs.iter().enumerate() {
        if number != 2 {
            assert_eq!(receive(client), b"to all");
        }
        assert_eq!(receive(client), b"the end");
    }
}

#[test]
fn who_is_left_out_of_a_broadcast_is_the_only_one_on_all_threads() {
    let world = World::with(options!(ServerSettings { threads: 2, ..settings() }), Transport::default());
    // Enough for both threads to have some.
    let pairs: Vec<_> = (0..16).map(|_| world.pair()).collect();
    for (number, (_, left_out)) in pairs.iter().enumerate() {
        world.server.broadcast(&[number as u8], Some(left_out)).unwrap();
    }
    // Which of its ends belong to which client is told by what it sends.
    let mut heard = Vec::new();
    for (client, _) in &pairs {
        let numbers: Vec<u8> = (1..pairs.len()).map(|_| receive(client)[0]).collect();
        let missed = (0..pairs.len() as u8).filter(|number| !numbers.contains(number));
        heard.extend(missed);
    }
    heard.sort_unstable();
    assert_eq!(heard, (0..pairs.len() as u8).collect::<Vec<_>>(), "each is left out once");
}

#[test]
fn ready_names_those_with_packets_for_as_long_as_they_wait() {
    let mut world = World::new();
    let pairs: Vec<_> = (0..3).map(|_| world.pair()).collect();
    for (tag, (_, server)) in pairs.iter().enumerate() {
        server.set_tag(tag as i64 + 1);
    }
    let ready = |world: &mut World| {
        let mut tags = Vec::new();
        world.server.ready(|tag| tags.push(tag));
        tags
    };
    let mut seen = ready(&mut world);
    seen.sort_unstable();
    assert_eq!(seen, [1, 2, 3], "their state is new");
    assert!(ready(&mut world).is_empty());
    pairs[1].0.send(b"hello").unwrap();
    until("packet of the second", || (ready(&mut world) == [2]).then_some(()));
    assert_eq!(ready(&mut world), [2], "it still waits");
    assert_eq!(receive(&pairs[1].1), b"hello");
    assert!(ready(&mut world).is_empty());
}

#[test]
fn dropping_either_end_tells_the_other() {
    let world = World::new();
    let (client, server) = world.pair();
    drop(client);
    until("the server's end", || (server.state() == State::Ended(EndReason::ClosedByPeer)).then_some(()));
    let (client, server) = world.pair();
    drop(server);
    until("the client's end", || (client.state() == State::Ended(EndReason::ClosedByPeer)).then_some(()));
}

#[test]
fn dropping_the_server_tells_everybody_and_frees_the_port() {
    let world = World::new();
    let pairs: Vec<_> = (0..3).map(|_| world.pair()).collect();
    let port = world.server.port();
    drop(world);
    for (client, server) in &pairs {
        until("the client's end", || (client.state() == State::Ended(EndReason::ClosedByPeer)).then_some(()));
        assert_eq!(server.state(), State::Ended(EndReason::ClosedLocally));
    }
    UdpSocket::bind((LOOPBACK, port)).expect("the port is free");
}

#[test]
fn a_full_queue_refuses_and_takes_more_once_it_has_room() {
    let world = World::new();
    let (client, server) = world.pair();
    let most = QueueLimits::default().packets;
    let refused = while_busy(&client, || (0..=most).find_map(|_| client.send(&[7; 1000]).err()));
    assert_eq!(refused, Some(SendError::Busy));
    let mut buffer = Vec::new();
    until("a later packet", || {
        let _ = client.send(b"later");
        while server.receive(&mut buffer) {
            if buffer == b"later" {
                return Some(());
            }
        }
        None
    });
}

#[test]
fn a_reader_that_sleeps_loses_packets_and_never_memory() {
    let world = World::new();
    let (client, server) = world.pair();
    let dropped = until("drops", || {
        let _ = client.send(&[7; 100]);
        Some(world.server.statistics().dropped_inbox_full).filter(|dropped| *dropped > 0)
    });
    assert!(dropped > 0);
    assert_eq!(server.available(), QueueLimits::default().packets);
}

#[test]
fn a_connection_to_a_port_where_nobody_listens_ends_with_its_reason() {
    let world = World::new();
    let nobody = UdpSocket::bind((LOOPBACK, 0)).unwrap().local_addr().unwrap().port();
    let refused = connect("127.0.0.1", nobody, world.client.clone(), QueueLimits::default()).unwrap();
    until("the refusal", || (refused.state() == State::Ended(EndReason::PortUnreachable)).then_some(()));
}

#[test]
fn a_connection_to_a_host_that_is_unknown_ends_with_its_reason() {
    let world = World::new();
    let lost = connect("host.invalid", 1, world.client.clone(), QueueLimits::default()).unwrap();
    let reason = State::Ended(EndReason::HostNotFound("host.invalid".into()));
    until("the lookup", || (lost.state() == reason).then_some(()));
}

#[test]
fn a_host_name_is_looked_up() {
    let world = World::new();
    let client = connect("localhost", world.server.port(), world.client.clone(), QueueLimits::default()).unwrap();
    until("the client to be connected", || is_connected(&client).then_some(()));
}

#[test]
fn a_server_for_all_addresses_takes_every_family_of_the_machine() {
    let world = World::with(options!(ServerSettings { address: None, ..settings() }), Transport::default());
    let has_ipv6 = UdpSocket::bind("[::1]:0").is_ok();
    let hosts = if has_ipv6 { &["127.0.0.1", "::1"][..] } else { &["127.0.0.1"] };
    for host in hosts {
        let client = connect(host, world.server.port(), world.client.clone(), QueueLimits::default()).unwrap();
        let server = until("a connection", || world.server.accept());
        until("the client to be connected", || is_connected(&client).then_some(()));
        client.send(host.as_bytes()).unwrap();
        assert_eq!(receive(&server), host.as_bytes());
    }
}

#[test]
fn several_threads_share_a_port() {
    let world = World::with(options!(ServerSettings { threads: 2, ..settings() }), Transport::default());
    // Together, so that the threads use what they share at the same time.
    let (clients, servers) = connect_together(&world, 16);
    for (number, client) in clients.iter().enumerate() {
        client.send(&[number as u8]).unwrap();
    }
    let mut seen: Vec<u8> = servers.iter().map(|server| receive(server)[0]).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..16).collect::<Vec<u8>>());
}

#[test]
fn three_hundred_join_at_once() {
    // The last one waits for all others.
    let transport = options!(Transport { handshake_timeout: common::PATIENCE, ..Transport::default() });
    let world = World::with(settings(), transport);
    let _ends = connect_together(&world, 300);
    let statistics = world.server.statistics();
    assert_eq!((statistics.connections, statistics.handshaking), (300, 0));
}

#[test]
fn a_client_that_starts_anew_on_its_port_replaces_its_old_self() {
    let world = World::new();
    let socket = world.raw_client();
    let mut ends = HashMap::new();
    for life in 0..2 {
        let mut session = world.greet(&socket);
        world.finish(&socket, &mut session);
        ends.insert(life, until("a connection", || world.server.accept()));
    }
    assert_eq!(ends[&0].state(), State::Ended(EndReason::Replaced));
    assert_eq!(ends[&1].state(), State::Connected);
}

#[test]
fn a_server_tells_once_why_a_handshake_failed() {
    let world = World::new();
    let client = connect(
        "localhost",
        world.server.port(),
        ClientConfig::new(&ClientOptions::default()).unwrap(),
        QueueLimits::default(),
    )
    .unwrap();
    let failure = until("the failure", || world.server.take_failure());
    assert!(matches!(failure, EndReason::Alert(_)), "{failure:?}");
    assert_eq!(world.server.take_failure(), None);
    drop(client);
}

#[test]
fn a_handshake_that_failed_is_nothing_to_look_at() {
    let mut world = World::new();
    let distrusting = ClientConfig::new(&ClientOptions::default()).unwrap();
    let clients: Vec<_> = (0..5)
        .map(|_| connect("localhost", world.server.port(), distrusting.clone(), QueueLimits::default()).unwrap())
        .collect();
    until("the failures", || (world.server.statistics().handshakes_failed >= 5).then_some(()));
    world.server.ready(|_| panic!("nobody is connected"));
    assert_eq!(world.server.active(), 0);
    drop(clients);
}

#[test]
#[cfg(target_os = "linux")]
fn a_client_that_is_closed_while_it_connects_is_gone() {
    // Nothing but being closed ends what connects to somebody who never answers.
    let transport = options!(Transport { handshake_timeout: 10 * common::PATIENCE, ..Transport::default() });
    let world = World::with(settings(), transport);
    let nobody = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    let port = nobody.local_addr().unwrap().port();
    let start = || connect("127.0.0.1", port, world.client.clone(), QueueLimits::default()).unwrap();
    // Keeps the clients' thread.
    let (first, _) = &world.pair();

    // Before the thread knows of it.
    let row: Vec<_> = while_busy(first, || {
        drop(start());
        (0..150).map(|_| (start(), start())).collect()
    });
    // While the thread opens one after the other: one that has a socket but hardly a name yet by which to be closed, and
    // the next, which it turns to.
    for (one, next) in row {
        until("its socket", || one.local_port());
        drop((one, next));
    }
    // When it has its name.
    let client = start();
    until("its session", || client.ask(|_| ()));
    drop(client);

    // After all of these.
    let last = start();
    until("the last one's session", || last.ask(|_| ()));
    let remote = format!(":{port:04X}");
    let sockets = || {
        let table = std::fs::read_to_string("/proc/self/net/udp").unwrap();
        table.lines().filter(|line| line.split_whitespace().nth(2).is_some_and(|word| word.ends_with(&remote))).count()
    };
    until("the others' sockets to be closed", || (sockets() == 1).then_some(()));
}

#[test]
fn noise_at_the_port_disturbs_nobody() {
    let world = World::new();
    let (client, server) = world.pair();
    let noise = world.raw_client();
    let mut sent = 0;
    for length in (0..2048).chain([9000, 16_384, 65_507]) {
        noise.send(&vec![(length % 251) as u8; length]).unwrap();
        sent += 1;
        client.send(&[1]).unwrap();
        assert_eq!(receive(&server), [1]);
    }
    until("all noise to be seen", || (world.server.statistics().ignored == sent).then_some(()));
    assert_eq!(world.server.statistics().connections, 1);
}

#[test]
fn packets_taken_at_once_cost_what_is_active() {
    let mut world = World::new();
    let pairs: Vec<_> = (0..3).map(|_| world.pair()).collect();
    for (tag, (_, server)) in pairs.iter().enumerate() {
        server.set_tag(tag as i64 + 1);
    }
    for round in 0..3 {
        for (client, _) in &pairs {
            client.send(&[round]).unwrap();
        }
        let mut taken = Vec::new();
        until("the packets of a round", || {
            world.server.take_packets(|tag, packet| taken.push((tag, packet.to_vec())));
            (taken.len() == pairs.len()).then_some(())
        });
        taken.sort_unstable();
        assert_eq!(taken, [(1, vec![round]), (2, vec![round]), (3, vec![round])]);
        assert_eq!(world.server.active(), 0, "nobody has anything");
    }
    let mut news = Vec::new();
    world.server.ready(|tag| news.push(tag));
    news.sort_unstable();
    assert_eq!(news, [1, 2, 3], "their state was not asked for yet, and is told once each");
    drop(pairs);
    until("the ends", || (world.server.statistics().connections == 0).then_some(()));
    world.server.take_packets(|_, _| panic!("nobody is left"));
    assert_eq!(world.server.active(), 0, "what is gone is let go of");
}
