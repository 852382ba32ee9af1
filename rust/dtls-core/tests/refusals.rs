//! The trust matrix: every flaw of a certificate or its chain, and the words for it.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use dtls_core::{ClientOptions, Cookies, Credentials, OptionsError, ServerConfig, ServerOptions, State, Trust};
use dtls_test_support::{HOST, Issued, Recipe, World, exchange, options};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;

fn credentials(chain: &[&Issued]) -> Credentials {
    let pem: Vec<u8> = chain.iter().flat_map(|issued| issued.certificate.to_pem().unwrap()).collect();
    Credentials::from_pem(&chain[0].key.private_key_to_pem_pkcs8().unwrap(), None, &pem).unwrap()
}

/// What a client that trusts `anchor` says of a server that shows `chain`; empty when they connect.
fn words(chain: &[&Issued], anchor: &Issued, host: &str) -> String {
    let trust = Trust::Anchors(vec![anchor.certificate.clone()]);
    let client = options!(ClientOptions { trust, ..Default::default() });
    let (mut client, mut server) = World::of(credentials(chain), &client).introduce(host);
    exchange(&mut client, &mut server);
    match client.session.state() {
        State::Ended(reason) => reason.to_string(),
        State::Connected => String::new(),
        State::Handshaking => panic!("the handshake is stuck"),
    }
}

/// What a server that is given `chain` says of it before any client comes.
fn words_of_server(chain: &[&Issued]) -> String {
    let options = options!(ServerOptions { credentials: Some(credentials(chain)), ..Default::default() });
    let refused = ServerConfig::new(&options, Arc::new(Cookies::new(Instant::now()).unwrap()));
    match refused.map(drop) {
        Ok(()) => String::new(),
        // OpenSSL's reason.
        Err(OptionsError::OpenSsl(reason)) => reason.to_string(),
        Err(error) => error.to_string(),
    }
}

fn rsa(bits: u32) -> PKey<openssl::pkey::Private> {
    PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
}

#[test]
fn every_flaw_is_refused_in_words_of_its_own() {
    let root = Recipe::authority("root").self_signed();
    let stranger = Recipe::authority("stranger").self_signed();
    let middle = Recipe::authority("middle").signed_by(&root);
    let no_authority = Recipe::server().common_name("no authority").signed_by(&root);
    let last = Recipe::authority_over("last", 0).signed_by(&root);
    let beyond = Recipe::authority("beyond").signed_by(&last);
    let weak_root = Recipe::authority("weak root").key(rsa(1024)).self_signed();
    let own = || Recipe::server();
    let mut seen = HashMap::new();
    for (flaw, expected, said) in [
        ("expired", "has expired", words(&[&own().days(-2..-1).signed_by(&root)], &root, HOST)),
        ("of the future", "not yet valid", words(&[&own().days(1..2).signed_by(&root)], &root, HOST)),
        ("for another host", "not valid for", words(&[&own().signed_by(&root)], &root, "other.example")),
        ("for clients only", "purpose", words(&[&own().for_clients_only().signed_by(&root)], &root, HOST)),
        ("self-signed", "self-signed certificate (", words(&[&own().self_signed()], &root, HOST)),
        ("of a stranger", "in certificate chain", words(&[&own().signed_by(&stranger), &stranger], &root, HOST)),
        ("without its issuer", "local issuer", words(&[&own().signed_by(&middle)], &root, HOST)),
        ("by no authority", "invalid CA", words(&[&own().signed_by(&no_authority), &no_authority], &root, HOST)),
        ("too far down", "path length", words(&[&own().signed_by(&beyond), &beyond, &last], &root, HOST)),
        ("by a weak key", "CA certificate key too weak", words(&[&own().signed_by(&weak_root)], &weak_root, HOST)),
        ("with a weak key", "key too small", words_of_server(&[&own().key(rsa(1024)).signed_by(&root)])),
        ("with a weak digest", "md too weak", {
            words_of_server(&[&own().digest(MessageDigest::sha1()).signed_by(&root)])
        }),
    ] {
        assert!(said.contains(expected), "{flaw}: {said}");
        if let Some(other) = seen.insert(said, flaw) {
            panic!("the same words for \"{flaw}\" and \"{other}\"");
        }
    }
}

#[test]
fn the_same_chains_without_a_flaw_are_accepted() {
    let root = Recipe::authority("root").self_signed();
    let middle = Recipe::authority_over("middle", 0).signed_by(&root);
    let own = Recipe::server().signed_by(&middle);
    assert_eq!(words(&[&own, &middle], &root, HOST), "");
    // An authority in the middle of the chain can be the one that is trusted, and so can the certificate itself.
    assert_eq!(words(&[&own], &middle, HOST), "");
    assert_eq!(words(&[&own], &own, HOST), "");
}

#[test]
fn names_are_matched_as_certificates_mean_them() {
    let dns: &[&str] = &["one.example", "*.wild.example", "*.org", "w*.part.example", "xn--bcher-kva.example"];
    let named = Recipe::server().common_name("common.example").dns_names(dns).self_signed();
    let addressed = Recipe::server().dns_names(&[]).addresses(&["192.0.2.1", "2001:db8::1"]).self_signed();
    let common = Recipe::server().common_name("common.example").dns_names(&[]).self_signed();
    let address_as_name = Recipe::server().common_name("192.0.2.1").dns_names(&["192.0.2.1"]).self_signed();
    for (own, host, accepted) in [
        (&named, "one.example", true),
        (&named, "ONE.Example", true),
        (&named, "one.example.", true),
        (&named, "two.example", false),
        (&named, "example", false),
        (&named, "one.example.evil", false),
        // A wildcard stands for one whole label, not for more, none, a part of one, or a whole domain.
        (&named, "a.wild.example", true),
        (&named, "a.b.wild.example", false),
        (&named, "wild.example", false),
        (&named, "www.part.example", false),
        (&named, "example.org", false),
        (&named, "bücher.example", true),
        (&named, "BÜCHER.example", true),
        (&named, "bucher.example", false),
        // A common name counts where there are no DNS names, and never for an address.
        (&named, "common.example", false),
        (&common, "common.example", true),
        (&addressed, "192.0.2.1", true),
        (&addressed, "192.0.2.2", false),
        (&addressed, "2001:db8::1", true),
        (&addressed, "2001:0DB8:0::1", true),
        (&addressed, "2001:db8::2", false),
        (&address_as_name, "192.0.2.1", false),
    ] {
        let said = words(&[own], own, host);
        assert_eq!(said.is_empty(), accepted, "{host}: {said}");
        assert!(accepted || said.contains("not valid for"), "{host}: {said}");
    }
}
