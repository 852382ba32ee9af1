//! Threads that fail, and threads that are stopped. In a process of its own: the last test stops them all.
#![allow(clippy::unwrap_used, clippy::expect_used)]

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

#[test]
#[cfg(target_os = "linux")]
fn every_thread_can_be_stopped_whoever_holds_its_connections() {
    let (client, server) = World::new().leak_pair();
    let threads = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
        names.filter(|name| ["dtls-server\n", "dtls-clients\n", "dtls-lookup\n"].contains(&name.as_str())).count()
    };
    assert_eq!(threads(), 2);
    dtls_io::stop_all();
    assert_eq!(threads(), 0);
    for end in [&client, &server] {
        assert!(matches!(end.state(), State::Ended(_)), "{:?}", end.state());
    }
}
