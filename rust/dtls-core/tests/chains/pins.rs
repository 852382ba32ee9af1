//! What a client with pins accepts: exactly the certificates or keys that it pinned.

use dtls_core::{ClientOptions, Pin, Verification};
use openssl::nid::Nid;
use openssl::sha::sha256;
use openssl::x509::X509;

use crate::case::{Accept, Chain, Path, Refuse, Verdict, leaf};
use crate::certificate::{Der, Draft, years};
use crate::der::long_length;
use crate::extension::{CLIENT_AUTH, alt_names, basic_constraints, dns, extended_key_usage};
use crate::keys::{dsa, on_curve, p256, rsa};
use crate::{HOST, ours};

struct Case {
    what: &'static str,
    shown: Chain,
    pins: Vec<Pin>,
    expected: Verdict,
}

fn certificate(der: &Der) -> Pin {
    Pin::Certificate(sha256(der))
}

fn key(der: &Der) -> Pin {
    Pin::of_key(&X509::from_der(der).unwrap()).unwrap()
}

/// A certificate that signs itself, alone.
fn alone(draft: &Draft) -> Chain {
    Chain { shown: vec![draft.self_signed()], key: draft.key.clone(), anchors: Vec::new() }
}

fn cases() -> Vec<Case> {
    let case = |what, shown: &Chain, pins: Vec<Pin>, expected| Case { what, shown: shown.clone(), pins, expected };
    let good = Path::new().chain();
    let own = &good.shown[0];
    let root = &good.anchors[0];
    // The pinned certificate, shown by somebody with another key.
    let thief = Draft::leaf().key(p256("thief"));
    let stolen = |shown: Vec<Der>| Chain { shown, key: thief.key.clone(), anchors: Vec::new() };
    let mut cases = vec![
        case("the certificate", &good, vec![certificate(own)], Accept),
        case("the key", &good, vec![key(own)], Accept),
        case("the certificate among others", &good, vec![certificate(root), key(root), certificate(own)], Accept),
        case("no pin", &good, vec![], Refuse),
        case("the authority's certificate", &good, vec![certificate(&good.shown[1])], Refuse),
        case("the authority's key", &good, vec![key(&good.shown[1])], Refuse),
        case("the root's certificate", &good, vec![certificate(root)], Refuse),
        case("the root's key", &good, vec![key(root)], Refuse),
        case("the certificate as a key", &good, vec![Pin::Key(sha256(own))], Refuse),
        case(
            "the key as a certificate",
            &good,
            vec![Pin::Certificate(sha256(&p256("leaf").public_key_to_der().unwrap()))],
            Refuse,
        ),
        case("zeros", &good, vec![Pin::Certificate([0; 32]), Pin::Key([0; 32])], Refuse),
        case(
            "the pinned certificate behind another",
            &stolen(vec![thief.self_signed(), own.clone()]),
            vec![certificate(own), key(own)],
            Refuse,
        ),
        case(
            "the pinned certificate twice, behind another",
            &stolen(vec![thief.self_signed(), own.clone(), own.clone()]),
            vec![certificate(own)],
            Refuse,
        ),
        case(
            "the pinned certificate that has issued another",
            &stolen(vec![thief.issued_by(&Draft::leaf()), Draft::leaf().self_signed()]),
            vec![certificate(&Draft::leaf().self_signed())],
            Refuse,
        ),
        case(
            "the outermost length in another form",
            &Chain { shown: vec![long_length(own)], ..good.clone() },
            vec![certificate(own)],
            Accept,
        ),
    ];
    let changed: [(&'static str, Draft); 6] = [
        ("for other names", Draft::leaf().with(alt_names(&[dns("other.example")]))),
        ("that has expired", Draft::leaf().valid(years(2000, 2010))),
        ("that is not yet valid", Draft::leaf().valid(years(2100, 2110))),
        ("for clients", Draft::leaf().with(extended_key_usage(&[CLIENT_AUTH]))),
        ("that is an authority", Draft::leaf().with(basic_constraints(true, None))),
        ("of another serial number", Draft { serial: vec![2, 1, 9], ..Draft::leaf() }),
    ];
    for (what, draft) in changed {
        let shown = alone(&draft);
        cases.push(case(what, &shown, vec![certificate(&shown.shown[0])], Accept));
        cases.push(case(what, &shown, vec![key(own)], Accept));
        // What was pinned has the same key and another content.
        cases.push(case(what, &shown, vec![certificate(own)], Refuse));
    }
    let renamed = alone(&Draft::leaf().key(p256("thief")));
    cases.push(case("a name of the right server and another key", &renamed, vec![certificate(own), key(own)], Refuse));
    let weak = [
        ("RSA of 512 bits", rsa(512)),
        ("RSA of 1024 bits", rsa(1024)),
        ("P-192", on_curve(Nid::X9_62_PRIME192V1, "leaf")),
        ("DSA", dsa()),
    ];
    for (what, weak) in weak {
        let shown = leaf(|leaf| leaf.key(weak));
        cases.push(case(what, &shown, vec![certificate(&shown.shown[0]), key(&shown.shown[0])], Refuse));
    }
    cases
}

#[test]
fn a_client_believes_exactly_what_it_pinned() {
    let cases = cases();
    let accepted = cases.iter().filter(|case| case.expected == Accept).count();
    println!("pins: {} cases, {accepted} accepted", cases.len());
    for Case { what, shown, pins, expected } in cases {
        let mut options = ClientOptions::default();
        options.verification = Verification::Pinned(pins.clone());
        let (verdict, words) = ours::meet_server(&options, HOST, &shown);
        assert_eq!(verdict, expected, "{what}, {pins:?}: {words}");
    }
}
