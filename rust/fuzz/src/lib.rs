//! Hostile input for `dtls-core` and `dtls-enet`.
//!
//! Each target takes any bytes, and panics if a promise of theirs is broken. `cargo xtask fuzz` has libFuzzer look for such
//! bytes; the inputs in `seeds` are run as ordinary tests. A run depends on its input only: OpenSSL's randomness and clock are
//! replaced.
#![allow(clippy::expect_used)] // a target fails by panicking
#![allow(clippy::field_reassign_with_default)] // the options of dtls-core are made like this

mod ffi;
mod party;
mod peers;
mod record;
mod script;
mod targets;
mod wire;
mod worlds;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use record::record;

/// The names of all targets.
pub fn targets() -> impl Iterator<Item = &'static str> {
    targets::ALL.iter().map(|(name, _)| *name)
}

/// Has a target deal with an input.
///
/// # Panics
/// If the target has found something, or there is none of that name.
pub fn run(target: &str, input: &[u8]) {
    let (_, run) = targets::ALL.iter().find(|(name, _)| *name == target).expect("a target of that name");
    let _alone = start();
    run(input);
}

/// Starts a run, alone: the memory it uses is measured as that of the process.
fn start() -> MutexGuard<'static, ()> {
    static RUN: Mutex<()> = Mutex::new(());
    // A run that has found something has no state that another could see.
    let alone = RUN.lock().unwrap_or_else(PoisonError::into_inner);
    warm_up();
    ffi::reset();
    alone
}

/// Has OpenSSL draw what it draws once, so that the first run is like the others.
fn warm_up() {
    thread_local! {
        static HANDSHAKE: () = {
            ffi::reset();
            record::flights(0);
        };
    }
    HANDSHAKE.with(|()| {});
}
