//! The acceptor: nobody gets in without a cookie for the address they come from.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use dtls_core::{CookieCheck, State};
use dtls_test_support::{HOST, World, client_address, exchange, p256};

/// A client that holds a valid cookie, and its ClientHello with it.
fn hello_with_cookie(world: &mut World) -> Vec<u8> {
    let mut client = world.connect(HOST);
    let first = client.sent().remove(0);
    let (session, answers) = world.accept(client_address(), &first);
    assert!(session.is_none());
    client.receive(&answers[0]);
    client.sent().remove(0)
}

#[test]
fn a_first_hello_is_answered_with_one_small_request_for_the_cookie() {
    let mut world = World::new(&p256());
    let hello = world.connect(HOST).sent().remove(0);
    let (session, answers) = world.accept(client_address(), &hello);
    assert!(session.is_none());
    assert_eq!(answers.len(), 1);
    assert!(answers[0].len() < hello.len(), "an answer larger than the question amplifies");
    const HELLO_VERIFY_REQUEST: u8 = 3;
    assert_eq!(answers[0][13], HELLO_VERIFY_REQUEST);
}

#[test]
fn a_hello_with_its_cookie_is_let_in() {
    let mut world = World::new(&p256());
    let hello = hello_with_cookie(&mut world);
    assert!(world.accept(client_address(), &hello).0.is_some());
}

#[test]
fn a_cookie_serves_no_other_port_and_no_other_address() {
    let mut world = World::new(&p256());
    let hello = hello_with_cookie(&mut world);
    for stranger in ["192.0.2.7:40001", "192.0.2.8:40000", "[2001:db8::7]:40000"] {
        let (session, answers) = world.accept(stranger.parse().unwrap(), &hello);
        assert!(session.is_none(), "{stranger}");
        assert_eq!(answers.len(), 1, "{stranger} is asked for a cookie of its own");
    }
}

#[test]
fn a_hello_from_port_0_is_not_answered() {
    let mut world = World::new(&p256());
    let hello = world.connect(HOST).sent().remove(0);
    for nowhere in ["192.0.2.7:0", "[2001:db8::7]:0"] {
        let (session, answers) = world.accept(nowhere.parse().unwrap(), &hello);
        assert!(session.is_none() && answers.is_empty(), "{nowhere}");
    }
}

#[test]
fn a_forged_cookie_is_not_let_in() {
    let mut world = World::new(&p256());
    let hello = hello_with_cookie(&mut world);
    // Record 13, message 12, version 2, random 32, an empty session id 1, the cookie's length 1.
    let cookie = 13 + 12 + 2 + 32 + 1 + 1;
    assert_eq!(hello[cookie - 1], 32);
    for position in cookie..cookie + 32 {
        let mut forged = hello.clone();
        forged[position] ^= 1;
        assert!(world.accept(client_address(), &forged).0.is_none());
    }
}

#[test]
fn a_cookie_serves_no_other_hello() {
    let mut world = World::new(&p256());
    let mut hello = hello_with_cookie(&mut world);
    hello[13 + 12 + 2] ^= 1;
    assert!(world.accept(client_address(), &hello).0.is_none());
}

#[test]
fn a_stale_cookie_is_not_let_in() {
    let mut world = World::new(&p256());
    let hello = hello_with_cookie(&mut world);
    world.now += Duration::from_secs(120);
    let (session, answers) = world.accept(client_address(), &hello);
    assert!(session.is_none());
    assert_eq!(answers.len(), 1);
}

#[test]
fn noise_is_not_answered() {
    let mut world = World::new(&p256());
    let hello = world.connect(HOST).sent().remove(0);
    for length in 0..hello.len() {
        let (session, answers) = world.accept(client_address(), &hello[..length]);
        assert!(session.is_none() && answers.is_empty(), "a hello cut to {length} bytes");
    }
    for datagram in [&[0; 2000][..], &[22; 2000], &[0xff; 65_507]] {
        let (session, answers) = world.accept(client_address(), datagram);
        assert!(session.is_none() && answers.is_empty());
    }
}

#[test]
fn the_gate_goes_on_after_letting_a_client_in() {
    let mut world = World::new(&p256());
    for _ in 0..3 {
        world.pair();
    }
}

#[test]
fn the_client_of_a_live_session_can_start_anew_and_nobody_else_can_pretend_it_did() {
    let mut world = World::new(&p256());
    let mut old = world.connect(HOST);
    let first = old.sent().remove(0);
    old.receive(&world.accept(client_address(), &first).1[0]);
    let own_hello = old.sent().remove(0);
    let mut server = world.accept(client_address(), &own_hello).0.unwrap();
    exchange(&mut old, &mut server);
    assert_eq!(server.session.state(), &State::Connected);

    assert!(!server.session.is_foreign_hello(&own_hello), "the network may deliver a hello twice");
    let check = |world: &World, hello| world.acceptor.check_cookie(client_address(), hello, world.now);
    let stranger = world.connect(HOST).sent().remove(0);
    assert!(server.session.is_foreign_hello(&stranger));
    assert_eq!(check(&world, &stranger), CookieCheck::Missing, "it holds no cookie");
    let restarted = hello_with_cookie(&mut world);
    assert!(server.session.is_foreign_hello(&restarted));
    assert_eq!(check(&world, &restarted), CookieCheck::Valid);
}
