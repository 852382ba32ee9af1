//! Tells which DTLS the linked OpenSSL speaks.

/// OpenSSL 4.1.0, the first with DTLS 1.3, as OPENSSL_VERSION_NUMBER has it.
const FIRST_WITH_DTLS13: u64 = 0x4010_0000;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(dtls13)");
    // Set by openssl-sys, in hexadecimal.
    let version = std::env::var("DEP_OPENSSL_VERSION_NUMBER").ok();
    let version = version.and_then(|digits| u64::from_str_radix(&digits, 16).ok());
    if version.is_some_and(|version| version >= FIRST_WITH_DTLS13) {
        println!("cargo::rustc-cfg=dtls13");
    }
}
