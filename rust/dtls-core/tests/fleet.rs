//! Servers behind one address: whichever gets a client's next datagram goes on with what another began.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use dtls_core::{Acceptor, Cookies, ServerConfig, ServerOptions, SharedSecrets};
use dtls_test_support::{HOST, World, client_address, exchange, trusting_pair};

#[test]
fn a_cookie_that_one_server_gave_is_taken_by_another_with_the_same_secret() {
    let (options, client) = trusting_pair();
    let mut world = World::between(&options, &client);
    let server = |options: &ServerOptions, secret: u8| {
        let bytes: Vec<u8> = (0..32).map(|byte| byte + secret).collect();
        let secrets = SharedSecrets::from_bytes(&bytes).unwrap();
        let cookies = Cookies::shared(&secrets, world.now, Duration::from_secs(1_000_000)).unwrap();
        Acceptor::new(ServerConfig::new(options, Arc::new(cookies)).unwrap()).unwrap()
    };
    let (first, second, stranger) = (server(&options, 1), server(&options, 1), server(&options, 2));

    world.acceptor = first;
    let mut client = world.connect(HOST);
    let (session, answers) = world.accept(client_address(), &client.sent()[0]);
    assert!(session.is_none());
    client.receive(&answers[0]);
    let hello = client.sent().remove(0);

    world.acceptor = stranger;
    assert!(world.accept(client_address(), &hello).0.is_none());
    world.acceptor = second;
    let mut server = world.accept(client_address(), &hello).0.unwrap();
    exchange(&mut client, &mut server);
    assert!(client.is_connected() && server.is_connected());
}
