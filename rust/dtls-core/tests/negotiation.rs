//! What the sides agree on, and what a session tells about it.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Instant;

use dtls_core::{
    ClientConfig, ClientOptions, Cookies, EndReason, ExportError, KeyLog, Negotiation, OptionsError, Psk, ServerConfig,
    ServerOptions, State, Statistics,
};
use dtls_test_support::{
    End, HOST, World, credentials, drain, exchange, options, p256, rsa2048, self_signed, trusting_pair,
};
use openssl::pkey::{PKey, Private};

fn with(server: Negotiation, client: Negotiation) -> (End, End) {
    let (server_options, client_options) = trusting_pair();
    let server = options!(ServerOptions { negotiation: server, ..server_options });
    World::between(&server, &options!(ClientOptions { negotiation: client, ..client_options })).meet(HOST)
}

fn alpn(names: &[&str]) -> Negotiation {
    options!(Negotiation { alpn_protocols: names.iter().map(ToString::to_string).collect(), ..Default::default() })
}

#[test]
fn the_newest_version_is_spoken() {
    let (server, client) = trusting_pair();
    let (client, server) = World::between(&server, &client).pair();
    assert_eq!(client.handshake_info().protocol_version(), "DTLSv1.2");
    assert_eq!(server.handshake_info().protocol_version(), "DTLSv1.2");
}

#[test]
fn the_server_s_preference_decides_among_application_protocols() {
    let (client, server) = with(alpn(&["game/2", "game/1"]), alpn(&["game/1", "game/2", "game/3"]));
    assert_eq!(client.handshake_info().alpn_protocol(), Some(&b"game/2"[..]));
    assert_eq!(server.handshake_info().alpn_protocol(), Some(&b"game/2"[..]));
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
    let list = |list: &str| options!(Negotiation { cipher_list: list.into(), ..Default::default() });
    let (client, _) = with(list("ECDHE+CHACHA20"), list(""));
    assert_eq!(client.handshake_info().cipher(), "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");
    let (client, server) = with(list("ECDHE+CHACHA20"), list("ECDHE+AESGCM"));
    assert!(client.words().contains("no cipher in common"), "{}", client.words());
    assert!(!server.is_connected());
}

fn serving(cipher_list: &str, server: ServerOptions) -> Result<ServerConfig, OptionsError> {
    let negotiation = options!(Negotiation { cipher_list: cipher_list.into(), ..Default::default() });
    ServerConfig::new(
        &options!(ServerOptions { negotiation, ..server }),
        Arc::new(Cookies::new(Instant::now()).unwrap()),
    )
}

fn with_key(key: &PKey<Private>) -> ServerOptions {
    options!(ServerOptions { credentials: Some(credentials(key, &[self_signed(key, -1..1)])), ..Default::default() })
}

#[test]
fn a_server_takes_no_dhe_ciphers_and_says_why() {
    let of_keys = options!(ServerOptions { psks: Some(Arc::default()), ..Default::default() });
    for (list, server) in [
        ("DHE+AESGCM", with_key(&rsa2048())),
        ("AESGCM+kDHE:!ECDHE", with_key(&rsa2048())),
        ("DHE-RSA-AES128-GCM-SHA256", with_key(&rsa2048())),
        ("DHE-PSK-AES128-GCM-SHA256", of_keys),
    ] {
        let error = serving(list, server).unwrap_err();
        assert_eq!(error, OptionsError::Ciphers(list.into()));
        assert!(error.to_string().contains("servers take no DHE"), "{error}");
        // It is a client's as well, and the property of both.
        let negotiation = options!(Negotiation { cipher_list: list.into(), ..Default::default() });
        assert_eq!(negotiation.check(), Ok(()));
        let psk = list.contains("PSK").then(|| Psk::new("alice", &[7; 32]).unwrap());
        assert!(
            ClientConfig::new(&options!(ClientOptions { negotiation, psk, ..Default::default() })).is_ok(),
            "{list}"
        );
    }
    assert!(serving("DHE+AESGCM:ECDHE+AESGCM", with_key(&rsa2048())).is_ok());
    for list in ["nonsense", "AES128-SHA", "ECDHE-RSA-AES128-SHA:!DHE"] {
        assert!(!serving(list, with_key(&rsa2048())).unwrap_err().to_string().contains("DHE ciphers"), "{list}");
    }
}

#[test]
fn a_server_takes_no_list_without_a_cipher_for_its_certificate() {
    let refused = |list: &str| Err(OptionsError::CiphersOfOtherKeys(list.to_owned()));
    for (key, own, other) in [(p256(), "ECDSA", "RSA"), (rsa2048(), "RSA", "ECDSA")] {
        let of = |kind| format!("ECDHE-{kind}-AES128-GCM-SHA256");
        assert_eq!(serving(&of(other), with_key(&key)).map(drop), refused(&of(other)));
        assert_eq!(serving(&format!("{}:{}", of(other), of(own)), with_key(&key)).map(drop), Ok(()));
        let with_psks = options!(ServerOptions { psks: Some(Arc::default()), ..with_key(&key) });
        assert_eq!(serving(&format!("{}:ECDHE+CHACHA20", of(other)), with_psks).map(drop), Ok(()));
    }
    assert_eq!(serving("ECDHE-ARIA128-GCM-SHA256", with_key(&rsa2048())).map(drop), Ok(()));
}

#[test]
fn a_server_without_a_common_cipher_names_those_that_it_has() {
    let list = |list: &str| options!(Negotiation { cipher_list: list.into(), ..Default::default() });
    let (_, server) = with(list("ECDHE+AESGCM"), list("ECDHE+CHACHA20"));
    let own = "ECDHE-ECDSA-AES256-GCM-SHA384, ECDHE-ECDSA-AES128-GCM-SHA256";
    assert_eq!(server.session.state(), &State::Ended(EndReason::NoSharedCipher(own.into())));
    assert!(server.words().starts_with("no shared cipher: "), "{}", server.words());
    let of_keys = options!(ServerOptions { psks: Some(Arc::default()), ..Default::default() });
    let (_, server) = World::between(&of_keys, &trusting_pair().1).meet(HOST);
    assert_eq!(server.session.state(), &State::Ended(EndReason::NoSharedCipher("ECDHE-PSK-CHACHA20-POLY1305".into())));
}

#[test]
fn groups_are_taken_from_the_list() {
    let groups = |groups: &str| options!(Negotiation { groups: groups.into(), ..Default::default() });
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
    for record in drain(&mut client.buffers) {
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
    {
        let (server, client) = trusting_pair();
        let client = options!(ClientOptions { key_log: Some(KeyLog::open(&path).unwrap()), ..client });
        let server = options!(ServerOptions { key_log: Some(KeyLog::open(&path).unwrap()), ..server });
        let (mut client, mut server) = World::between(&server, &client).pair();
        exchange(&mut client, &mut server);
    }
    let log = std::fs::read_to_string(&path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // Windows removes no folder with an open file.
    std::fs::remove_dir_all(&folder).unwrap();
    let lines: Vec<Vec<&str>> = log.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(lines.len(), 2, "one line a side");
    assert_eq!(lines[0], lines[1]);
    assert_eq!((lines[0][0], lines[0][1].len(), lines[0][2].len()), ("CLIENT_RANDOM", 64, 96));
}
