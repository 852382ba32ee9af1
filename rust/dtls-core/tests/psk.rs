//! Pre-shared keys instead of certificates.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use dtls_core::{
    ClientConfig, ClientOptions, EndReason, Negotiation, OptionsError, Psk, PskStore, ServerOptions, SessionCache,
    State, TicketKeys,
};
use dtls_test_support::{End, HOST, World, exchange, options, trusting_pair};

fn store() -> Arc<PskStore> {
    let store = PskStore::default();
    store.insert(Psk::new("alice", &[1; 32]).unwrap());
    store.insert(Psk::new("bob", &[2; 16]).unwrap());
    Arc::new(store)
}

fn server(psks: Arc<PskStore>) -> ServerOptions {
    options!(ServerOptions { psks: Some(psks), ..Default::default() })
}

fn client(identity: &str, key: &[u8]) -> ClientOptions {
    options!(ClientOptions { psk: Some(Psk::new(identity, key).unwrap()), ..Default::default() })
}

#[test]
fn a_client_is_known_by_its_key_with_forward_secrecy() {
    for (identity, key) in [("alice", &[1; 32][..]), ("bob", &[2; 16])] {
        let (client, server) = World::between(&server(store()), &client(identity, key)).pair();
        assert_eq!(server.handshake_info().psk_identity(), Some(identity));
        assert_eq!(client.handshake_info().psk_identity(), Some(identity));
        assert_eq!(server.handshake_info().cipher(), "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256");
        assert!(client.handshake_info().peer_certificate().is_none());
    }
}

/// The sizes of what a server sends to a client with a key, in every flight until it gives up.
fn seen_from_outside(client: &ClientOptions) -> (Vec<Vec<usize>>, End, End) {
    let mut world = World::between(&server(store()), client);
    let (mut client, mut server) = world.introduce(HOST);
    let mut flights = Vec::new();
    loop {
        let flight = server.sent();
        flights.push(flight.iter().map(Vec::len).collect());
        for datagram in &flight {
            client.receive(datagram);
        }
        let answers = client.sent();
        if answers.is_empty() {
            break;
        }
        for datagram in answers {
            server.receive(&datagram);
        }
    }
    let over = world.now + client.session.transport().handshake_timeout;
    client.session.handle_timeout(over, &mut client.buffers);
    server.session.handle_timeout(over, &mut server.buffers);
    flights.push(server.sent().iter().map(Vec::len).collect());
    (flights, client, server)
}

#[test]
fn an_unknown_identity_and_a_wrong_key_look_alike_from_outside_and_fail_in_words() {
    let (wrong_key, client_words, server_words) = seen_from_outside(&client("alice", &[9; 32]));
    let (unknown, ..) = seen_from_outside(&client("mallo", &[9; 32]));
    assert_eq!(wrong_key, unknown);
    for side in [client_words, server_words] {
        assert!(matches!(side.session.state(), State::Ended(EndReason::PskHandshakeTimeout(_))), "{:?}", side.session);
    }
}

#[test]
fn keys_come_and_go_while_the_server_runs() {
    let psks = store();
    let mut world = World::between(&server(Arc::clone(&psks)), &client("carol", &[3; 32]));
    assert!(!world.meet(HOST).0.is_connected());
    psks.insert(Psk::new("carol", &[3; 32]).unwrap());
    assert!(world.meet(HOST).0.is_connected());
    assert!(psks.remove("carol"));
    assert!(!world.meet(HOST).0.is_connected());
}

#[test]
fn one_server_takes_keys_and_certificates() {
    let (with_certificate, trusting) = trusting_pair();
    let both = options!(ServerOptions { psks: Some(store()), ..with_certificate });
    let mut world = World::between(&both, &trusting);
    let (_, server) = world.pair();
    assert_eq!(server.handshake_info().psk_identity(), None);
    world.client = ClientConfig::new(&client("alice", &[1; 32])).unwrap();
    let (_, server) = world.pair();
    assert_eq!(server.handshake_info().psk_identity(), Some("alice"));
}

#[test]
fn a_client_with_a_key_takes_no_certificate_instead() {
    let (server, _) = trusting_pair();
    let client = client("alice", &[1; 32]);
    let (refused, server) = World::between(&server, &client).meet(HOST);
    assert!(refused.words().contains("no cipher in common"), "{}", refused.words());
    assert!(!server.is_connected());
    // Not by a list of ciphers either.
    let cipher_list = "ECDHE-ECDSA-AES128-GCM-SHA256";
    let negotiation = options!(Negotiation { cipher_list: cipher_list.into(), ..Default::default() });
    let refused = ClientConfig::new(&options!(ClientOptions { negotiation, ..client }));
    assert_eq!(refused.map(drop), Err(OptionsError::Ciphers(cipher_list.into())));
}

#[test]
fn a_session_of_a_key_is_not_resumed_so_that_a_removed_key_opens_nothing() {
    let server = options!(ServerOptions {
        tickets: Some(Arc::new(TicketKeys::new(std::time::Instant::now()).unwrap())),
        ..server(store())
    });
    let client =
        options!(ClientOptions { sessions: Some(Arc::new(SessionCache::default())), ..client("alice", &[1; 32]) });
    let mut world = World::between(&server, &client);
    for _ in 0..2 {
        let (mut client, mut server) = world.pair();
        assert!(!client.handshake_info().is_resumed());
        client.send(b"hello");
        exchange(&mut client, &mut server);
        assert_eq!(server.received, [b"hello"]);
    }
}
