//! Threads that are stopped: all of the process, so there is no other test here.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use common::World;
use dtls_core::State;

#[test]
fn every_thread_can_be_stopped_whoever_holds_its_connections() {
    let world = World::new();
    let (client, server) = world.pair();
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
