//! Runs the tests of dtls-io, the crate with the threads, under a sanitizer.

use std::env::consts::ARCH;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use crate::project::Project;

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Sanitizer {
    /// Find data races, also in OpenSSL, which is compiled anew for it
    Thread,
}

/// Tests that measure the memory of the process, most of which is the sanitizer's.
const MEASURES: [&str; 2] = [
    "what_handshakes_needed_that_were_all_under_way_at_once_is_given_back",
    "clients_that_come_and_go_leave_nothing_behind_and_touch_no_later_one",
];

/// What ThreadSanitizer must not report, and why.
const SUPPRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/thread.supp");

pub(crate) fn run(project: &Project, sanitizer: Sanitizer, filter: Option<&str>) -> Result<()> {
    ensure!(cfg!(all(target_os = "linux", target_env = "gnu")), "the sanitizers need Linux with glibc");
    let Sanitizer::Thread = sanitizer;
    let target = format!("{ARCH}-unknown-linux-gnu");
    let mut tests = project.cargo();
    tests.args(["test", "--package", "dtls-io", "--tests", "--no-fail-fast"]);
    // With a target, the flags do not apply to build scripts.
    tests.args(["--target", &target, "--target-dir"]).arg(project.target().join("sanitize-thread"));
    // The stable compiler has the sanitizers, but their flags are unstable. Its standard library is compiled without them.
    tests.env("RUSTC_BOOTSTRAP", "1");
    tests.env("RUSTFLAGS", "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer");
    // OpenSSL counts references in a way that the sanitizer understands where it knows of it. It recognizes Clang's itself.
    tests.env(format!("CFLAGS_{}", target.replace('-', "_")), "-fsanitize=thread -DOSSL_TSAN_BUILD");
    tests.env("TSAN_OPTIONS", format!("suppressions={SUPPRESSIONS}"));
    // Some tests count what the whole process does.
    tests.args(["--", "--test-threads=1"]).args(MEASURES.map(|test| ["--skip", test]).as_flattened()).args(filter);
    let status = tests.status().context("cannot start cargo")?;
    ensure!(status.success(), "a test failed, or the sanitizer has found something");
    Ok(())
}
