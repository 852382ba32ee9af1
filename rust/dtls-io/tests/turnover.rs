//! Clients that come and go for as long as a server runs. Memory is measured, so there is no other test here.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Instant;

use common::{World, end_of, is_connected, receive, settings, until};
use dtls_core::{EndReason, Transport};
use dtls_io::{Connection, SendError};

/// As in the library; OpenSSL has it, too.
#[cfg(not(system_malloc))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many come and go before the first measurement: caches fill, and threads start.
const WARM_UP: usize = 200;

/// How many come and go then, unless the environment says another number.
const CLIENTS: usize = 1000;
const CLIENTS_VARIABLE: &str = "TURNOVER_CLIENTS";

/// How much more memory the process may have at the end, in KiB: 65,535 clients that leave 32 bytes each have as much.
const MOST_MORE: usize = 2048;

/// What a process has that clients could leave behind.
#[derive(Debug, PartialEq, Eq)]
struct Belongings {
    descriptors: usize,
    threads: usize,
    connections: u64,
    queued_bytes: u64,
}

impl Belongings {
    fn of(world: &World) -> Self {
        let count = |folder: &str| std::fs::read_dir(folder).unwrap().count();
        let statistics = world.server.statistics();
        Self {
            descriptors: count("/proc/self/fd"),
            threads: count("/proc/self/task"),
            connections: statistics.connections,
            queued_bytes: statistics.queued_bytes,
        }
    }
}

/// What this process has to itself and resident, in KiB.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Has `count` clients join, send a packet and go, one after the other. What is left of a client at each end does nothing to
/// the next one, which has its places.
fn come_and_go(world: &World, count: usize) {
    let mut last: Option<(Connection, Connection)> = None;
    for number in 0..count {
        let (client, server) = world.pair();
        if let Some((old_client, old_server)) = last.take() {
            for old in [&old_client, &old_server] {
                assert_eq!(old.send(b"from before"), Err(SendError::NotConnected));
                old.close();
            }
        }
        let packet = number.to_le_bytes();
        client.send(&packet).unwrap();
        assert_eq!(receive(&server), packet);
        server.send(&packet).unwrap();
        assert_eq!(receive(&client), packet);
        assert!(is_connected(&client) && is_connected(&server), "client {number}");
        client.close();
        assert_eq!(end_of(&server), EndReason::ClosedByPeer);
        last = Some((client, server));
    }
}

#[test]
fn clients_that_come_and_go_leave_nothing_behind_and_touch_no_later_one() {
    let clients = std::env::var(CLIENTS_VARIABLE).map_or(CLIENTS, |count| count.parse().unwrap());
    let world = World::with_psk(settings(), Transport::default());
    let lasting = world.pair();
    come_and_go(&world, WARM_UP);
    let nobody_else = || (world.server.statistics().connections == 1).then_some(());
    until("the last to be gone", nobody_else);
    let (before, memory_before) = (Belongings::of(&world), memory());
    let start = Instant::now();

    come_and_go(&world, clients);

    until("the last to be gone", nobody_else);
    println!("{clients} clients in {:?}, {memory_before} KiB before, {} KiB after", start.elapsed(), memory());
    until("everything to be as it was", || (Belongings::of(&world) == before).then_some(()));
    until("memory", || (memory() <= memory_before + MOST_MORE).then_some(()));
    assert_eq!(world.server.statistics().handshakes_done, (1 + WARM_UP + clients) as u64);
    lasting.0.send(b"still here").unwrap();
    assert_eq!(receive(&lasting.1), b"still here");
}
