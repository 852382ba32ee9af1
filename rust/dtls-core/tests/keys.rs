//! Keys of every kind, and every form in which files hold keys and certificates.
#![allow(clippy::unwrap_used)]

use dtls_core::{ClientOptions, Credentials, OptionsError, Trust};
use dtls_test_support::{Issued, Recipe, World, credentials, options, p256, rsa2048};
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};

fn p384() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::SECP384R1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn ed25519() -> PKey<Private> {
    PKey::generate_ed25519().unwrap()
}

/// A client that trusts `anchor` connects to a server with `credentials`.
fn assert_connects(credentials: Credentials, anchor: &Issued) {
    let trust = Trust::Anchors(vec![anchor.certificate.clone()]);
    World::of(credentials, &options!(ClientOptions { trust, ..Default::default() })).pair();
}

fn pem_of(certificates: &[&Issued]) -> Vec<u8> {
    certificates.iter().flat_map(|issued| issued.certificate.to_pem().unwrap()).collect()
}

fn pkcs8(key: &PKey<Private>) -> Vec<u8> {
    key.private_key_to_pem_pkcs8().unwrap()
}

#[test]
fn keys_of_every_kind_connect() {
    for key in [rsa2048(), p256(), p384()] {
        let own = Recipe::server().key(key).self_signed();
        assert_connects(credentials(&own.key, std::slice::from_ref(&own.certificate)), &own);
    }
}

#[test]
fn an_authority_with_an_ed25519_key_is_trusted_like_any_other() {
    let root = Recipe::authority("root").key(ed25519()).self_signed();
    let own = Recipe::server().signed_by(&root);
    assert_connects(credentials(&own.key, std::slice::from_ref(&own.certificate)), &root);
}

#[test]
fn ed25519_keys_are_refused_in_words() {
    let own = Recipe::server().key(ed25519()).self_signed();
    let refused = Credentials::from_pem(&pkcs8(&own.key), None, &pem_of(&[&own]));
    assert_eq!(refused.map(drop), Err(OptionsError::KeyKind));
}

#[test]
fn keys_are_taken_in_every_form_of_pem() {
    let rsa = Recipe::server().key(rsa2048()).self_signed();
    let ec = Recipe::server().self_signed();
    for (own, form, pem) in [
        (&rsa, "BEGIN PRIVATE KEY", pkcs8(&rsa.key)),
        (&rsa, "BEGIN RSA PRIVATE KEY", rsa.key.rsa().unwrap().private_key_to_pem().unwrap()),
        (&ec, "BEGIN PRIVATE KEY", pkcs8(&ec.key)),
        (&ec, "BEGIN EC PRIVATE KEY", ec.key.ec_key().unwrap().private_key_to_pem().unwrap()),
    ] {
        assert!(String::from_utf8_lossy(&pem).contains(form), "not in the form to test");
        assert_connects(Credentials::from_pem(&pem, None, &pem_of(&[own])).unwrap(), own);
    }
}

#[test]
fn keys_encrypted_in_the_old_and_the_new_form_are_taken_with_their_passphrase() {
    let own = Recipe::server().key(rsa2048()).self_signed();
    let cipher = openssl::symm::Cipher::aes_128_cbc();
    for pem in [
        own.key.rsa().unwrap().private_key_to_pem_passphrase(cipher, b"secret").unwrap(),
        own.key.private_key_to_pem_pkcs8_passphrase(cipher, b"secret").unwrap(),
    ] {
        assert_connects(Credentials::from_pem(&pem, Some(b"secret"), &pem_of(&[&own])).unwrap(), &own);
        let refused = Credentials::from_pem(&pem, None, &pem_of(&[&own]));
        assert_eq!(refused.map(drop), Err(OptionsError::Passphrase));
    }
}

#[test]
fn what_editors_and_tools_put_around_pem_is_passed_over() {
    let own = Recipe::server().self_signed();
    let (key, chain) = (pkcs8(&own.key), pem_of(&[&own]));
    let windows = |pem: &[u8]| String::from_utf8_lossy(pem).replace('\n', "\r\n").into_bytes();
    let around = |before: &[u8], pem: &[u8], after: &[u8]| [before, pem, after].concat();
    // What openssl's ecparam writes before a key.
    let parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    for (case, key, chain) in [
        ("the line ends of Windows", windows(&key), windows(&chain)),
        ("the byte order mark of Windows", around(b"\xef\xbb\xbf", &key, b""), around(b"\xef\xbb\xbf", &chain, b"")),
        ("a description", around(b"Bag Attributes\n\n", &key, b""), around(b"subject=CN = x\n", &chain, b"")),
        ("the parameters of a curve", around(parameters, &key, b""), chain.clone()),
        ("garbage at the end", around(b"", &key, b"\0\0\xff.\n"), around(b"", &chain, b"\0\xff-----BEGIN\n")),
        ("no line end", key.trim_ascii_end().to_vec(), chain.trim_ascii_end().to_vec()),
        ("both in one file", around(&chain, &key, b""), around(&key, &chain, b"")),
    ] {
        match Credentials::from_pem(&key, None, &chain) {
            Ok(credentials) => assert_connects(credentials, &own),
            Err(error) => panic!("{case}: {error}"),
        }
    }
}

#[test]
fn the_own_certificate_is_the_one_of_the_key_wherever_it_stands() {
    let root = Recipe::authority("root").self_signed();
    let first = Recipe::authority("first").signed_by(&root);
    let second = Recipe::authority("second").signed_by(&first);
    let own = Recipe::server().signed_by(&second);
    for order in [
        [&own, &second, &first, &root],
        [&own, &root, &first, &second],
        [&root, &first, &second, &own],
        [&second, &own, &root, &first],
    ] {
        assert_connects(Credentials::from_pem(&pkcs8(&own.key), None, &pem_of(&order)).unwrap(), &root);
    }
    let without_own = pem_of(&[&second, &first, &root]);
    let refused = Credentials::from_pem(&pkcs8(&own.key), None, &without_own);
    assert_eq!(refused.map(drop), Err(OptionsError::KeyMismatch));
}
