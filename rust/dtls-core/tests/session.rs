//! What a connected pair does.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use dtls_core::{EndReason, MAX_PACKET, SendError, Session, State, Transport};
use dtls_test_support::{End, HOST, World, exchange, options, p256, patient, rsa2048};

#[test]
fn packets_of_all_sizes_arrive_whole_and_in_order_both_ways() {
    for key in [p256(), rsa2048()] {
        let (mut client, mut server) = World::new(&key).pair();
        let packets: Vec<Vec<u8>> = [1, 100, 1200, MAX_PACKET].map(|size| vec![size as u8; size]).to_vec();
        for packet in &packets {
            client.send(packet);
            server.send(packet);
        }
        exchange(&mut client, &mut server);
        assert_eq!(server.received, packets);
        assert_eq!(client.received, packets);
    }
}

#[test]
fn one_packet_is_one_datagram() {
    let (mut client, _server) = World::new(&p256()).pair();
    for size in [1, 1200, MAX_PACKET] {
        client.send(&vec![0; size]);
        assert_eq!(client.sent().len(), 1);
    }
}

#[test]
fn an_empty_packet_sends_nothing() {
    let (mut client, _server) = World::new(&p256()).pair();
    client.send(&[]);
    assert!(client.sent().is_empty());
}

#[test]
fn a_packet_too_large_is_refused_and_the_session_lives_on() {
    let (mut client, mut server) = World::new(&p256()).pair();
    let refused = client.session.send(&vec![0; MAX_PACKET + 1], &mut client.buffers);
    assert_eq!(refused, Err(SendError::TooLarge { length: MAX_PACKET + 1, limit: MAX_PACKET }));
    client.send(b"still here");
    exchange(&mut client, &mut server);
    assert_eq!(server.received, [b"still here"]);
}

#[test]
fn nothing_can_be_sent_before_the_handshake_is_done_or_after_the_end() {
    let mut world = World::new(&p256());
    let mut client = world.connect(HOST);
    assert_eq!(client.session.send(b"early", &mut client.buffers), Err(SendError::NotConnected));
    let (mut client, _server) = world.pair();
    client.session.close(&mut client.buffers);
    assert_eq!(client.session.send(b"late", &mut client.buffers), Err(SendError::NotConnected));
}

#[test]
fn closing_tells_the_other_side() {
    let (mut client, mut server) = World::new(&p256()).pair();
    client.send(b"last words");
    client.session.close(&mut client.buffers);
    exchange(&mut client, &mut server);
    assert_eq!(server.received, [b"last words"]);
    assert_eq!(server.session.state(), &State::Ended(EndReason::ClosedByPeer));
    assert_eq!(client.session.state(), &State::Ended(EndReason::ClosedLocally));
}

#[test]
fn a_cipher_with_forward_secrecy_and_authentication_is_agreed_on() {
    let (client, server) = World::new(&p256()).pair();
    let cipher = client.handshake_info().cipher();
    assert_eq!(server.handshake_info().cipher(), cipher);
    assert!(cipher.starts_with("TLS_ECDHE_ECDSA_WITH_"), "{cipher}");
    assert!(cipher.contains("GCM") || cipher.contains("POLY1305"), "{cipher}");
}

#[test]
fn records_that_were_seen_already_are_dropped() {
    let (mut client, mut server) = World::new(&p256()).pair();
    client.send(b"once");
    for record in client.sent() {
        server.receive(&record);
        server.receive(&record);
    }
    assert_eq!(server.received, [b"once"]);
}

#[test]
fn records_that_were_changed_are_dropped() {
    let (mut client, mut server) = World::new(&p256()).pair();
    client.send(b"whole");
    let record = client.sent().remove(0);
    for position in 0..record.len() {
        let mut changed = record.clone();
        changed[position] ^= 0x40;
        server.receive(&changed);
    }
    assert!(server.received.is_empty());
    server.receive(&record);
    assert_eq!(server.received, [b"whole"]);
}

#[test]
fn a_lost_flight_is_sent_again_by_either_side() {
    // 0: ClientHello with cookie is what `introduce` brought; 1: server's flight; 2: client's; 3: server's last.
    for lost in 1..=3 {
        let (mut client, mut server) = World::with(&p256(), patient()).introduce(HOST);
        for flight in 1..=3 {
            let (from, to) = if flight == 2 { (&mut client, &mut server) } else { (&mut server, &mut client) };
            let mut datagrams = from.sent();
            assert!(!datagrams.is_empty(), "flight {flight}");
            if flight == lost {
                // The last flight's sender considers itself done: the other side asks again.
                if flight == 3 {
                    to.time_out();
                    carry(to, from);
                } else {
                    from.time_out();
                }
                datagrams = from.sent();
                assert!(!datagrams.is_empty(), "flight {flight} again");
            }
            for datagram in datagrams {
                to.receive(&datagram);
            }
        }
        assert_eq!(client.session.state(), &State::Connected, "after loss of flight {lost}");
        assert_eq!(server.session.state(), &State::Connected, "after loss of flight {lost}");
    }
}

fn carry(from: &mut End, to: &mut End) {
    for datagram in from.sent() {
        to.receive(&datagram);
    }
}

#[test]
fn a_flight_that_stays_unanswered_is_sent_in_smaller_datagrams() {
    let mut world = World::with(&rsa2048(), patient());
    let (_client, mut server) = world.introduce(HOST);
    let largest = |end: &mut End| end.sent().iter().map(Vec::len).max().unwrap_or(0);
    assert!((509..=1200).contains(&largest(&mut server)));
    server.time_out();
    assert!((509..=1200).contains(&largest(&mut server)));
    server.time_out();
    assert!((1..=508).contains(&largest(&mut server)));
}

#[test]
fn a_handshake_without_an_answer_ends_in_time() {
    let world = World::new(&p256());
    let mut client = world.connect(HOST);
    let limit = Transport::default().handshake_timeout;
    client.session.handle_timeout(world.now + limit - Duration::from_millis(1), &mut client.buffers);
    assert_eq!(client.session.state(), &State::Handshaking);
    client.session.handle_timeout(world.now + limit, &mut client.buffers);
    assert_eq!(client.session.state(), &State::Ended(EndReason::HandshakeTimeout(limit)));
    assert_eq!(client.session.deadline(), None);
}

#[test]
fn a_system_clock_that_was_set_back_holds_a_handshake_up_no_longer_than_its_time_out() {
    let mut world = World::new(&p256());
    let limit = Transport::default().handshake_timeout;
    let (client, server) = world.introduce(HOST);
    for mut end in [client, server] {
        // OpenSSL's timer reads the system's clock, which falls behind the time that is passed in.
        let (mut now, mut steps) = (world.now, 0);
        while *end.session.state() == State::Handshaking {
            let deadline = end.session.deadline().unwrap();
            assert!(deadline > now && deadline <= world.now + limit);
            now = deadline;
            end.session.handle_timeout(now, &mut end.buffers);
            steps += 1;
        }
        assert_eq!(now, world.now + limit);
        assert_eq!(end.session.state(), &State::Ended(EndReason::HandshakeTimeout(limit)));
        assert!(steps <= 50, "it spins: {steps} steps");
    }
}

#[test]
fn a_connected_session_has_no_deadline_unless_idling_is_limited() {
    let (client, _server) = World::new(&p256()).pair();
    assert_eq!(client.session.deadline(), None);
}

#[test]
fn silence_ends_a_session_when_idling_is_limited() {
    let limit = Duration::from_secs(30);
    let transport = options!(Transport { idle_timeout: Some(limit), ..Transport::default() });
    let (mut client, mut server) = World::with(&p256(), transport).pair();
    let deadline = client.session.deadline().unwrap();
    client.session.handle_timeout(deadline - Duration::from_millis(1), &mut client.buffers);
    assert_eq!(client.session.state(), &State::Connected);
    client.session.handle_timeout(deadline, &mut client.buffers);
    assert_eq!(client.session.state(), &State::Ended(EndReason::IdleTimeout(limit)));
    exchange(&mut client, &mut server);
    assert_eq!(server.session.state(), &State::Ended(EndReason::ClosedByPeer));
}

#[test]
fn a_closed_port_ends_a_handshake_at_once_and_a_session_only_after_silence() {
    let mut world = World::new(&p256());
    let mut starting = world.connect(HOST);
    starting.session.port_unreachable(Instant::now());
    assert_eq!(starting.session.state(), &State::Ended(EndReason::PortUnreachable));
    let (mut client, _server) = world.pair();
    client.session.port_unreachable(Instant::now());
    assert_eq!(client.session.state(), &State::Connected);
    client.session.port_unreachable(Instant::now() + Duration::from_secs(6));
    assert_eq!(client.session.state(), &State::Ended(EndReason::PortUnreachable));
}

#[test]
fn the_end_is_sticky() {
    let (mut client, mut server) = World::new(&p256()).pair();
    server.send(b"too late");
    let record = server.sent().remove(0);
    client.session.end(EndReason::Replaced);
    client.receive(&record);
    client.session.close(&mut client.buffers);
    client.session.end(EndReason::SocketClosed);
    assert_eq!(client.session.state(), &State::Ended(EndReason::Replaced));
    assert!(client.received.is_empty() && client.sent().is_empty());
}

#[test]
fn sessions_can_move_between_threads_and_stay_small() {
    fn assert_send<T: Send>() {}
    assert_send::<Session>();
    assert!(size_of::<Session>() <= 288, "{}", size_of::<Session>());
}
