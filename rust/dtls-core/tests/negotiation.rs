//! What the sides agree on, and what a session tells about it.
#![allow(clippy::unwrap_used)]

mod common;

use common::{End, HOST, World, drain, exchange, trusting_pair};
use dtls_core::{
    ClientOptions, EndReason, ExportError, KeyLog, NEWEST_VERSION, Negotiation, ServerOptions, State, Statistics,
};

fn with(server: Negotiation, client: Negotiation) -> (End, End) {
    let (server_options, client_options) = trusting_pair();
    let server = ServerOptions { negotiation: server, ..server_options };
    World::between(&server, &ClientOptions { negotiation: client, ..client_options }).meet(HOST)
}

fn alpn(names: &[&str]) -> Negotiation {
    Negotiation { alpn_protocols: names.iter().map(ToString::to_string).collect(), ..Default::default() }
}

#[test]
fn the_newest_version_is_spoken() {
    let (server, client) = trusting_pair();
    let (client, server) = World::between(&server, &client).pair();
    assert_eq!(client.agreed().protocol_version(), NEWEST_VERSION);
    assert_eq!(server.agreed().protocol_version(), NEWEST_VERSION);
}

#[test]
fn the_server_s_preference_decides_among_application_protocols() {
    let (client, server) = with(alpn(&["game/2", "game/1"]), alpn(&["game/1", "game/2", "game/3"]));
    assert_eq!(client.agreed().alpn_protocol(), Some(&b"game/2"[..]));
    assert_eq!(server.agreed().alpn_protocol(), Some(&b"game/2"[..]));
}

#[test]
fn sides_without_a_common_application_protocol_do_not_connect() {
    let (client, server) = with(alpn(&["game/2"]), alpn(&["game/1"]));
    assert_eq!(client.session.state(), &State::Ended(EndReason::Alert(120)));
    assert!(!server.is_connected());
}

#[test]
fn a_side_that_names_protocols_refuses_one_that_names_none() {
    let (client, server) = with(alpn(&["game/2"]), alpn(&[]));
    assert_eq!(server.session.state(), &State::Ended(EndReason::NoApplicationProtocol));
    assert_eq!(client.session.state(), &State::Ended(EndReason::ClosedByPeer));
    let (client, server) = with(alpn(&[]), alpn(&["game/2"]));
    assert_eq!(client.session.state(), &State::Ended(EndReason::NoApplicationProtocol));
    assert_eq!(server.session.state(), &State::Ended(EndReason::ClosedByPeer));
}

#[test]
fn ciphers_are_taken_from_the_list() {
    let list = |list: &str| Negotiation { cipher_list: list.into(), ..Default::default() };
    let (client, _) = with(list("ECDHE+CHACHA20"), list(""));
    assert_eq!(client.agreed().cipher(), "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");
    let (client, server) = with(list("ECDHE+CHACHA20"), list("ECDHE+AESGCM"));
    assert!(client.words().contains("no cipher in common"), "{}", client.words());
    assert!(!server.is_connected());
}

#[test]
fn groups_are_taken_from_the_list() {
    let groups = |groups: &str| Negotiation { groups: groups.into(), ..Default::default() };
    assert!(with(groups("P-384:P-256"), groups("P-256")).0.is_connected());
    assert!(!with(groups("P-384"), groups("P-256")).0.is_connected());
}

#[test]
fn both_sides_export_the_same_material_for_the_same_label_and_context_only() {
    let (server, client) = trusting_pair();
    let (client, server) = World::between(&server, &client).pair();
    let export = |end: &End, label: &str, context| {
        end.session.export_keying_material(label, 32, context).map(|material| material.to_vec()).unwrap()
    };
    let material = export(&client, "EXPORTER-login", Some(b"alice"));
    assert_eq!(material.len(), 32);
    assert_eq!(export(&server, "EXPORTER-login", Some(b"alice")), material);
    assert_ne!(export(&client, "EXPORTER-login", Some(b"bob")), material);
    assert_ne!(export(&client, "EXPORTER-login", None), material);
    assert_ne!(export(&client, "EXPORTER-other", Some(b"alice")), material);
}

#[test]
fn what_cannot_be_exported_is_refused() {
    let (server, client) = trusting_pair();
    let mut world = World::between(&server, &client);
    let starting = world.connect(HOST);
    let refused = |end: &End, label: &str, length| end.session.export_keying_material(label, length, None).map(drop);
    assert_eq!(refused(&starting, "EXPORTER-login", 32), Err(ExportError::NotConnected));
    let (client, _server) = world.pair();
    assert_eq!(refused(&client, "EXPORTER-login", 0), Err(ExportError::Length(0)));
    assert_eq!(refused(&client, "EXPORTER-login", 4097), Err(ExportError::Length(4097)));
    assert_eq!(refused(&client, "client finished", 32), Err(ExportError::Label));
    let context = client.session.export_keying_material("EXPORTER-login", 32, Some(&[0; 65_536])).map(drop);
    assert_eq!(context, Err(ExportError::Context(65_536)));
    assert!(client.session.export_keying_material("EXPORTER-login", 32, Some(&[0; 65_535])).is_ok());
}

#[test]
fn the_largest_payload_fills_a_datagram() {
    let (server, client) = trusting_pair();
    let mut world = World::between(&server, &client);
    assert_eq!(world.connect(HOST).session.max_payload(), 0);
    let (mut client, _server) = world.pair();
    client.send(&vec![0; client.session.max_payload()]);
    assert_eq!(client.sent()[0].len(), 1200);
}

#[test]
fn statistics_count_packets_bytes_and_drops() {
    let (server, client) = trusting_pair();
    let (mut client, mut server) = World::between(&server, &client).pair();
    client.send(b"hello");
    client.send(b"again");
    for record in drain(&mut client.wire) {
        server.receive(&record);
        server.receive(&record);
    }
    server.receive(b"noise");
    let sent = client.session.statistics();
    assert_eq!((sent.packets_sent, sent.bytes_sent), (2, 10));
    let received = server.session.statistics();
    assert!(received.handshake_time.is_some());
    let expected = Statistics {
        packets_received: 2,
        bytes_received: 10,
        dropped_noise: 1,
        dropped_records: 2,
        handshake_time: received.handshake_time,
        ..Statistics::default()
    };
    assert_eq!(received, expected);
}

#[test]
fn flights_that_are_sent_again_are_counted() {
    let (server, client) = trusting_pair();
    let world = World::between(&server, &client);
    let mut client = world.connect(HOST);
    client.time_out();
    assert_eq!(client.session.statistics().retransmissions, 1);
}

#[test]
fn a_key_log_has_the_format_that_wireshark_reads() {
    let folder = std::env::temp_dir().join(format!("dtls-core-key-log-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("keys.log");
    let (server, client) = trusting_pair();
    let client = ClientOptions { key_log: Some(KeyLog::open(&path).unwrap()), ..client };
    let server = ServerOptions { key_log: Some(KeyLog::open(&path).unwrap()), ..server };
    let (mut client, mut server) = World::between(&server, &client).pair();
    exchange(&mut client, &mut server);
    let log = std::fs::read_to_string(&path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let lines: Vec<Vec<&str>> = log.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(lines.len(), 2, "one line a side");
    assert_eq!(lines[0], lines[1]);
    assert_eq!((lines[0][0], lines[0][1].len(), lines[0][2].len()), ("CLIENT_RANDOM", 64, 96));
}
