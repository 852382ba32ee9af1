//! A process without descriptors for more sockets. The limit is that of the whole process, so there is no other test here.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::{File, read_dir};

use common::{World, receive, settings, until};
use dtls_core::{EndReason, State, Transport};
use dtls_io::{ConnectError, Connection, QueueLimits, connect};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// How many descriptors this process may have.
const LIMIT: u64 = 64;

/// The same error, as the system says it.
const WORDS: &str = "Too many open files";

/// Every descriptor that is left, but for a few.
fn take_all_but(spare: usize) -> Vec<File> {
    let mut taken: Vec<_> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    assert!(taken.len() > spare);
    taken.truncate(taken.len() - spare);
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

    // With few left, the thread for clients, its socket, or a server's gets some that it needs, and then no more.
    for spare in 0.. {
        let before = open_descriptors();
        let taken = take_all_but(spare);
        let refusal = match connect() {
            Ok(client) => {
                match until("the client", || Some(client.state()).filter(|state| *state != State::Handshaking)) {
                    State::Connected => None,
                    State::Ended(EndReason::NoSocket(error)) => Some(error.to_string()),
                    other => panic!("{other:?}"),
                }
            }
            Err(ConnectError::System(error)) => Some(error.to_string()),
            Err(other) => panic!("{other}"),
        };
        drop(taken);
        let Some(refusal) = refusal else { break };
        assert!(refusal.contains(WORDS), "{refusal}");
        assert_eq!(open_descriptors(), before, "what was not started has left nothing of {spare}");
    }
    until("the server's end of the client that had enough", || world.server.accept());
    let pair = world.pair();
    for spare in 0.. {
        let before = open_descriptors();
        let taken = take_all_but(spare);
        let server = listen();
        assert_talk(&pair);
        drop(taken);
        let Err(refused) = server else { break };
        assert!(refused.to_string().contains(WORDS), "{refused}");
        assert_eq!(open_descriptors(), before, "what was not started has left nothing of {spare}");
    }
    assert_talk(&world.pair());
    assert_talk(&listen().unwrap().pair());
    assert_talk(&pair);
}
