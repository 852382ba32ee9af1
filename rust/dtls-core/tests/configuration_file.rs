//! OpenSSL's configuration file is the machine's, not the game's.
#![allow(clippy::unwrap_used)]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use dtls_core::Cookies;
use dtls_test_support::{World, p256};

/// Tells the test that it is the process which it started.
const CHILD: &str = "DTLS_CORE_TEST_CHILD";

/// Read by OpenSSL, it leaves the process without a single algorithm.
const WITHOUT_ALGORITHMS: &str = "openssl_conf = all
[all]
providers = providers
[providers]
null = null
[null]
activate = 1
";

#[test]
fn no_configuration_file_is_read() {
    if env::var_os(CHILD).is_some() {
        // Ours comes first: the certificates of this test would have OpenSSL read the file.
        Cookies::new(Instant::now()).unwrap();
        World::new(&p256()).pair();
        return;
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("without_algorithms.cnf");
    fs::write(&file, WITHOUT_ALGORITHMS).unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "no_configuration_file_is_read", "--nocapture"])
        .env(CHILD, "1")
        .env("OPENSSL_CONF", file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
