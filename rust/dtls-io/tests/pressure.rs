//! What clients that mean harm, or are many, can take from others. Linux has many addresses on loopback.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::net::{IpAddr, UdpSocket};
use std::time::{Duration, Instant};

use common::{World, settings, until};
use dtls_core::{EndReason, IoBuffers, Session, State, Transport};
use dtls_io::ServerSettings;
use dtls_test_support::{HOST, drain, options};

fn host(number: u8) -> IpAddr {
    IpAddr::from([127, 0, 0, number])
}

/// A world of `max_pending` handshakes at once, in which none is sent again or times out while a test runs.
fn world(max_pending: usize) -> World {
    let transport = options!(Transport { handshake_timeout: Duration::from_secs(60), ..Transport::default() });
    World::with(options!(ServerSettings { max_pending, ..settings() }), transport)
}

/// Of a datagram that begins with a ServerHello (RFC 6347 §4.2.2).
fn server_random(socket: &UdpSocket) -> [u8; 32] {
    const START: usize = 13 + 12 + 2; // Behind the headers of record and message, and the version.
    let mut datagram = [0; 2048];
    socket.recv(&mut datagram).unwrap();
    datagram[START..][..32].try_into().unwrap()
}

/// A client in memory that was given its cookie through `socket`, and its hello with it.
fn hello_with_cookie(world: &World, socket: &UdpSocket) -> (Session, Vec<u8>) {
    let mut buffers = IoBuffers::new();
    let mut session = Session::connect(&world.client, HOST, Instant::now(), &mut buffers).unwrap();
    common::send_all(socket, &mut buffers);
    let mut buffer = [0; 2048];
    let length = socket.recv(&mut buffer).unwrap();
    session.receive(&buffer[..length], Instant::now(), &mut buffers, |_| {});
    let hello = drain(&mut buffers).remove(0);
    (session, hello)
}

/// Clients that fall silent after their cookie.
fn silent(world: &World, address: IpAddr, count: usize) -> Vec<UdpSocket> {
    let silent: Vec<_> = (0..count).map(|_| world.raw_client_at(address)).collect();
    silent.iter().for_each(|socket| drop(world.greet(socket)));
    silent
}

#[test]
fn where_every_place_is_taken_by_another_source_the_oldest_handshake_goes() {
    let world = world(2);
    let mut randoms = Vec::new();
    let silent: Vec<_> = (1..=3)
        .map(|number| {
            let socket = world.raw_client_at(host(number));
            drop(world.greet(&socket));
            randoms.push(server_random(&socket));
            socket
        })
        .collect();
    until("the oldest to go", || (world.server.statistics().handshakes_failed == 1).then_some(()));
    assert_eq!(world.server.statistics().handshaking, 2);
    assert_eq!(world.server.take_failure(), Some(EndReason::TooManyHandshakes));
    silent[0].set_nonblocking(true).unwrap();
    let mut buffer = [0; 2048];
    while silent[0].recv(&mut buffer).is_ok() {
        assert_ne!(buffer[27..59], randoms[2], "each flight goes to its own client");
    }
}

#[test]
fn a_source_of_half_open_handshakes_leaves_room_for_others() {
    let world = world(8);
    let _silent = silent(&world, host(2), 20);
    until("the source's share", || (world.server.statistics().handshaking == 4).then_some(()));
    for _ in 0..10 {
        drop(world.pair());
    }
    let statistics = world.server.statistics();
    assert_eq!((statistics.handshaking, statistics.handshakes_failed), (4, 0), "none of its own made room");
}

#[test]
fn clients_beyond_their_source_s_share_wait_and_are_let_in_when_others_are_done() {
    let world = world(8);
    let sockets: Vec<_> = (0..6).map(|_| world.raw_client_at(host(2))).collect();
    let mut sessions: Vec<_> = sockets.iter().map(|socket| world.greet(socket)).collect();
    until("the source's share", || (world.server.statistics().handshaking == 4).then_some(()));
    for (socket, session) in sockets.iter().zip(&mut sessions) {
        world.finish(socket, session);
    }
    until("all to be connected", || (world.server.statistics().handshakes_done == 6).then_some(()));
}

#[test]
fn a_forged_cookie_takes_no_place_in_the_queue() {
    let world = world(8);
    let socket = world.raw_client_at(host(2));
    let (_, mut hello) = hello_with_cookie(&world, &socket);
    hello[61] ^= 1; // The cookie begins behind the headers 25, the version 2, the random 32, two lengths.
    for asked in 2..100 {
        socket.send(&hello).unwrap();
        until("an answer", || (world.server.statistics().cookies_asked == asked).then_some(()));
        assert_eq!(world.server.statistics().handshaking, 0);
    }
    let client = world.connect();
    until("a client", || common::is_connected(&client).then_some(()));
}

#[test]
fn a_client_that_starts_anew_again_and_again_waits_longer_each_time() {
    let world = world(8);
    let socket = world.raw_client_at(host(2));
    for life in 0..2 {
        drop(world.greet(&socket));
        until("its handshake", || {
            let counts = world.server.statistics();
            (counts.handshakes_failed + counts.handshaking == life + 1).then_some(())
        });
        server_random(&socket);
    }
    let mut third = IoBuffers::new();
    drop(Session::connect(&world.client, HOST, Instant::now(), &mut third).unwrap());
    common::send_all(&socket, &mut third);
    until("it to be put off", || (world.server.statistics().dropped_restarts == 1).then_some(()));
    assert_eq!(world.server.statistics().handshaking, 1);
}

#[test]
fn a_client_that_starts_anew_keeps_its_connection_until_the_new_one_is_done() {
    let world = world(8);
    let socket = world.raw_client_at(host(2));
    let mut old = world.greet(&socket);
    world.finish(&socket, &mut old);
    let old_end = until("the first connection", || world.server.accept());
    let mut new = world.greet(&socket);
    until("the second handshake", || (world.server.statistics().handshaking == 1).then_some(()));
    // Whoever saw its cookie on the way could have come this far.
    let mut buffers = IoBuffers::new();
    old.send(b"still here", &mut buffers).unwrap();
    common::send_all(&socket, &mut buffers);
    let mut packet = Vec::new();
    until("a packet of the first", || old_end.receive(&mut packet).then_some(()));
    assert_eq!((&packet[..], old_end.state()), (&b"still here"[..], State::Connected));
    world.finish(&socket, &mut new);
    let new_end = until("the second connection", || world.server.accept());
    assert_eq!(old_end.state(), State::Ended(EndReason::Replaced));
    new.send(b"anew", &mut buffers).unwrap();
    common::send_all(&socket, &mut buffers);
    until("a packet of the second", || new_end.receive(&mut packet).then_some(()));
    assert_eq!(packet, b"anew");
}

#[test]
fn a_hello_in_two_fragments_that_wait_together_needs_no_second_try() {
    let world = world(8);
    let socket = world.raw_client_at(host(2));
    let (mut session, hello) = hello_with_cookie(&world, &socket);
    // Sent from the server's own thread, which then finds both.
    let (sender, (_client, bystander)) = (socket.try_clone().unwrap(), world.pair());
    let send = move |fragment: &Vec<u8>| assert!(sender.send(fragment).is_ok());
    bystander.ask(move |_| in_two(&hello).iter().for_each(send)).unwrap();
    world.finish(&socket, &mut session);
}

/// The fragments of a ClientHello that is alone in its datagram (RFC 6347 §4.2.3).
fn in_two(hello: &[u8]) -> [Vec<u8>; 2] {
    let (record, message) = hello.split_at(13);
    let (header, body) = message.split_at(12);
    let fragment = |sequence: u8, offset: usize, part: &[u8]| {
        let mut record = record.to_vec();
        record[10] = sequence;
        record[11..13].copy_from_slice(&(12 + part.len() as u16).to_be_bytes());
        let mut header = header.to_vec();
        header[6..9].copy_from_slice(&(offset as u32).to_be_bytes()[1..]);
        header[9..12].copy_from_slice(&(part.len() as u32).to_be_bytes()[1..]);
        [&record[..], &header, part].concat()
    };
    let (first, second) = body.split_at(100);
    // The next number is that of the client's next record.
    [fragment(1, 0, first), fragment(0, 100, second)]
}
