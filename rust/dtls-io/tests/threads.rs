//! Threads that fail.

mod common;

use common::{World, until};
use dtls_core::{EndReason, State};

#[test]
fn a_thread_that_fails_ends_its_connections_with_a_reason_and_its_server_says_so() {
    let world = World::new();
    let (client, server) = world.pair();
    assert!(!world.server.has_failed());
    assert!(server.ask(|_| -> () { panic!("as a fault of the library would") }).is_none());
    until("the server's end", || (server.state() == State::Ended(EndReason::ThreadFailed)).then_some(()));
    until("the server to say so", || world.server.has_failed().then_some(()));
    assert_eq!(world.server.take_failure(), Some(EndReason::ThreadFailed));

    assert!(client.ask(|_| -> () { panic!("as a fault of the library would") }).is_none());
    until("the client's end", || (client.state() == State::Ended(EndReason::ThreadFailed)).then_some(()));
    let world = World::new();
    drop(world.pair());
}
