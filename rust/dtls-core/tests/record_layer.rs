//! Records once the handshake is done, with OpenSSL's own client on the other side.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use dtls_core::{
    ClientOptions, EndReason, MAX_PACKET, Negotiation, Psk, PskStore, ServerOptions, State, TicketKeys, Transport,
};
use dtls_test_support::{End, HOST, RawClient, World, exchange, options, p256, patient, trusting_pair};
use openssl::ssl::ShutdownResult;

/// A suite of each kind; the last is one that stays with OpenSSL.
const CIPHERS: [&str; 4] = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES256-CCM",
];

const PSK_CIPHER: &str = "ECDHE-PSK-CHACHA20-POLY1305";

fn server(cipher_list: &str) -> ServerOptions {
    let negotiation = options!(Negotiation { cipher_list: cipher_list.to_owned(), ..Default::default() });
    options!(ServerOptions { negotiation, ..trusting_pair().0 })
}

fn pair(cipher_list: &str) -> (RawClient, End) {
    let mut client = RawClient::new(cipher_list);
    let server = client.meet(&server(cipher_list));
    assert!(server.is_connected());
    (client, server)
}

#[test]
fn openssl_understands_and_is_understood_with_each_cipher() {
    for cipher in CIPHERS {
        let (mut client, mut server) = pair(cipher);
        let packets: Vec<Vec<u8>> = [1, 100, 1200, MAX_PACKET].map(|size| vec![size as u8; size]).to_vec();
        for packet in &packets {
            client.0.ssl_write(packet).unwrap();
            server.send(packet);
        }
        client.deliver(server.sent());
        assert_eq!(client.received(), packets, "{cipher}");
        for datagram in client.sent() {
            server.receive(&datagram);
        }
        assert_eq!(server.received, packets, "{cipher}");
    }
}

#[test]
fn openssl_exports_the_same_material() {
    for cipher in CIPHERS {
        let (client, server) = pair(cipher);
        for context in [None, Some(&b""[..]), Some(&b"alice"[..])] {
            let mut expected = [0; 100];
            client.0.ssl().export_keying_material(&mut expected, "EXPORTER-login", context).unwrap();
            let material = server.session.export_keying_material("EXPORTER-login", 100, context).unwrap();
            assert_eq!(material.to_vec(), expected, "{cipher}");
        }
    }
}

#[test]
fn close_notify_is_understood_both_ways() {
    for cipher in CIPHERS {
        let (mut client, mut server) = pair(cipher);
        server.session.close(&mut server.buffers);
        client.deliver(server.sent());
        assert!(client.received().is_empty());
        assert!(client.0.get_shutdown().contains(openssl::ssl::ShutdownState::RECEIVED), "{cipher}");

        let (mut client, mut server) = pair(cipher);
        assert_eq!(client.0.shutdown().unwrap(), ShutdownResult::Sent);
        for datagram in client.sent() {
            server.receive(&datagram);
        }
        assert_eq!(server.session.state(), &State::Ended(EndReason::ClosedByPeer), "{cipher}");
        client.deliver(server.sent());
        assert_eq!(client.0.shutdown().unwrap(), ShutdownResult::Received, "{cipher}: the answer came");
    }
}

/// The eight bytes of epoch and sequence number, and those after the header, of each protected record.
fn numbers_and_nonces(datagrams: &[Vec<u8>]) -> Vec<([u8; 8], [u8; 8])> {
    let mut numbers = Vec::new();
    for mut datagram in datagrams.iter().map(Vec::as_slice) {
        while !datagram.is_empty() {
            let (record, rest) = datagram.split_at(13 + usize::from(u16::from_be_bytes([datagram[11], datagram[12]])));
            if record[3..5] != [0, 0] {
                numbers.push((record[3..11].try_into().unwrap(), record[13..21].try_into().unwrap()));
            }
            datagram = rest;
        }
    }
    numbers
}

#[test]
fn no_number_and_no_nonce_is_used_twice_from_the_handshake_on() {
    let (mut client, mut server) = World::with(&p256(), patient()).introduce(HOST);
    client.receive_all(server.sent());
    // The client's Finished, twice, each time sealed by OpenSSL.
    let mut sent = client.sent();
    client.time_out();
    sent.extend(client.sent());
    server.receive_all(sent.clone());
    client.receive_all(server.sent());
    for _ in 0..100 {
        client.send(b"hello");
    }
    sent.extend(client.sent());
    let records = numbers_and_nonces(&sent);
    assert_eq!(records.len(), 102);
    assert_eq!(records.iter().map(|record| record.0).collect::<HashSet<_>>().len(), records.len());
    assert_eq!(records.iter().map(|record| record.1).collect::<HashSet<_>>().len(), records.len());
}

#[test]
fn packets_that_overtake_the_end_of_the_handshake_arrive_once() {
    let (mut client, mut server) = World::new(&p256()).introduce(HOST);
    client.receive_all(server.sent());
    server.receive_all(client.sent());
    assert!(server.is_connected() && !client.is_connected());
    let last_flight = server.sent();
    server.send(b"overtakes");
    let early = server.sent();
    client.receive_all(early.clone());
    client.receive_all(early.clone());
    assert!(client.received.is_empty());
    client.receive_all(last_flight);
    assert_eq!(client.received, [b"overtakes"]);
    client.receive_all(early);
    assert_eq!(client.received, [b"overtakes"]);
}

#[test]
fn early_packets_cost_bounded_memory() {
    let (mut client, mut server) = World::new(&p256()).introduce(HOST);
    client.receive_all(server.sent());
    server.receive_all(client.sent());
    let last_flight = server.sent();
    for _ in 0..1000 {
        server.send(&[7; 1200]);
        client.receive_all(server.sent());
    }
    client.receive_all(last_flight);
    // 16 KiB of records of 1,237 bytes.
    assert_eq!(client.received.len(), 13);
    assert_eq!(client.session.statistics().dropped_records, 1000 - 13);
}

#[test]
fn a_lost_last_flight_goes_out_again_and_for_its_client_only() {
    let (mut client, mut server) = World::with(&p256(), patient()).introduce(HOST);
    client.receive_all(server.sent());
    server.receive_all(client.sent());
    let mut sealed = server.sent();
    server.send(b"in between");
    sealed.extend(server.sent());
    client.time_out();
    let again = client.sent();
    let mut forged = again.clone();
    *forged.last_mut().unwrap().last_mut().unwrap() ^= 1;
    server.receive_all(forged);
    assert!(server.sent().is_empty());
    server.receive_all(again.clone());
    let flight = server.sent();
    assert!(!flight.is_empty());
    sealed.extend(flight.clone());
    let records = numbers_and_nonces(&sealed);
    assert_eq!(records.len(), 3, "Finished, the packet, Finished");
    assert_eq!(records.iter().map(|record| record.0).collect::<HashSet<_>>().len(), 3);
    assert_eq!(records.iter().map(|record| record.1).collect::<HashSet<_>>().len(), 3);
    server.receive_all(again);
    assert!(server.sent().is_empty(), "a record that was seen is answered once");
    client.receive_all(flight);
    exchange(&mut client, &mut server);
    assert!(client.is_connected());
}

#[test]
fn a_finished_that_arrives_twice_brings_no_last_flight() {
    let (mut client, mut server) = World::new(&p256()).introduce(HOST);
    client.receive_all(server.sent());
    let flight = client.sent();
    server.receive_all(flight.clone());
    assert!(server.is_connected() && !server.sent().is_empty());
    server.receive_all(flight);
    assert!(server.sent().is_empty());
}

/// Both sides once the server, which gives a ticket, has ended the handshake in small datagrams; and those datagrams.
fn before_the_last_flight() -> (End, End, Vec<Vec<u8>>) {
    let (server, client) = trusting_pair();
    let transport = options!(Transport { mtu: *Transport::MTU.start(), ..patient() });
    let tickets = Some(Arc::new(TicketKeys::new(Instant::now()).unwrap()));
    let server = options!(ServerOptions { tickets, transport, ..server });
    let client = options!(ClientOptions { sessions: Some(Arc::default()), transport, ..client });
    let (mut client, mut server) = World::between(&server, &client).introduce(HOST);
    client.receive_all(server.sent());
    server.receive_all(client.sent());
    let last_flight = server.sent();
    assert!(last_flight.len() > 1);
    (client, server, last_flight)
}

#[test]
fn the_loss_of_any_part_of_the_last_flight_is_made_good() {
    for lost in 0..before_the_last_flight().2.len() {
        let (mut client, mut server, mut last_flight) = before_the_last_flight();
        last_flight.remove(lost);
        client.receive_all(last_flight);
        assert!(!client.is_connected());
        client.time_out();
        exchange(&mut client, &mut server);
        assert!(client.is_connected(), "without datagram {lost}: {}", client.words());
    }
}

#[test]
fn a_resumed_client_s_last_flight_goes_out_again_when_it_was_lost() {
    let (server, client) = trusting_pair();
    let tickets = Some(Arc::new(TicketKeys::new(Instant::now()).unwrap()));
    let server = options!(ServerOptions { tickets, transport: patient(), ..server });
    let client = options!(ClientOptions { sessions: Some(Arc::default()), transport: patient(), ..client });
    let mut world = World::between(&server, &client);
    world.pair();
    let (mut client, mut server) = world.introduce(HOST);
    client.receive_all(server.sent());
    assert!(client.is_connected() && client.handshake_info().is_resumed());
    assert!(!client.sent().is_empty(), "its last flight, which is lost");
    server.time_out();
    exchange(&mut client, &mut server);
    assert!(server.is_connected());
}

/// A client and a server that have agreed on `cipher`, before the server's last flight has come; and that flight.
fn before_the_last_flight_of(cipher: &str) -> (End, End, Vec<Vec<u8>>) {
    let negotiation = options!(Negotiation { cipher_list: cipher.to_owned(), ..Default::default() });
    let (server, client) = if cipher.contains("PSK") {
        let psk = Psk::new("alice", &[7; 32]).unwrap();
        let psks = Arc::new(PskStore::default());
        psks.insert(psk.clone());
        let server = options!(ServerOptions { psks: Some(psks), ..Default::default() });
        (server, options!(ClientOptions { psk: Some(psk), ..Default::default() }))
    } else {
        trusting_pair()
    };
    let server = options!(ServerOptions { negotiation: negotiation.clone(), ..server });
    let client = options!(ClientOptions { negotiation, ..client });
    let (mut client, mut server) = World::between(&server, &client).introduce(HOST);
    client.receive_all(server.sent());
    server.receive_all(client.sent());
    assert!(server.is_connected() && !client.is_connected(), "{cipher}");
    let last_flight = server.sent();
    (client, server, last_flight)
}

#[test]
fn a_farewell_that_overtakes_the_end_of_the_handshake_is_heard_with_each_cipher() {
    for cipher in CIPHERS.iter().chain(&[PSK_CIPHER]) {
        let (mut client, mut server, last_flight) = before_the_last_flight_of(cipher);
        server.session.close(&mut server.buffers);
        client.receive_all(server.sent());
        client.receive_all(last_flight);
        assert_eq!(client.session.state(), &State::Ended(EndReason::ClosedByPeer), "{cipher}");
    }
}

#[test]
fn packets_of_one_byte_overtake_too() {
    for cipher in CIPHERS.iter().chain(&[PSK_CIPHER]) {
        let (mut client, mut server, last_flight) = before_the_last_flight_of(cipher);
        server.send(b"!");
        client.receive_all(server.sent());
        client.receive_all(last_flight);
        assert_eq!(client.received, [b"!"], "{cipher}");
    }
}

#[test]
fn forged_records_of_any_length_end_no_session_of_any_cipher() {
    for cipher in CIPHERS {
        let (mut client, mut server) = pair(cipher);
        for (length, kind) in (0..64).flat_map(|length| (20..24).map(move |kind| (length, kind))) {
            let header = [kind, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 1, kind, 0, length];
            server.receive(&[&header[..], &vec![0x5a; usize::from(length)]].concat());
            assert_eq!((server.words(), server.sent().len()), (String::new(), 0), "{cipher}: {kind}, {length} bytes");
        }
        client.0.ssl_write(b"still here").unwrap();
        server.receive_all(client.sent());
        assert_eq!(server.received, [b"still here"], "{cipher}");
    }
}
