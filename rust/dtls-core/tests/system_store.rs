//! The store of the operating system, which is read once a process: each test has one of its own.
#![allow(clippy::unwrap_used)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dtls_core::{ClientOptions, State};
use dtls_test_support::{HOST, World, credentials, exchange, p256, self_signed};
use openssl::pkey::PKey;
use openssl::x509::X509;

/// Tells a test that it is the process which a test of that name started.
const CHILD: &str = "DTLS_CORE_TEST_CHILD";

/// Runs `body` in a process whose system store holds what `store` puts into the file.
fn with_store(test: &str, store: impl Fn(&Path), body: impl Fn(&Path)) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    if env::var_os(CHILD).is_some() {
        return body(&folder);
    }
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("store.pem");
    store(&file);
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        .env("SSL_CERT_FILE", file)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// A server's key and certificate, which the process that is started reads back.
fn write_server(folder: &Path) -> X509 {
    let key = p256();
    let own = self_signed(&key, -1..1);
    fs::write(folder.join("server.key"), key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    fs::write(folder.join("server.crt"), own.to_pem().unwrap()).unwrap();
    own
}

/// What a client with default options says of the server; empty when they connect.
fn words_of_default_client(folder: &Path) -> String {
    let key = PKey::private_key_from_pem(&fs::read(folder.join("server.key")).unwrap()).unwrap();
    let own = X509::from_pem(&fs::read(folder.join("server.crt")).unwrap()).unwrap();
    let (mut client, mut server) = World::of(credentials(&key, &[own]), &ClientOptions::default()).introduce(HOST);
    exchange(&mut client, &mut server);
    match client.session.state() {
        State::Ended(reason) => reason.to_string(),
        State::Connected => String::new(),
        State::Handshaking => panic!("the handshake is stuck"),
    }
}

#[test]
fn a_certificate_in_the_system_store_is_trusted_by_default() {
    with_store(
        "a_certificate_in_the_system_store_is_trusted_by_default",
        |store| {
            let own = write_server(store.parent().unwrap());
            fs::write(store, own.to_pem().unwrap()).unwrap();
        },
        |folder| assert_eq!(words_of_default_client(folder), ""),
    );
}

#[test]
fn a_certificate_that_is_not_in_the_system_store_is_refused_by_default() {
    with_store(
        "a_certificate_that_is_not_in_the_system_store_is_refused_by_default",
        |store| {
            write_server(store.parent().unwrap());
            fs::write(store, self_signed(&p256(), -1..1).to_pem().unwrap()).unwrap();
        },
        |folder| assert!(words_of_default_client(folder).contains("self-signed certificate")),
    );
}

#[test]
fn without_a_system_store_an_unknown_certificate_is_refused_by_default() {
    with_store(
        "without_a_system_store_an_unknown_certificate_is_refused_by_default",
        |store| {
            write_server(store.parent().unwrap());
            fs::write(store, "").unwrap();
        },
        |folder| assert!(words_of_default_client(folder).contains("self-signed certificate")),
    );
}
