//! What a connection's owner and its I/O thread share, as a model whose threads take their steps in every order (loom). A
//! readiness that is lost would leave packets unread.
//! Not on Windows, where loom cannot unwind the stacks of its threads; the steps are the same there.
#![cfg(not(windows))]
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use dtls_core::EndReason;
use loom::thread;
use slotmap::{Key as _, KeyData};

mod budget {
    pub(crate) use dtls_io::{Budget, Inbox, QueueLimits};
}
#[path = "../src/connection_state.rs"]
#[allow(dead_code)]
mod connection_state;
#[path = "../src/key.rs"]
#[allow(dead_code)]
mod key;
#[path = "../src/pruning_queue.rs"]
#[allow(dead_code)]
mod pruning_queue;
#[path = "../src/ready_connections.rs"]
#[allow(dead_code)]
mod ready_connections;
#[path = "../src/statistics.rs"]
#[allow(dead_code, unreachable_pub)]
mod statistics;
#[path = "model/sync.rs"]
mod sync;

use budget::{Budget, QueueLimits};
use connection_state::{ConnectionState, Ready, ReadyOutcome};
use key::PeerKey;
use ready_connections::ReadyConnections;
use sync::model;

const LIMITS: QueueLimits = QueueLimits { packets: 8, bytes: 1000 };

/// A connection of a server, and the server's list.
fn of_server() -> (Arc<Ready>, Arc<ConnectionState>) {
    let ready = Arc::<Ready>::default();
    let shared = ConnectionState::new(None, Arc::downgrade(&ready), LIMITS, Arc::new(Budget::new(1000)));
    (ready, shared)
}

fn connect(shared: &Arc<ConnectionState>) {
    assert!(shared.connected(PeerKey::default(), None, 1000));
}

fn is_listed(ready: &Ready) -> bool {
    !ready.lock().is_empty()
}

/// An owner that asks which connections are ready, as a frame does.
struct Owner {
    ready: ReadyConnections,
    shared: Arc<ConnectionState>,
    packets: Vec<u8>,
    /// Whether it was told of the connection after its end.
    knows_of_the_end: bool,
}

impl Owner {
    fn new(ready: Arc<Ready>, shared: &Arc<ConnectionState>) -> Self {
        Self {
            ready: ReadyConnections::new(ready),
            shared: Arc::clone(shared),
            packets: Vec::new(),
            knows_of_the_end: false,
        }
    }

    /// Reads the packets of the connection, if it is ready.
    fn read_if_ready(&mut self) {
        let Self { ready, shared, packets, knows_of_the_end } = self;
        ready.report(|_| {
            *knows_of_the_end = shared.is_over();
            while let Some(packet) = shared.inner.lock().inbox.pop() {
                packets.extend_from_slice(packet);
            }
        });
    }

    /// Reads the packets of all connections at once.
    fn take_packets(&mut self) {
        self.ready.take_packets(|_, packet| self.packets.extend_from_slice(packet));
    }
}

/// Has an I/O thread deliver packets or end the connection, while its owner runs `frame`. Then the owner runs it once more, and
/// must have missed nothing: whether it knew of the connection at first, or was done with it. What is missed may show only
/// until the next event, so that some threads have one.
fn nothing_is_missed(frame: fn(&mut Owner)) {
    let events = [(1, false), (0, true), (2, true)];
    for ((packets, ends), frames_before) in
        events.into_iter().flat_map(|events| (0..3).map(move |count| (events, count)))
    {
        model(move || {
            let (ready, shared) = of_server();
            connect(&shared);
            shared.set_tag(1);
            let mut owner = Owner::new(ready, &shared);
            (0..frames_before).for_each(|_| frame(&mut owner));
            let io = thread::spawn({
                let shared = Arc::clone(&shared);
                move || {
                    (0..packets).for_each(|number| assert!(shared.deliver(&[number])));
                    if ends {
                        shared.end(EndReason::ClosedByPeer);
                    }
                }
            });
            frame(&mut owner);
            io.join().unwrap();
            frame(&mut owner);
            assert_eq!(owner.packets, (0..packets).collect::<Vec<_>>());
            assert_eq!(owner.knows_of_the_end, ends);
        });
    }
}

#[test]
fn an_owner_that_asks_who_is_ready_misses_no_packet_and_no_end() {
    nothing_is_missed(Owner::read_if_ready);
}

#[test]
fn an_owner_that_takes_all_packets_misses_no_packet_and_no_end() {
    nothing_is_missed(|owner| {
        owner.take_packets();
        owner.read_if_ready();
    });
}

#[test]
fn packets_that_come_before_the_owner_has_set_a_tag_are_not_missed() {
    model(|| {
        let (ready, shared) = of_server();
        let mut owner = Owner::new(ready, &shared);
        let io = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                connect(&shared);
                assert!(shared.deliver(&[1]));
            }
        });
        owner.read_if_ready();
        owner.take_packets();
        shared.set_tag(1);
        io.join().unwrap();
        owner.read_if_ready();
        assert_eq!(owner.packets, [1]);
    });
}

#[test]
fn connections_of_two_io_threads_are_both_ready() {
    model(|| {
        let ready = Arc::<Ready>::default();
        let connections = [1, 2].map(|tag| {
            let shared = ConnectionState::new(None, Arc::downgrade(&ready), LIMITS, Arc::new(Budget::new(1000)));
            shared.set_tag(tag);
            shared
        });
        let threads = connections.clone().map(|shared| thread::spawn(move || connect(&shared)));
        let mut owner = ReadyConnections::new(ready);
        let mut tags = Vec::new();
        owner.report(|tag| tags.push(tag));
        for thread in threads {
            thread.join().unwrap();
        }
        owner.report(|tag| tags.push(tag));
        tags.sort_unstable();
        assert_eq!(tags, [1, 2]);
    });
}

#[test]
fn a_packet_for_an_owner_that_goes_does_not_stay() {
    model(|| {
        let budget = Arc::new(Budget::new(1000));
        let ready = Arc::<Ready>::default();
        let shared = ConnectionState::new(None, Arc::downgrade(&ready), LIMITS, Arc::clone(&budget));
        connect(&shared);
        let io = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.deliver(&[1])
        });
        shared.abandon();
        io.join().unwrap();
        assert_eq!(budget.used(), 0);
    });
}

#[test]
fn a_session_whose_connection_is_closed_just_then_is_ended_by_one_of_the_threads() {
    model(|| {
        let (_ready, shared) = of_server();
        let io = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.connected(KeyData::from_ffi(1 << 32 | 1).into(), None, 1000)
        });
        shared.end(EndReason::ClosedLocally);
        let owner_has_a_key = !shared.key().is_null();
        assert!(owner_has_a_key || !io.join().unwrap());
    });
}

#[test]
fn what_was_closed_or_is_connected_becomes_nobody_else_s() {
    model(|| {
        let (_ready, shared) = of_server();
        let [first, second] = [1, 2].map(|number| KeyData::from_ffi(1 << 32 | number).into());
        assert!(shared.connected(first, None, 1000));
        assert!(!shared.connected(second, None, 1000));
        shared.end(EndReason::ClosedLocally);
        assert!(!shared.connected(second, None, 1000));
        assert_eq!(shared.key(), first);
    });
}

#[test]
fn a_handshake_that_fails_is_never_listed_even_if_packets_came_early() {
    model(|| {
        let (ready, shared) = of_server();
        assert!(shared.deliver(b"early"));
        shared.end(EndReason::TooManyHandshakes);
        assert!(!is_listed(&ready));
    });
}

#[test]
fn packets_that_came_early_are_there_once_it_is_connected() {
    model(|| {
        let (ready, shared) = of_server();
        shared.deliver(b"early");
        connect(&shared);
        assert!(is_listed(&ready));
        assert_eq!(shared.inner.lock().inbox.len(), 1);
    });
}

#[test]
fn news_are_set_aside_once_until_they_are_told() {
    model(|| {
        let (_ready, shared) = of_server();
        connect(&shared);
        shared.set_tag(1);
        let take = || shared.take_packets(&mut |_, _| {});
        assert!(matches!(take(), ReadyOutcome::HasNews));
        assert!(matches!(take(), ReadyOutcome::Done));
        assert_eq!(shared.look(), (true, Some(1)));
        shared.end(EndReason::ClosedByPeer);
        assert!(matches!(take(), ReadyOutcome::HasNews));
    });
}

#[test]
fn a_connection_whose_news_were_told_is_listed_once() {
    model(|| {
        let (ready, shared) = of_server();
        connect(&shared);
        shared.set_tag(1);
        assert_eq!(ready.lock().drain().count(), 1);
        assert!(matches!(shared.take_packets(&mut |_, _| {}), ReadyOutcome::HasNews));
        assert_eq!(shared.look(), (true, Some(1)));
        shared.deliver(b"packet");
        assert!(!is_listed(&ready), "whoever told the news has it in hand still");
    });
}

#[test]
fn a_connection_that_is_set_aside_and_listed_again_is_reported_once() {
    model(|| {
        let (ready, shared) = of_server();
        connect(&shared);
        shared.set_tag(1);
        let mut owner = ReadyConnections::new(ready);
        owner.take_packets(|_, _| {});
        let io = thread::spawn({
            let shared = Arc::clone(&shared);
            move || assert!(shared.deliver(&[1]))
        });
        for _ in 0..2 {
            let mut tags = Vec::new();
            owner.report(|tag| tags.push(tag));
            assert!(tags.len() <= 1, "{tags:?}");
        }
        io.join().unwrap();
        let mut tags = Vec::new();
        owner.report(|tag| tags.push(tag));
        assert_eq!(tags, [1]);
    });
}

#[test]
fn connections_that_come_and_go_unseen_are_let_go_of() {
    let mut all = loom::model::Builder::new();
    all.max_branches = 100_000;
    all.check(|| {
        let ready = Arc::<Ready>::default();
        for _ in 0..1000 {
            let shared = ConnectionState::new(None, Arc::downgrade(&ready), LIMITS, Arc::new(Budget::new(1000)));
            connect(&shared);
            shared.abandon();
        }
        assert!(ready.lock().drain().count() < 500);
    });
}

#[test]
fn a_server_that_is_gone_keeps_no_connection_alive() {
    model(|| {
        let (ready, shared) = of_server();
        connect(&shared);
        assert!(is_listed(&ready));
        let alive = Arc::downgrade(&shared);
        drop((ready, shared));
        assert!(alive.upgrade().is_none());
    });
}
