//! Servers with several addresses, and several sockets at one port.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Instant;

use common::{World, is_connected, settings, until};
use dtls_core::{Cookies, Credentials, ServerConfig, ServerOptions, Transport};
use dtls_io::{QueueLimits, Server, ServerSettings, connect};
use dtls_test_support::options;

#[test]
fn a_server_for_all_addresses_answers_from_the_one_that_was_asked() {
    let world = World::with(options!(ServerSettings { address: None, ..settings() }), Transport::default());
    for host in ["127.0.0.1", "127.0.0.5", "127.0.0.6"] {
        let client = connect(host, world.server.port(), world.client.clone(), QueueLimits::default()).unwrap();
        let server = until("a connection", || world.server.accept());
        until("the client", || is_connected(&client).then_some(()));
        server.send(host.as_bytes()).unwrap();
        let mut packet = Vec::new();
        until("a packet", || client.receive(&mut packet).then_some(()));
        assert_eq!(packet, host.as_bytes());
    }
}

#[test]
fn nobody_joins_the_sockets_of_a_port() {
    let credentials = Credentials::self_signed("localhost", 1, std::time::Duration::from_secs(1_700_000_000)).unwrap();
    let options = options!(ServerOptions { credentials: Some(credentials), ..Default::default() });
    let config = ServerConfig::new(&options, Arc::new(Cookies::new(Instant::now()).unwrap())).unwrap();
    let first = Server::listen(&config, options!(ServerSettings { threads: 2, ..settings() })).unwrap();
    for threads in [1, 2] {
        let again = options!(ServerSettings { port: first.port(), threads, ..settings() });
        assert_eq!(Server::listen(&config, again).unwrap_err().kind(), ErrorKind::AddrInUse);
    }
}
