//! Which certificates a client refuses, and what it says about them.
#![allow(clippy::unwrap_used)]

use dtls_core::{ClientOptions, Credentials, EndReason, IoBuffers, OptionsError, Session, State, Trust, Verification};
use dtls_test_support::{End, HOST, Recipe, World, credentials, exchange, options, p256, self_signed};
use openssl::x509::X509;

/// Runs a handshake for `host`; the client's words, empty when connected, and the server.
fn words(credentials: Credentials, client: &ClientOptions, host: &str) -> (String, End) {
    let (mut client, mut server) = World::of(credentials, client).introduce(host);
    exchange(&mut client, &mut server);
    let words = match client.session.state() {
        State::Ended(reason) => reason.to_string(),
        State::Connected => String::new(),
        State::Handshaking => panic!("the handshake is stuck"),
    };
    (words, server)
}

fn trusting(anchor: &X509) -> ClientOptions {
    options!(ClientOptions { trust: Trust::Anchors(vec![anchor.clone()]), ..Default::default() })
}

#[test]
fn a_trusted_certificate_for_the_host_is_accepted() {
    let key = p256();
    let own = self_signed(&key, -1..1);
    assert_eq!(words(credentials(&key, std::slice::from_ref(&own)), &trusting(&own), HOST).0, "");
}

#[test]
fn a_wrong_host_is_refused_by_name_and_the_server_notices() {
    let key = p256();
    let own = self_signed(&key, -1..1);
    let (words, server) = words(credentials(&key, std::slice::from_ref(&own)), &trusting(&own), "other.example");
    assert!(words.contains("not valid for \"other.example\""), "{words}");
    assert!(matches!(server.session.state(), State::Ended(EndReason::Alert(_))), "{:?}", server.session);
}

#[test]
fn the_name_override_is_checked_instead_of_the_host() {
    let key = p256();
    let own = self_signed(&key, -1..1);
    let right = options!(ClientOptions { name_override: HOST.into(), ..trusting(&own) });
    assert_eq!(words(credentials(&key, std::slice::from_ref(&own)), &right, "192.0.2.1").0, "");
    let wrong = options!(ClientOptions { name_override: "other.example".into(), ..trusting(&own) });
    assert!(words(credentials(&key, &[own]), &wrong, HOST).0.contains("other.example"));
}

#[test]
fn an_untrusted_issuer_is_refused() {
    let (key, stranger) = (p256(), p256());
    let own = self_signed(&key, -1..1);
    let client = trusting(&self_signed(&stranger, -1..1));
    let (mut client, mut server) = World::of(credentials(&key, &[own]), &client).introduce(HOST);
    exchange(&mut client, &mut server);
    let State::Ended(EndReason::CertificateRefused(error)) = client.session.state() else {
        panic!("{:?}", client.session)
    };
    assert!(error.is_untrusted() && !error.is_name_mismatch());
    assert_eq!(error.to_string(), "self-signed certificate (depth 0)");
}

#[test]
fn an_expired_certificate_is_refused_with_what_to_do() {
    let key = p256();
    let own = self_signed(&key, -2..-1);
    let words = words(credentials(&key, std::slice::from_ref(&own)), &trusting(&own), HOST).0;
    assert_eq!(words, "certificate has expired (depth 0): renew the certificate, or set this device's clock");
}

#[test]
fn a_certificate_of_the_future_is_refused() {
    let key = p256();
    let own = self_signed(&key, 1..2);
    let words = words(credentials(&key, std::slice::from_ref(&own)), &trusting(&own), HOST).0;
    assert!(words.starts_with("certificate is not yet valid"), "{words}");
}

#[test]
fn a_chain_is_followed_to_its_anchor() {
    let root = Recipe::authority("root").self_signed();
    let own = Recipe::server().signed_by(&root);
    assert_eq!(words(credentials(&own.key, &[own.certificate]), &trusting(&root.certificate), HOST).0, "");
}

#[test]
fn unsafe_verification_checks_the_chain_if_asked_and_never_the_name() {
    let key = p256();
    let own = self_signed(&key, -1..1);
    let chain_only = |anchor| options!(ClientOptions { verification: Verification::Chain, ..trusting(anchor) });
    assert_eq!(words(credentials(&key, std::slice::from_ref(&own)), &chain_only(&own), "other.example").0, "");
    let stranger = self_signed(&p256(), -1..1);
    assert_ne!(words(credentials(&key, std::slice::from_ref(&own)), &chain_only(&stranger), HOST).0, "");
    let nothing = options!(ClientOptions { verification: Verification::Nothing, ..Default::default() });
    assert_eq!(words(credentials(&key, &[own]), &nothing, "other.example").0, "");
}

#[test]
fn without_a_name_a_client_that_verifies_does_not_start() {
    let world = World::new(&p256());
    let mut buffers = IoBuffers::new();
    let refused = Session::connect(&world.client, "", world.now, &mut buffers);
    assert_eq!(refused.map(drop), Err(OptionsError::NoName));
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let (key, other) = (p256(), p256());
    let pem = other.private_key_to_pem_pkcs8().unwrap();
    let refused = Credentials::from_pem(&pem, None, &self_signed(&key, -1..1).to_pem().unwrap());
    assert_eq!(refused.map(drop), Err(OptionsError::KeyMismatch));
}

#[test]
fn an_encrypted_key_asks_for_its_passphrase_and_not_on_the_terminal() {
    let key = p256();
    let chain = self_signed(&key, -1..1).to_pem().unwrap();
    let cipher = openssl::symm::Cipher::aes_256_cbc();
    let pem = key.private_key_to_pem_pkcs8_passphrase(cipher, b"secret").unwrap();
    assert!(Credentials::from_pem(&pem, Some(b"secret"), &chain).is_ok());
    for wrong in [None, Some(&b"wrong"[..])] {
        assert_eq!(Credentials::from_pem(&pem, wrong, &chain).map(drop), Err(OptionsError::Passphrase));
    }
}

#[test]
fn text_without_pem_says_what_is_missing() {
    let key = p256();
    let chain = self_signed(&key, -1..1).to_pem().unwrap();
    let key = key.private_key_to_pem_pkcs8().unwrap();
    assert_eq!(Credentials::from_pem(b"", None, &chain).map(drop), Err(OptionsError::NoPrivateKey));
    assert_eq!(Credentials::from_pem(&key, None, b"").map(drop), Err(OptionsError::NoCertificate));
    let cut = &chain[..chain.len() / 2];
    assert!(matches!(Credentials::from_pem(&key, None, cut), Err(OptionsError::BadCertificate(_))));
}

#[test]
fn debug_shows_no_key() {
    let key = p256();
    let shown = format!("{:?}", credentials(&key, &[self_signed(&key, -1..1)]));
    let secret = key.ec_key().unwrap().private_key().to_hex_str().unwrap().to_lowercase();
    assert!(!shown.to_lowercase().contains(&secret) && !shown.contains("PRIVATE"), "{shown}");
    assert!(shown.ends_with("], .. }"), "the key is left out: {shown}");
}
