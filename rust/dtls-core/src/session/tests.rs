//! What a peer with the keys, but not our code, can do to a session.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::*;
use crate::key_usage::KeyUsage;
use crate::record::{ALERT, APPLICATION_DATA, HANDSHAKE, records};
use crate::record_layer::RecordLayer;
use crate::{
    Accepted, Acceptor, ClientOptions, Cookies, Credentials, Negotiation, ServerOptions, TicketKeys, Verification, ossl,
};

const CIPHERS: [&str; 2] = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"];

/// One side.
struct End {
    session: Session,
    buffers: IoBuffers,
    received: Vec<Vec<u8>>,
}

impl End {
    fn receive(&mut self, datagram: &[u8], now: Instant) {
        let received = &mut self.received;
        self.session.receive(datagram, now, &mut self.buffers, |packet| received.push(packet.to_vec()));
    }

    fn sent(&mut self) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| self.buffers.outgoing().pop().map(<[u8]>::to_vec)).collect()
    }

    /// Records with the session's keys, in one datagram.
    fn seal(&mut self, kind: u8, content: &[u8], count: usize) -> Vec<u8> {
        let Protocol::Established(established) = &mut self.session.protocol else { panic!("it has taken over") };
        for _ in 0..count {
            established.records.seal(kind, content, &mut self.buffers.datagrams.outgoing).unwrap();
        }
        self.sent().concat()
    }
}

/// A client and a server that are connected, and the server's last flight, which the client got; `prepare` changes the client's
/// `Ssl`.
fn pair(cipher_list: &str, now: Instant, prepare: impl Fn(&mut ::openssl::ssl::Ssl)) -> (End, End, Vec<Vec<u8>>) {
    let from: SocketAddr = "192.0.2.7:40000".parse().unwrap();
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let credentials = Credentials::self_signed("localhost", 1, since_epoch).unwrap();
    let negotiation = Negotiation { cipher_list: cipher_list.to_owned(), ..Default::default() };
    let server = ServerOptions {
        credentials: Some(credentials),
        negotiation: negotiation.clone(),
        tickets: Some(Arc::new(TicketKeys::new(now).unwrap())),
        ..Default::default()
    };
    let client = ClientOptions {
        verification: Verification::Nothing,
        negotiation,
        sessions: Some(Arc::default()),
        ..Default::default()
    };
    let server = ServerConfig::new(&server, Arc::new(Cookies::new(now).unwrap())).unwrap();
    let mut acceptor = Acceptor::new(server).unwrap();

    let ClientSsl { mut ssl, verify_result, .. } = ClientConfig::new(&client).unwrap().ssl("localhost").unwrap();
    prepare(&mut ssl);
    ssl.set_connect_state();
    let stream = SslStream::new(ssl, Datagrams::default()).unwrap();
    let openssl = OpenSsl::new(stream, verify_result, false, MessageBudget::new(message_budget::OF_SERVER));
    let mut buffers = IoBuffers::new();
    let session = Session::start(openssl, Transport::default(), now, &mut buffers);
    let mut client = End { session, buffers, received: Vec::new() };
    let mut server: Option<End> = None;
    let mut last_flight = Vec::new();
    while client.session.state == State::Handshaking {
        for datagram in client.sent() {
            if let Some(server) = &mut server {
                server.receive(&datagram, now);
                continue;
            }
            let mut buffers = IoBuffers::new();
            match acceptor.accept(from, &datagram, now, &mut buffers) {
                Accepted::Session(session) => server = Some(End { session: *session, buffers, received: Vec::new() }),
                _ => client.receive(buffers.outgoing().pop().unwrap(), now),
            }
        }
        if let Some(server) = &mut server {
            last_flight = server.sent();
            last_flight.iter().for_each(|datagram| client.receive(datagram, now));
        }
    }
    (client, server.unwrap(), last_flight)
}

fn finished() -> [u8; 24] {
    let mut finished = [0x5a; 24];
    finished[..12].copy_from_slice(&[20, 0, 0, 12, 0, 4, 0, 0, 0, 0, 0, 12]);
    finished
}

/// Feeds `datagrams` to a connected server, all at the same time; bytes in and bytes out.
fn answered(server: &mut End, datagrams: &[Vec<u8>], now: Instant) -> (usize, usize, usize) {
    let received = datagrams.iter().map(Vec::len).sum();
    datagrams.iter().for_each(|datagram| server.receive(datagram, now));
    let answers = server.sent();
    (received, answers.iter().map(Vec::len).sum(), answers.len())
}

#[test]
fn a_connected_peer_gets_one_flight_a_second_and_at_most_three_times_its_bytes() {
    let now = Instant::now();
    for cipher_list in CIPHERS {
        let (mut client, mut server, last_flight) = pair(cipher_list, now, |_| {});
        let flight: usize = last_flight.iter().flat_map(|datagram| records(datagram)).count();
        let attack = [client.seal(HANDSHAKE, &finished(), 250)];
        let (received, sent, datagrams) = answered(&mut server, &attack, now);
        assert!(sent <= 3 * received, "{sent} bytes for {received}");
        assert_eq!(datagrams, flight, "the flight once");
        for _ in 0..3 {
            let attack = [client.seal(HANDSHAKE, &finished(), 250)];
            assert_eq!(answered(&mut server, &attack, now).2, 0, "not twice in a second");
        }
        let (mut received, mut sent) = (0, 0);
        for second in 1..60 {
            let one = [client.seal(HANDSHAKE, &finished(), 1)];
            let (in_, out, _) = answered(&mut server, &one, now + Duration::from_secs(second));
            (received, sent) = (received + in_, sent + out);
        }
        assert!(sent > 0 && sent <= 3 * (received + 4 * attack[0].len()), "{sent} bytes for {received}");
    }
}

#[test]
fn one_short_record_brings_no_long_flight() {
    let now = Instant::now();
    let (mut client, mut server, last_flight) = pair(CIPHERS[0], now, |_| {});
    let one = [client.seal(HANDSHAKE, &finished(), 1)];
    let flight: usize = last_flight.iter().map(Vec::len).sum();
    assert!(flight > 3 * one[0].len());
    assert_eq!(answered(&mut server, &one, now).2, 0);
}

#[test]
fn half_a_finished_brings_nothing_but_one_refusal_of_renegotiation() {
    let now = Instant::now();
    let (mut client, mut server, _) = pair(CIPHERS[0], now, |_| {});
    let attack = [client.seal(HANDSHAKE, &[20], 250), client.seal(HANDSHAKE, &[0; 12], 250)];
    assert_eq!(answered(&mut server, &attack, now).2, 1);
    assert_eq!(server.session.state, State::Connected);
}

#[test]
fn records_of_all_kinds_bring_nothing_but_one_refusal_of_renegotiation_and_end_nothing() {
    let now = Instant::now();
    for cipher_list in CIPHERS {
        let (mut client, mut server, _) = pair(cipher_list, now, |_| {});
        let mut attack = Vec::new();
        for kind in (0..=u8::MAX).filter(|kind| *kind != APPLICATION_DATA) {
            for byte in 0..=if matches!(kind, ALERT | HANDSHAKE) { u8::MAX } else { 1 } {
                // Two bytes of 0 are close_notify, and two of 2 are a fatal alert.
                for length in [1, 2, 3, 24, 1200].into_iter().filter(|length| *length != 2 || ![0, 2].contains(&byte)) {
                    attack.push(client.seal(kind, &vec![byte; length], 1));
                }
            }
        }
        assert_eq!(answered(&mut server, &attack, now).2, 1);
        assert_eq!(server.session.state, State::Connected);
        server.receive(&client.seal(APPLICATION_DATA, b"still here", 1), now);
        assert_eq!(server.received, [b"still here"]);
    }
}

#[test]
fn the_last_flight_is_forgotten_once_application_data_came() {
    let now = Instant::now();
    let (mut client, mut server, _) = pair(CIPHERS[0], now, |_| {});
    let datagrams = [client.seal(APPLICATION_DATA, b"seen", 1), client.seal(HANDSHAKE, &finished(), 250)];
    assert_eq!(answered(&mut server, &datagrams, now).2, 0);
    assert_eq!(server.received, [b"seen"]);
}

#[test]
fn a_client_that_asks_for_short_records_gets_them_and_costs_what_others_cost() {
    let now = Instant::now();
    let (mut client, mut server, _) = pair(CIPHERS[0], now, |ssl| {
        assert!(ossl::ask_for_max_fragment_length(ssl, 1));
    });
    assert!(matches!(server.session.protocol, Protocol::Established(_)), "OpenSSL's SSL is freed");
    for end in [&mut client, &mut server] {
        assert_eq!(end.session.send(&[0; 513], &mut end.buffers), Err(SendError::TooLarge { length: 513, limit: 512 }));
        assert!(end.session.max_payload() <= 512);
    }
    server.session.send(&[7; 512], &mut server.buffers).unwrap();
    for datagram in server.sent() {
        client.receive(&datagram, now);
    }
    assert_eq!(client.received, [[7; 512]]);
}

#[test]
fn an_empty_record_is_a_sign_of_life_and_no_packet() {
    let start = Instant::now();
    let later = start + Duration::from_secs(20);
    for cipher_list in CIPHERS {
        let (mut client, mut server, _) = pair(cipher_list, start, |_| {});
        server.session.transport.idle_timeout = Some(Duration::from_secs(30));
        let empty = client.seal(APPLICATION_DATA, b"", 1);
        server.receive(&empty, later);
        assert_eq!(server.session.deadline(), Some(later + Duration::from_secs(30)), "{cipher_list}");
        // Once more, as an echo of the network: nobody lives there.
        server.receive(&empty, later + Duration::from_secs(1));
        assert_eq!(server.session.deadline(), Some(later + Duration::from_secs(30)), "{cipher_list}");
        let statistics = server.session.statistics();
        assert_eq!((statistics.packets_received, statistics.bytes_received), (0, 0));
        assert_eq!((statistics.dropped_noise, statistics.dropped_records), (0, 1), "{cipher_list}");
        assert!(server.received.is_empty());
    }
}

#[test]
fn an_empty_record_does_not_spoil_the_others_of_its_datagram() {
    let now = Instant::now();
    for cipher_list in CIPHERS {
        let (mut client, mut server, _) = pair(cipher_list, now, |_| {});
        let datagram = [
            client.seal(APPLICATION_DATA, b"before", 1),
            client.seal(APPLICATION_DATA, b"", 1),
            client.seal(APPLICATION_DATA, b"behind", 1),
        ];
        server.receive(&datagram.concat(), now);
        assert_eq!(server.received, [b"before", b"behind"], "{cipher_list}");
        let statistics = server.session.statistics();
        assert_eq!((statistics.packets_received, statistics.bytes_received), (2, 12));
        assert_eq!((statistics.dropped_noise, statistics.dropped_records), (0, 0), "{cipher_list}");
    }
}

/// What the keys of `end` have done so far.
fn record_layer(end: &mut End) -> &mut RecordLayer {
    let Protocol::Established(established) = &mut end.session.protocol else { panic!("it has taken over") };
    &mut established.records
}

#[test]
fn a_session_ends_in_words_with_the_last_packet_that_its_keys_may_seal() {
    let now = Instant::now();
    let limits: [fn(&mut RecordLayer); 2] =
        [|records| records.usage = KeyUsage::nearly_used_up(), |records| records.leave_numbers(2)];
    for (cipher_list, limit) in CIPHERS.into_iter().flat_map(|cipher| limits.map(|limit| (cipher, limit))) {
        let (mut client, mut server, _) = pair(cipher_list, now, |_| {});
        limit(record_layer(&mut client));
        client.session.send(b"last", &mut client.buffers).unwrap();
        assert_eq!(client.session.state, State::Ended(EndReason::KeysUsedUp), "{cipher_list}");
        assert_eq!(client.session.send(b"more", &mut client.buffers), Err(SendError::NotConnected));
        for datagram in client.sent() {
            server.receive(&datagram, now);
        }
        assert_eq!(server.received, [b"last"], "{cipher_list}");
        assert_eq!(server.session.state, State::Ended(EndReason::ClosedByPeer), "{cipher_list}");
    }
}

#[test]
fn a_session_ends_when_more_records_were_forged_than_its_keys_may_refuse() {
    let now = Instant::now();
    for cipher_list in CIPHERS {
        let (mut client, mut server, _) = pair(cipher_list, now, |_| {});
        record_layer(&mut server).usage = KeyUsage::nearly_used_up();
        let seen = client.seal(APPLICATION_DATA, b"hello", 1);
        server.receive(&seen, now);
        server.receive(&seen, now);
        assert_eq!(server.session.state, State::Connected, "{cipher_list}: an echo is not forged");
        let mut forged = client.seal(APPLICATION_DATA, b"hello", 1);
        *forged.last_mut().unwrap() ^= 1;
        server.receive(&forged, now);
        assert_eq!(server.session.state, State::Ended(EndReason::KeysUsedUp), "{cipher_list}");
    }
}
