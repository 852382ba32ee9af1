//! Sockets whose system calls fail. The faults are those of the whole process, so the tests take turns.
#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(clippy::unwrap_used, unreachable_pub)]

#[path = "../common/mod.rs"]
mod common;
mod system;

use std::sync::{Mutex, MutexGuard, PoisonError};

use common::{World, is_connected, receive, settings, until};
use dtls_core::Transport;
use dtls_io::{Connection, QueueLimits, connect};
use nix::errno::Errno;
use system::{ASKING_FOR_SEGMENTS, Faults, RECEIVING, SENDING, SENDING_SEGMENTS};

/// What the system says of a datagram that it does not send: a firewall, no buffers, a route or a host that is gone, a
/// datagram too long for the path, and the port that an earlier one found closed.
const REFUSALS: [Errno; 8] = [
    Errno::EPERM,
    Errno::ENOBUFS,
    Errno::ENOMEM,
    Errno::ENETUNREACH,
    Errno::EHOSTUNREACH,
    Errno::ENETDOWN,
    Errno::EMSGSIZE,
    Errno::ECONNREFUSED,
];

fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // A test that failed may have left some.
    [&SENDING, &SENDING_SEGMENTS, &ASKING_FOR_SEGMENTS, &RECEIVING].into_iter().for_each(Faults::clear);
    turn
}

fn world() -> World {
    World::with_psk(settings(), Transport::default())
}

fn unsent(world: &World) -> u64 {
    world.server.statistics().dropped_unsent
}

fn assert_talk((client, server): &(Connection, Connection), about: &str) {
    assert!(is_connected(client) && is_connected(server), "{about}");
    client.send(about.as_bytes()).unwrap();
    assert_eq!(receive(server), about.as_bytes());
    server.send(about.as_bytes()).unwrap();
    assert_eq!(receive(client), about.as_bytes());
}

fn until_struck(faults: &Faults) {
    until("the fault", || (faults.left() == 0).then_some(()));
}

#[test]
fn a_datagram_that_the_system_refuses_is_counted_and_ends_nothing() {
    let _turn = turn();
    let world = world();
    let pair = world.pair();
    for (number, errno) in REFUSALS.into_iter().enumerate() {
        SENDING.inject(errno, 1);
        pair.1.send(b"lost").unwrap();
        until("the loss to be counted", || (unsent(&world) == number as u64 + 1).then_some(()));
        assert_talk(&pair, errno.desc());
    }
}

#[test]
fn a_datagram_that_the_system_refuses_holds_up_no_other_of_its_batch() {
    let _turn = turn();
    let world = world();
    let pairs = [(); 4].map(|()| world.pair());
    let heard = || pairs.iter().filter(|(client, _)| client.available() == 1).count();
    until("the fault to strike this server", || {
        SENDING.inject(Errno::EPERM, 1);
        world.server.broadcast(b"to all", None).unwrap();
        until_struck(&SENDING);
        // It may have struck a connection of the test before, which was just closed.
        let sent = until("the packets", || Some(heard()).filter(|heard| *heard as u64 + unsent(&world) == 4));
        for (client, _) in &pairs {
            let _ = client.receive(&mut Vec::new());
        }
        (sent == 3).then_some(())
    });
    pairs.iter().for_each(|pair| assert_talk(pair, "afterwards"));
}

#[test]
fn what_a_full_send_buffer_has_no_room_for_is_counted_and_ends_nothing() {
    let _turn = turn();
    let world = world();
    let pairs = [(); 4].map(|()| world.pair());
    SENDING.inject(Errno::EAGAIN, 1);
    world.server.broadcast(b"to nobody", None).unwrap();
    until("the loss to be counted", || (unsent(&world) == 4).then_some(()));
    pairs.iter().for_each(|pair| assert_talk(pair, "afterwards"));
}

#[test]
fn a_send_that_a_signal_interrupts_is_made_again() {
    let _turn = turn();
    let world = world();
    let (client, server) = world.pair();
    SENDING.inject(Errno::EINTR, 3);
    server.send(b"in spite of signals").unwrap();
    assert_eq!(receive(&client), b"in spite of signals");
    assert_eq!((SENDING.left(), unsent(&world)), (0, 0));
}

#[test]
fn a_handshake_whose_flights_the_system_refuses_goes_on_with_the_next_it_takes() {
    let _turn = turn();
    let world = world();
    SENDING.inject(Errno::ENETUNREACH, 1);
    let client = world.connect();
    until_struck(&SENDING);
    until("the client", || is_connected(&client).then_some(()));
}

#[test]
fn errors_at_receiving_end_no_connection_however_many_there_are() {
    let _turn = turn();
    let world = world();
    let pair = world.pair();
    for errno in [Errno::ECONNREFUSED, Errno::EHOSTUNREACH, Errno::ENOMEM, Errno::EINTR, Errno::EIO] {
        for times in [1, 10, 1000] {
            RECEIVING.inject(errno, times);
            until("the faults", || {
                let _ = pair.0.send(b"ping");
                let _ = pair.1.send(b"ping");
                (RECEIVING.left() == 0).then_some(())
            });
            assert!(is_connected(&pair.0) && is_connected(&pair.1), "{times} times: {errno}");
            for (from, to) in [(&pair.0, &pair.1), (&pair.1, &pair.0)] {
                let mut packet = Vec::new();
                until("packets", || {
                    let _ = from.send(b"ping");
                    (to.receive(&mut packet) && packet == b"ping").then_some(())
                });
            }
        }
    }
}

#[test]
fn a_socket_whose_reads_fail_for_a_while_is_read_again_though_no_more_arrives() {
    let _turn = turn();
    let world = world();
    let (client, server) = world.pair();
    RECEIVING.inject(Errno::ENOMEM, 200);
    client.send(b"only once").unwrap();
    assert_eq!(receive(&server), b"only once");
    assert_eq!(RECEIVING.left(), 0);
}

/// How many packets of one length are sent in a row.
const ROW: u8 = 60;

/// Has the server send packets of one length and a shorter one, and the client check them. How many of the system's calls
/// took them.
fn send_row((client, server): &(Connection, Connection)) -> u32 {
    let calls = || SENDING.calls() + SENDING_SEGMENTS.calls();
    let before = calls();
    let packets = (0..=ROW).map(|number| vec![number; if number == ROW { 50 } else { 500 }]).collect::<Vec<_>>();
    packets.iter().for_each(|packet| server.send(packet).unwrap());
    packets.iter().for_each(|packet| assert_eq!(&receive(client), packet));
    calls() - before
}

/// Sends rows until one took few calls. A thread that is awake takes the first packets of a row alone.
fn send_row_in_few_calls(pair: &(Connection, Connection)) {
    until("few calls", || (send_row(pair) < u32::from(ROW) / 3).then_some(()));
}

/// Sends rows until some packets left as segments.
fn send_segments(pair: &(Connection, Connection)) {
    let successes = SENDING_SEGMENTS.successes();
    until("segments", || {
        send_row(pair);
        (SENDING_SEGMENTS.successes() > successes).then_some(())
    });
}

#[test]
fn packets_of_one_length_to_one_client_leave_as_segments_from_the_address_that_was_asked() {
    let _turn = turn();
    let mut settings = settings();
    settings.address = None;
    let world = World::with_psk(settings, Transport::default());
    let client = connect("127.0.0.5", world.server.port(), world.client.clone(), QueueLimits::default()).unwrap();
    let server = until("a connection", || world.server.accept());
    until("the client", || is_connected(&client).then_some(()));
    let pair = (client, server);
    let failures = SENDING_SEGMENTS.failures();
    send_segments(&pair);
    send_row_in_few_calls(&pair);
    assert_eq!((SENDING_SEGMENTS.failures(), unsent(&world)), (failures, 0));
}

#[test]
fn packets_leave_one_by_one_where_the_system_makes_no_segments() {
    let _turn = turn();
    ASKING_FOR_SEGMENTS.inject(Errno::ENOPROTOOPT, 1);
    let world = world();
    let pair = world.pair();
    let calls = SENDING_SEGMENTS.calls();
    until("the question", || {
        send_row(&pair);
        (ASKING_FOR_SEGMENTS.left() == 0).then_some(())
    });
    send_row_in_few_calls(&pair);
    assert_eq!((SENDING_SEGMENTS.calls(), unsent(&world)), (calls, 0));
}

#[test]
fn segments_that_the_system_refuses_leave_one_by_one_and_the_next_are_tried_again() {
    let _turn = turn();
    let world = world();
    let pair = world.pair();
    for errno in REFUSALS.into_iter().chain([Errno::EINVAL, Errno::EIO]) {
        SENDING_SEGMENTS.inject(errno, 1);
        until_refused(&pair);
        assert_eq!(unsent(&world), 0, "{errno}");
        send_segments(&pair);
    }
}

#[test]
fn segments_that_the_system_always_refuses_cost_one_call_a_row_and_none_is_lost() {
    let _turn = turn();
    let world = world();
    let pair = world.pair();
    SENDING_SEGMENTS.inject(Errno::EPERM, u32::MAX);
    until_refused(&pair);
    send_row_in_few_calls(&pair);
    SENDING_SEGMENTS.clear();
    assert_eq!(unsent(&world), 0);
}

#[test]
fn a_packet_that_is_refused_alone_after_its_segments_holds_up_no_other() {
    let _turn = turn();
    let world = world();
    let (client, server) = world.pair();
    let mut losses = 0;
    until("a refusal of both", || {
        SENDING_SEGMENTS.inject_before(Errno::EPERM, &SENDING);
        (0..ROW).for_each(|number| server.send(&[number; 500]).unwrap());
        let mut received = Vec::new();
        until("the others", || {
            let mut packet = Vec::new();
            while client.receive(&mut packet) {
                received.push(packet[0]);
            }
            (received.len() as u64 + unsent(&world) - losses == u64::from(ROW)).then_some(())
        });
        assert!(received.is_sorted(), "{received:?}");
        let lost = unsent(&world) - losses;
        losses += lost;
        assert!(lost <= 1, "{lost} were lost");
        (lost == 1).then_some(())
    });
}

/// Sends rows until a call with segments was refused.
fn until_refused(pair: &(Connection, Connection)) {
    let before = SENDING_SEGMENTS.failures();
    until("a refusal", || {
        send_row(pair);
        (SENDING_SEGMENTS.failures() > before).then_some(())
    });
}
