//! Who a side is: client certificates and pins.
#![allow(clippy::unwrap_used)]

use dtls_core::{
    ClientOptions, ClientVerification, Credentials, EndReason, OptionsError, Pin, ServerOptions, State, Trust,
    Verification,
};
use dtls_test_support::{End, HOST, Recipe, World, credentials, issued, options, p256, self_signed, trusting_pair};
use openssl::x509::X509;
use std::time::{Duration, SystemTime};

/// A server that asks for client certificates of `authority`, and a client that shows `own`.
fn meet(ask: fn(Trust) -> ClientVerification, authority: &X509, own: Option<Credentials>) -> (End, End) {
    let (server, client) = trusting_pair();
    let server =
        options!(ServerOptions { client_verification: ask(Trust::Anchors(vec![authority.clone()])), ..server });
    World::between(&server, &options!(ClientOptions { credentials: own, ..client })).meet(HOST)
}

#[test]
fn a_client_with_a_trusted_certificate_is_known_by_it() {
    let (authority, player) = issued("player one");
    for ask in [ClientVerification::Optional, ClientVerification::Required] {
        let (client, server) = meet(ask, &authority, Some(player.clone()));
        assert!(client.is_connected() && server.is_connected(), "{}{}", client.words(), server.words());
        let shown = server.handshake_info().peer_certificate().unwrap();
        assert_eq!(shown.to_pem().unwrap(), player.chain_to_pem().unwrap());
        assert_eq!(server.handshake_info().peer_fingerprint(), Some(Pin::of_certificate(shown).unwrap()));
    }
}

#[test]
fn a_client_without_a_certificate_is_let_in_only_where_it_is_optional() {
    let (authority, _) = issued("player one");
    let (client, server) = meet(ClientVerification::Optional, &authority, None);
    assert!(client.is_connected() && server.handshake_info().peer_certificate().is_none());
    let (client, server) = meet(ClientVerification::Required, &authority, None);
    assert_eq!(server.session.state(), &State::Ended(EndReason::CertificateMissing));
    assert!(client.words().contains("wanted another certificate"), "{}", client.words());
}

#[test]
fn a_client_with_an_untrusted_certificate_is_refused_with_the_reason_on_both_sides() {
    let (authority, _) = issued("player one");
    let (_, stranger) = issued("player two");
    for ask in [ClientVerification::Optional, ClientVerification::Required] {
        let (client, server) = meet(ask, &authority, Some(stranger.clone()));
        assert!(server.words().contains("issuer certificate"), "{}", server.words());
        assert!(client.words().contains("does not trust the issuer of our certificate"), "{}", client.words());
    }
}

#[test]
fn a_client_with_an_expired_certificate_is_refused_with_the_reason_on_both_sides() {
    let authority = Recipe::authority("authority").self_signed();
    let own = Recipe::server().days(-2..-1).signed_by(&authority);
    let own = credentials(&own.key, std::slice::from_ref(&own.certificate));
    let (client, server) = meet(ClientVerification::Required, &authority.certificate, Some(own));
    assert!(server.words().contains("expired"), "{}", server.words());
    assert!(client.words().contains("expired"), "{}", client.words());
}

#[test]
fn a_client_is_asked_for_nothing_by_default() {
    let (_, player) = issued("player one");
    let (server, client) = trusting_pair();
    let (_, server) = World::between(&server, &options!(ClientOptions { credentials: Some(player), ..client })).pair();
    assert!(server.handshake_info().peer_certificate().is_none());
}

fn pinned(server: &ServerOptions, pins: &[Pin], host: &str) -> (End, End) {
    let client = options!(ClientOptions { verification: Verification::Pinned(pins.to_vec()), ..Default::default() });
    World::between(server, &client).meet(host)
}

#[test]
fn a_pinned_server_is_believed_under_any_name_though_nobody_vouches_for_it() {
    let key = p256();
    let own = self_signed(&key, -2..-1); // Expired, too.
    let server = options!(ServerOptions {
        credentials: Some(credentials(&key, std::slice::from_ref(&own))),
        ..Default::default()
    });
    let stranger = Pin::of_certificate(&self_signed(&p256(), -1..1)).unwrap();
    for pin in [Pin::of_certificate(&own).unwrap(), Pin::of_key(&own).unwrap()] {
        for host in ["192.0.2.1", "any.name", ""] {
            let (client, server) = pinned(&server, &[stranger, pin], host);
            assert!(client.is_connected() && server.is_connected(), "{}", client.words());
        }
    }
}

#[test]
fn a_server_with_another_certificate_than_the_pinned_one_is_refused_in_words() {
    let (server, _) = trusting_pair();
    let stranger = self_signed(&p256(), -1..1);
    for pin in [Pin::of_certificate(&stranger).unwrap(), Pin::of_key(&stranger).unwrap()] {
        let (client, server) = pinned(&server, &[pin], HOST);
        assert!(client.words().contains("none of the pinned ones: if sha256:"), "{}", client.words());
        assert!(matches!(server.session.state(), State::Ended(EndReason::Alert(_))), "{:?}", server.session);
    }
}

#[test]
fn a_client_without_any_pin_believes_nobody() {
    let (server, _) = trusting_pair();
    assert!(pinned(&server, &[], HOST).0.words().contains("pinned"));
}

#[test]
fn a_key_pin_survives_a_renewal_and_a_certificate_pin_does_not() {
    let key = p256();
    let (old, renewed) = (self_signed(&key, -1..1), self_signed(&key, -1..2));
    let server = options!(ServerOptions { credentials: Some(credentials(&key, &[renewed])), ..Default::default() });
    assert!(pinned(&server, &[Pin::of_key(&old).unwrap()], HOST).0.is_connected());
    assert!(!pinned(&server, &[Pin::of_certificate(&old).unwrap()], HOST).0.is_connected());
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

#[test]
fn a_generated_certificate_serves_a_host_by_its_name_or_address() {
    let long = format!("{}.example", "x".repeat(60));
    for name in ["localhost", "127.0.0.1", "::1", &long] {
        let own = Credentials::self_signed(name, 1, since_epoch()).unwrap();
        let trust = Trust::Anchors(X509::stack_from_pem(&own.chain_to_pem().unwrap()).unwrap());
        let server = options!(ServerOptions { credentials: Some(own), ..Default::default() });
        let mut world = World::between(&server, &options!(ClientOptions { trust, ..Default::default() }));
        assert_eq!(world.meet(name).0.words(), "", "{name}");
        assert!(world.meet("another.example").0.words().contains("not valid for"), "{name}");
    }
}

#[test]
fn a_generated_key_can_be_saved_and_read_again() {
    let own = Credentials::self_signed("localhost", 365, since_epoch()).unwrap();
    let (key, chain) = (own.key_to_pem().unwrap(), own.chain_to_pem().unwrap());
    assert!(Credentials::from_pem(&key, None, &chain).is_ok());
}

#[test]
fn nothing_is_generated_for_a_wrong_name_or_time() {
    let make = |name, days| Credentials::self_signed(name, days, since_epoch()).map(drop);
    assert_eq!(make("", 1), Err(OptionsError::BadName(String::new())));
    assert_eq!(make("a b", 1), Err(OptionsError::BadName("a b".into())));
    assert_eq!(make("localhost", 0), Err(OptionsError::Days(0)));
    assert_eq!(make("localhost", 36_526), Err(OptionsError::Days(36_526)));
}
