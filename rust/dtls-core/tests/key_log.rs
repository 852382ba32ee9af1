//! A key log on a disk that is full.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use dtls_core::{ClientOptions, KeyLog, ServerOptions};
use dtls_test_support::{World, exchange, options, trusting_pair};

/// Tells the test that it runs in a process of its own.
const ROLE: &str = "OPENSSL_DTLS_TEST_WRITES_TO_FULL_DISK";

/// Clients and servers that write to a full disk.
fn connect_some() {
    let full = KeyLog::open(Path::new("/dev/full")).unwrap();
    let (server, client) = trusting_pair();
    let server = options!(ServerOptions { key_log: Some(full.clone()), ..server });
    let client = options!(ClientOptions { key_log: Some(full), ..client });
    let mut world = World::between(&server, &client);
    for _ in 0..5 {
        let (mut client, mut server) = world.pair();
        client.send(b"in spite of it");
        exchange(&mut client, &mut server);
        assert_eq!(server.received, [b"in spite of it"]);
    }
}

#[test]
fn connections_go_on_without_room_for_the_key_log_and_the_failure_is_told_once() {
    if std::env::var_os(ROLE).is_some() {
        return connect_some();
    }
    let test = "connections_go_on_without_room_for_the_key_log_and_the_failure_is_told_once";
    let mut again = Command::new(std::env::current_exe().unwrap());
    let output = again.args(["--exact", test, "--nocapture"]).env(ROLE, "").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert_eq!(told.matches("key log").count(), 1, "{told}");
    assert!(told.contains("No space left on device"), "{told}");
}
