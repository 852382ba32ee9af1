//! Clients that come back.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use dtls_core::{
    ClientConfig, ClientOptions, ClientVerification, CookieCheck, Credentials, Negotiation, Pin, ServerOptions,
    SessionCache, SharedSecrets, TicketKeys, Transport, Trust, Verification, is_hello_fragment,
};
use dtls_test_support::{
    End, HOST, Recipe, World, client_address, credentials, exchange, issued, options, p256, rsa2048, self_signed,
    trusting_pair,
};
use openssl::x509::X509;

fn tickets() -> Option<Arc<TicketKeys>> {
    Some(Arc::new(TicketKeys::new(Instant::now()).unwrap()))
}

fn cache() -> Option<Arc<SessionCache>> {
    Some(Arc::new(SessionCache::default()))
}

/// A server and a client that both resume.
fn resuming_pair() -> (ServerOptions, ClientOptions) {
    let (server, client) = trusting_pair();
    (options!(ServerOptions { tickets: tickets(), ..server }), options!(ClientOptions { sessions: cache(), ..client }))
}

/// Connects, and tells whether both sides agree that they resumed.
fn resumes(world: &mut World, host: &str) -> bool {
    let (client, server) = world.meet(host);
    assert!(client.is_connected() && server.is_connected(), "{}{}", client.words(), server.words());
    assert_eq!(client.handshake_info().is_resumed(), server.handshake_info().is_resumed());
    client.handshake_info().is_resumed()
}

#[test]
fn a_client_that_comes_back_resumes_again_and_again() {
    let (server, client) = resuming_pair();
    let mut world = World::between(&server, &client);
    assert!(!resumes(&mut world, HOST));
    for _ in 0..3 {
        assert!(resumes(&mut world, HOST));
    }
    let (mut client, mut server) = world.pair();
    client.send(b"hello");
    exchange(&mut client, &mut server);
    assert_eq!(server.received, [b"hello"]);
}

#[test]
fn both_sides_have_to_want_resumption() {
    let (server, client) = resuming_pair();
    let without = (
        options!(ServerOptions { tickets: None, ..server.clone() }),
        options!(ClientOptions { sessions: None, ..client.clone() }),
    );
    for (server, client) in [(&without.0, &client), (&server, &without.1)] {
        let mut world = World::between(server, client);
        assert!(!resumes(&mut world, HOST));
        assert!(!resumes(&mut world, HOST));
    }
}

#[test]
fn a_hello_with_a_ticket_passes_the_gate_with_its_cookie_only() {
    let (server, client) = resuming_pair();
    let mut world = World::between(&server, &client);
    world.pair();
    let first = world.connect(HOST).sent();
    assert_eq!(first.len(), 1);
    let (session, answers) = world.accept(client_address(), &first[0]);
    assert!(session.is_none() && answers.len() == 1, "a ticket is no cookie");
    assert!(answers[0].len() < first[0].len());
}

#[test]
fn a_ticket_is_offered_to_the_host_it_came_from_only() {
    let (server, client) = resuming_pair();
    let lenient = options!(ClientOptions { verification: Verification::Chain, ..client });
    let mut world = World::between(&server, &lenient);
    assert!(!resumes(&mut world, HOST));
    assert!(!resumes(&mut world, "other.example"));
    assert!(resumes(&mut world, HOST));
}

#[test]
fn a_session_is_resumed_only_by_a_client_that_checks_and_offers_the_same() {
    let (server, client) = resuming_pair();
    let Trust::Anchors(anchors) = &client.trust else { panic!("the client has anchors") };
    let (own, stranger) = (anchors[0].clone(), self_signed(&p256(), -1..1));
    let others = [
        options!(ClientOptions { verification: Verification::Chain, ..client.clone() }),
        options!(ClientOptions { verification: Verification::Nothing, ..client.clone() }),
        options!(ClientOptions {
            verification: Verification::Pinned(vec![Pin::of_key(&own).unwrap()]),
            ..client.clone()
        }),
        options!(ClientOptions { name_override: HOST.into(), ..client.clone() }),
        options!(ClientOptions { trust: Trust::Anchors(vec![stranger, own]), ..client.clone() }),
        options!(ClientOptions {
            negotiation: options!(Negotiation { cipher_list: "ECDHE+CHACHA20".into(), ..Default::default() }),
            ..client.clone()
        }),
    ];
    let mut world = World::between(&server, &client);
    assert!(!resumes(&mut world, HOST));
    for other in &others {
        world.client = ClientConfig::new(other).unwrap();
        assert!(!resumes(&mut world, HOST), "{other:?}");
        assert!(resumes(&mut world, HOST), "{other:?}");
    }
    world.client = ClientConfig::new(&client).unwrap();
    assert!(resumes(&mut world, HOST), "the same options, read again");
}

#[test]
fn a_resumed_session_keeps_the_client_s_certificate_and_needs_no_second_look_at_it() {
    let (authority, player) = issued("player one");
    let (server, client) = resuming_pair();
    let trust = Trust::Anchors(vec![authority]);
    let server = options!(ServerOptions { client_verification: ClientVerification::Required(trust), ..server });
    let mut world = World::between(&server, &options!(ClientOptions { credentials: Some(player.clone()), ..client }));
    assert!(!resumes(&mut world, HOST));
    let (client, server) = world.pair();
    assert!(client.handshake_info().is_resumed());
    let certificate = server.handshake_info().peer_certificate().unwrap().to_pem().unwrap();
    assert_eq!(certificate, player.chain_to_pem().unwrap());
    assert!(client.handshake_info().peer_fingerprint().is_some());
}

/// Resumes with a ticket that holds `player`'s certificate, so that the ClientHello with the cookie comes in fragments, which
/// `deliver` brings to the acceptor.
fn resumes_in_fragments(player: (X509, Credentials), mtu: u16, deliver: fn(&mut World, &[Vec<u8>]) -> End) {
    let (server, client) = resuming_pair();
    let server = options!(ServerOptions {
        client_verification: ClientVerification::Required(Trust::Anchors(vec![player.0])),
        ..server
    });
    let transport = options!(Transport { mtu, ..Transport::default() });
    let mut world =
        World::between(&server, &options!(ClientOptions { credentials: Some(player.1), transport, ..client }));
    assert!(!resumes(&mut world, HOST));

    let mut client = world.connect(HOST);
    let answers: Vec<_> = client.sent().iter().flat_map(|part| world.accept(client_address(), part).1).collect();
    assert_eq!(answers.len(), 1);
    client.receive(&answers[0]);
    let parts = client.sent();
    assert!(parts.len() > 1);
    let check = |part| world.acceptor.check_cookie(client_address(), part, world.now);
    assert!(check(&parts[0]) == CookieCheck::Valid && !is_hello_fragment(&parts[0]));
    assert!(parts[1..].iter().all(|part| is_hello_fragment(part) && check(part) == CookieCheck::NoHello));
    let mut server = deliver(&mut world, &parts);
    exchange(&mut client, &mut server);
    assert!(client.is_connected() && client.handshake_info().is_resumed());
    assert_eq!(client.session.statistics().retransmissions, 0);
}

/// The acceptor takes the first fragment; the session takes the others.
fn in_order(world: &mut World, parts: &[Vec<u8>]) -> End {
    let mut server = world.accept(client_address(), &parts[0]).0.unwrap();
    for part in &parts[1..] {
        assert!(!server.session.is_foreign_hello(&parts[0]), "the network may deliver it twice, and before the others");
        assert!(!server.session.is_foreign_hello(part), "a fragment is no hello of its own");
        server.receive(part);
    }
    server
}

#[test]
fn a_ticket_with_a_certificate_passes_in_fragments_when_datagrams_are_small() {
    resumes_in_fragments(issued("player one"), 400, in_order);
}

#[test]
fn a_ticket_with_an_rsa_certificate_passes_in_fragments_that_come_late_twice_or_in_any_order() {
    let root = Recipe::authority("authority").key(rsa2048()).self_signed();
    let names: Vec<String> = (0..8).map(|index| format!("player-{index}.of-a-game-with-a-long-name.example")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let own = Recipe::server().dns_names(&names).key(rsa2048()).signed_by(&root);
    let player = (root.certificate, credentials(&own.key, &[own.certificate]));
    resumes_in_fragments(player.clone(), Transport::default().mtu, in_order);
    resumes_in_fragments(player.clone(), 300, |world, parts| {
        let mut server = world.accept(client_address(), &parts[0]).0.unwrap();
        assert!(parts.len() > 4);
        for part in parts[1..].iter().rev().chain(parts) {
            server.receive(part);
        }
        server
    });
}

#[test]
fn a_server_that_asks_more_of_its_clients_takes_no_ticket_from_before() {
    let (authority, player) = issued("player one");
    let (server, client) = resuming_pair();
    let client = options!(ClientOptions { credentials: Some(player), ..client });
    let mut world = World::between(&server, &client);
    assert!(!resumes(&mut world, HOST));
    let trust = Trust::Anchors(vec![authority]);
    let stricter = options!(ServerOptions { client_verification: ClientVerification::Required(trust), ..server });
    world.acceptor = World::between(&stricter, &client).acceptor;
    let (client, server) = world.pair();
    assert!(!client.handshake_info().is_resumed());
    assert!(server.handshake_info().peer_certificate().is_some());
}

#[test]
fn a_server_of_other_ciphers_groups_or_keys_takes_no_ticket_from_before() {
    let (server, client) = resuming_pair();
    let negotiation = |ciphers: &str, groups: &str| {
        options!(Negotiation { cipher_list: ciphers.into(), groups: groups.into(), ..Default::default() })
    };
    let of_keys_only = options!(ServerOptions { credentials: None, psks: Some(Arc::default()), ..server.clone() });
    for other in [
        options!(ServerOptions { negotiation: negotiation("ECDHE+CHACHA20", ""), ..server.clone() }),
        options!(ServerOptions { negotiation: negotiation("", "P-384"), ..server.clone() }),
        of_keys_only,
    ] {
        let mut world = World::between(&server, &client);
        assert!(!resumes(&mut world, HOST));
        world.acceptor = World::between(&other, &client).acceptor;
        let (client, server) = world.meet(HOST);
        assert!(!client.is_connected() || !client.handshake_info().is_resumed(), "{other:?}");
        assert!(!server.is_connected() || !server.handshake_info().is_resumed(), "{other:?}");
    }
}

#[test]
fn a_client_that_showed_no_certificate_cannot_resume_where_one_is_required_by_now() {
    let (authority, _) = issued("player one");
    let (server, client) = resuming_pair();
    let asking = |verification: fn(Trust) -> ClientVerification| {
        options!(ServerOptions {
            client_verification: verification(Trust::Anchors(vec![authority.clone()])),
            ..server.clone()
        })
    };
    let mut world = World::between(&asking(ClientVerification::Optional), &client);
    assert!(!resumes(&mut world, HOST));
    assert!(resumes(&mut world, HOST));
    world.acceptor = World::between(&asking(ClientVerification::Required), &client).acceptor;
    assert!(world.meet(HOST).1.words().contains("presented no certificate"));
}

#[test]
fn a_client_of_an_authority_that_is_trusted_no_more_cannot_resume() {
    let (old, player) = issued("player one");
    let (new, _) = issued("player two");
    let (server, client) = resuming_pair();
    let client = options!(ClientOptions { credentials: Some(player), ..client });
    let trusting = |authority| {
        options!(ServerOptions {
            client_verification: ClientVerification::Required(Trust::Anchors(vec![authority])),
            ..server.clone()
        })
    };
    let mut world = World::between(&trusting(old), &client);
    assert!(!resumes(&mut world, HOST));
    assert!(resumes(&mut world, HOST));
    world.acceptor = World::between(&trusting(new), &client).acceptor;
    assert!(world.meet(HOST).1.words().contains("issuer certificate"));
}

#[test]
fn a_ticket_of_another_key_leads_to_a_whole_handshake() {
    let (server, client) = resuming_pair();
    let mut world = World::between(&server, &client);
    assert!(!resumes(&mut world, HOST));
    let restarted = options!(ServerOptions { tickets: tickets(), ..server });
    world.acceptor = World::between(&restarted, &client).acceptor;
    assert!(!resumes(&mut world, HOST));
    assert!(resumes(&mut world, HOST));
}

#[test]
fn a_ticket_is_renewed_when_its_key_retires_and_lost_when_the_key_is_gone() {
    let (server, client) = resuming_pair();
    let mut world = World::between(&server, &client);
    assert!(!resumes(&mut world, HOST));
    for _ in 0..3 {
        world.now += Duration::from_secs(7200);
        assert!(resumes(&mut world, HOST), "with the ticket that the last connection brought");
    }
    world.now += Duration::from_secs(2 * 7200);
    assert!(!resumes(&mut world, HOST));
}

#[test]
fn servers_that_share_ticket_keys_resume_each_other_s_sessions() {
    let shared = || {
        let secrets: Vec<u8> = (0..32).collect();
        Some(Arc::new(TicketKeys::shared(&SharedSecrets::from_bytes(&secrets).unwrap()).unwrap()))
    };
    let (server, client) = resuming_pair();
    let (one, other) = (
        options!(ServerOptions { tickets: shared(), ..server.clone() }),
        options!(ServerOptions { tickets: shared(), ..server }),
    );
    let mut world = World::between(&one, &client);
    assert!(!resumes(&mut world, HOST));
    world.acceptor = World::between(&other, &client).acceptor;
    assert!(resumes(&mut world, HOST));
}

#[test]
fn a_session_that_led_to_no_connection_is_not_offered_again() {
    let (server, client) = resuming_pair();
    let mut world = World::between(&server, &client);
    assert!(!resumes(&mut world, HOST));
    drop(world.connect(HOST)); // It gives up.
    assert!(!resumes(&mut world, HOST));
}

#[test]
fn debug_shows_how_many_sessions_are_kept_and_no_secret() {
    let (server, client) = resuming_pair();
    World::between(&server, &client).pair();
    assert_eq!(format!("{:?}", client.sessions.unwrap()), "SessionCache { len: 1, .. }");
    assert_eq!(format!("{:?}", server.tickets.unwrap()), "TicketKeys { .. }");
}
