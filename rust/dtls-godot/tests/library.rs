//! The library as Godot loads it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::env;
use std::fs;

use object::{Object as _, ObjectSymbol as _};

/// The library that cargo built beside this test.
fn library() -> Vec<u8> {
    let tests = env::current_exe().unwrap();
    fs::read(tests.with_file_name("libopenssl_dtls.so")).unwrap()
}

/// With it gdext keeps thread-locals from pinning the library when the editor reloads it. Godot loads libraries without
/// showing their symbols to each other, so every gdext addon may have one.
const RELOAD_HOOK_OF_GDEXT: &str = "__cxa_thread_atexit_impl";

#[test]
fn it_exports_its_entry_symbol_and_nothing_of_openssl() {
    let library = library();
    let file = object::File::parse(&*library).unwrap();
    let mut exported: Vec<String> = file
        .dynamic_symbols()
        .filter(|symbol| symbol.is_global() && symbol.is_definition())
        .map(|symbol| symbol.name().unwrap().to_owned())
        .collect();
    exported.sort_unstable();
    assert_eq!(exported, [RELOAD_HOOK_OF_GDEXT, "openssl_dtls_init"]);
}

#[test]
fn it_needs_no_library_of_openssl() {
    let library = library();
    let file = object::File::parse(&*library).unwrap();
    let from_openssl: Vec<&str> = file
        .dynamic_symbols()
        .filter(|symbol| symbol.is_undefined())
        .map(|symbol| symbol.name().unwrap())
        .filter(|name| name.starts_with("SSL_") || name.starts_with("EVP_"))
        .collect();
    assert_eq!(from_openssl, [""; 0]);
}
