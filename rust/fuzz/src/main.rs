//! The program that libFuzzer drives; the environment says with which target.
#![no_main]
#![allow(unsafe_code, missing_docs)] // of the macro
#![allow(clippy::expect_used)]

use std::sync::LazyLock;

static TARGET: LazyLock<String> = LazyLock::new(|| std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target"));

libfuzzer_sys::fuzz_target!(|input: &[u8]| dtls_fuzz::run(&TARGET, input));
