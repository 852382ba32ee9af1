//! A process without descriptors for more sockets. The limit is that of the whole process, so there is no other test here.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::{File, read_dir};

use common::{World, end_of, receive, settings};
use dtls_core::{EndReason, Transport};
use dtls_io::{ConnectError, Connection, QueueLimits, connect};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// How many descriptors this process may have.
const LIMIT: u64 = 64;

/// The same error, as the system says it.
const WORDS: &str = "Too many open files";

/// Every descriptor that is left.
fn take_all() -> Vec<File> {
    let taken: Vec<_> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    assert!(!taken.is_empty());
    taken
}

fn open_descriptors() -> usize {
    read_dir("/proc/self/fd").unwrap().count()
}

fn assert_talk((client, server): &(Connection, Connection)) {
    client.send(b"ping").unwrap();
    assert_eq!(receive(server), b"ping");
    server.send(b"pong").unwrap();
    assert_eq!(receive(client), b"pong");
}

#[test]
fn without_descriptors_what_needs_one_fails_in_words_and_connections_live_on() {
    setrlimit(Resource::RLIMIT_NOFILE, LIMIT, getrlimit(Resource::RLIMIT_NOFILE).unwrap().1).unwrap();
    let world = World::with_psk(settings(), Transport::default());
    let listen = || World::try_with_psk(settings(), Transport::default());
    let connect = || connect("127.0.0.1", world.server.port(), world.client.clone(), QueueLimits::default());

    // Before there is a thread for clients.
    let before = open_descriptors();
    let taken = take_all();
    match connect() {
        Err(ConnectError::System(error)) => assert!(error.to_string().contains(WORDS), "{error}"),
        other => panic!("{other:?}"),
    }
    drop(taken);
    assert_eq!(open_descriptors(), before, "what was not started has left nothing");

    let pair = world.pair();
    let before = open_descriptors();
    let taken = take_all();
    let refused = listen().map(drop).unwrap_err();
    assert!(refused.to_string().contains(WORDS), "{refused}");
    match end_of(&connect().unwrap()) {
        EndReason::NoSocket(error) => assert!(error.to_string().contains(WORDS), "{error}"),
        other => panic!("{other:?}"),
    }
    assert_talk(&pair);
    drop(taken);
    assert_eq!(open_descriptors(), before, "what was not started has left nothing");

    assert_talk(&world.pair());
    assert_talk(&listen().unwrap().pair());
    assert_talk(&pair);
}
