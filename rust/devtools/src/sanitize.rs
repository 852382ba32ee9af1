//! Runs Rust tests under a sanitizer, with OpenSSL compiled anew for it.

use std::env::consts::ARCH;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use xtask::project::Project;

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Sanitizer {
    /// Find data races in dtls-io, the crate with the threads
    Thread,
    /// Find misuse of memory and leaks in dtls-core, dtls-io and dtls-enet
    Address,
}

/// Tests that measure the memory of the process, most of which is the sanitizer's.
const MEASURES: [&str; 3] = [
    "what_handshakes_needed_that_were_all_under_way_at_once_is_given_back",
    "clients_that_come_and_go_leave_nothing_behind_and_touch_no_later_one",
    "a_half_open_",
];

/// Without descriptors the sanitizer cannot start the program that names functions, by which it knows what not to report.
const WITHOUT_DESCRIPTORS: &str = "without_descriptors_";

/// What the sanitizers must not report, and why.
const RACES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/thread.supp");
const LEAKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/leak.supp");

pub(crate) fn run(project: &Project, sanitizer: Sanitizer, filter: Option<&str>) -> Result<()> {
    ensure!(cfg!(all(target_os = "linux", target_env = "gnu")), "the sanitizers need Linux with glibc");
    let (mut tests, skipped) = match sanitizer {
        Sanitizer::Thread => {
            // OpenSSL counts references in a way that the sanitizer understands where it knows of it. It recognizes Clang's
            // itself.
            let mut tests = tests_with(project, "thread", "-DOSSL_TSAN_BUILD", "");
            tests.args(["--package", "dtls-io"]);
            tests.env("TSAN_OPTIONS", format!("suppressions={RACES}"));
            (tests, [WITHOUT_DESCRIPTORS].as_slice())
        }
        Sanitizer::Address => {
            // It knows the system's allocator only.
            let mut tests = tests_with(project, "address", "", "--cfg system_malloc");
            tests.args(["--package", "dtls-core", "--package", "dtls-io", "--package", "dtls-enet"]);
            tests.env("LSAN_OPTIONS", format!("suppressions={LEAKS}"));
            (tests, MEASURES.as_slice())
        }
    };
    // Some tests count what the whole process does.
    tests.args(["--", "--test-threads=1"]).args(filter);
    tests.args(skipped.iter().flat_map(|test| ["--skip", test]));
    let status = tests.status().context("cannot start cargo")?;
    ensure!(status.success(), "a test failed, or the sanitizer has found something");
    Ok(())
}

/// `cargo test` where C and Rust are compiled with a sanitizer, and with more flags.
fn tests_with(project: &Project, sanitizer: &str, c_flags: &str, rust_flags: &str) -> Command {
    let target = format!("{ARCH}-unknown-linux-gnu");
    let mut tests = project.cargo();
    tests.args(["test", "--tests", "--no-fail-fast"]);
    // With a target, the flags do not apply to build scripts.
    tests.args(["--target", &target, "--target-dir"]).arg(project.target().join(format!("sanitize-{sanitizer}")));
    // The stable compiler has the sanitizers, but their flags are unstable. Its standard library is compiled without them.
    tests.env("RUSTC_BOOTSTRAP", "1");
    let unstable = format!("-Zsanitizer={sanitizer} -Cunsafe-allow-abi-mismatch=sanitizer");
    tests.env("RUSTFLAGS", format!("{unstable} {rust_flags}"));
    tests.env(format!("CFLAGS_{}", target.replace('-', "_")), format!("-fsanitize={sanitizer} {c_flags}"));
    tests
}
