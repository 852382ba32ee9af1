//! Unknown, repeated and malformed extensions (RFC 5280 §4.2).

use crate::case::{Accept, BAD, Case, GOOD, Refuse, differ, intermediate, leaf, root};
use crate::der::{OCTET_STRING, integer, sequence, tlv};
use crate::extension::{
    DIGITAL_SIGNATURE, EXTENDED_KEY_USAGE, Extension, KEY_CERT_SIGN, KEY_USAGE, SERVER_AUTH, alt_names,
    basic_constraints, dns, extended_key_usage, key_identifier, key_usage,
};
use crate::reasons::{POLICY, ROOT, UNREAD};

/// An extension that no program knows.
fn unknown() -> Extension {
    Extension::new("1.3.6.1.4.1.55555.1", tlv(OCTET_STRING, &[b"?"]))
}

pub fn cases() -> Vec<Case> {
    [critical(), twice(), standard()].into_iter().flatten().collect()
}

fn critical() -> Vec<Case> {
    let empty = Extension { value: Vec::new(), ..unknown().critical() };
    vec![
        Case::new("an unknown extension of the leaf", leaf(|leaf| leaf.with(unknown())), GOOD),
        Case::new("an unknown critical extension of the leaf", leaf(|leaf| leaf.with(unknown().critical())), BAD),
        Case::new("an unknown critical extension that is empty", leaf(|leaf| leaf.with(empty)), BAD),
        Case::new("an unknown extension of an authority", intermediate(|one| one.with(unknown())), GOOD),
        Case::new(
            "an unknown critical extension of an authority",
            intermediate(|one| one.with(unknown().critical())),
            BAD,
        ),
        Case::new("an unknown extension of the root", root(|root| root.with(unknown())), GOOD),
        Case::new("an unknown critical extension of the root", root(|root| root.with(unknown().critical())), ROOT),
    ]
}

fn twice() -> Vec<Case> {
    vec![
        Case::new("subjectAltName twice", leaf(|leaf| leaf.and(alt_names(&[dns("other.example")]))), BAD),
        Case::new("the same subjectAltName twice", leaf(|leaf| leaf.and(alt_names(&[dns(crate::HOST)]))), BAD),
        Case::new("key usage twice", leaf(|leaf| leaf.and(key_usage(DIGITAL_SIGNATURE))), BAD),
        Case::new("extended key usage twice", leaf(|leaf| leaf.and(extended_key_usage(&[SERVER_AUTH]))), BAD),
        Case::new("basicConstraints twice", intermediate(|one| one.and(basic_constraints(true, None))), BAD),
        Case::new(
            "two basicConstraints that contradict",
            intermediate(|one| one.and(basic_constraints(false, None))),
            BAD,
        ),
        Case::new("an authority's key usage twice", intermediate(|one| one.and(key_usage(KEY_CERT_SIGN))), BAD),
        Case::new("subject key identifier twice", intermediate(|one| one.and(key_identifier(b"other"))), UNREAD),
        Case::new(
            "an unknown extension twice",
            leaf(|leaf| leaf.and(unknown()).and(unknown())),
            differ(Refuse, Accept, Accept, "both ignore unknown extensions that are not critical"),
        ),
    ]
}

/// Standard extensions, malformed or in the wrong place.
fn standard() -> Vec<Case> {
    let raw = |oid, value: Vec<u8>| Extension::new(oid, value);
    vec![
        Case::new("a subjectAltName that is no SEQUENCE", leaf(|leaf| leaf.with(raw("2.5.29.17", vec![5, 0]))), BAD),
        Case::new(
            "a subjectAltName that is cut off",
            leaf(|leaf| leaf.with(raw("2.5.29.17", vec![0x30, 20, 0x82, 18, b'g']))),
            BAD,
        ),
        Case::new(
            "an extended key usage that is no SEQUENCE",
            leaf(|leaf| leaf.with(raw(EXTENDED_KEY_USAGE, vec![5, 0]))),
            BAD,
        ),
        Case::new("an empty extended key usage", leaf(|leaf| leaf.with(raw(EXTENDED_KEY_USAGE, sequence(&[])))), BAD),
        Case::new("a key usage that is no BIT STRING", leaf(|leaf| leaf.with(raw(KEY_USAGE, integer(&[1])))), UNREAD),
        Case::new("an empty key usage", leaf(|leaf| leaf.with(raw(KEY_USAGE, vec![3, 1, 0]))), UNREAD),
        Case::new(
            "basicConstraints that are no SEQUENCE",
            intermediate(|one| one.with(raw("2.5.29.19", vec![1, 1, 0xff]))),
            BAD,
        ),
        Case::new("a critical certificate policy", leaf(|leaf| leaf.with(policy().critical())), POLICY),
        Case::new(
            "an explicit policy that is required and missing",
            intermediate(|one| one.with(policy_required())),
            BAD,
        ),
        Case::new("inhibitAnyPolicy", intermediate(|one| one.with(raw("2.5.29.54", integer(&[0])).critical())), POLICY),
        Case::new(
            "a critical extension of CRLs",
            leaf(|leaf| leaf.with(raw("2.5.29.27", integer(&[1])).critical())),
            BAD,
        ),
        Case::new("a proxy certificate", leaf(|leaf| leaf.with(raw("1.3.6.1.5.5.7.1.14", proxy()).critical())), BAD),
        Case::new(
            "a precertificate",
            leaf(|leaf| leaf.with(raw("1.3.6.1.4.1.11129.2.4.3", vec![5, 0]).critical())),
            BAD,
        ),
        Case::new("a critical subjectAltName", leaf(|leaf| leaf.with(alt_names(&[dns(crate::HOST)]).critical())), GOOD),
        Case::new(
            "a critical extended key usage",
            leaf(|leaf| leaf.with(extended_key_usage(&["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]).critical())),
            GOOD,
        ),
        Case::new(
            "a TLS feature that demands a stapled response",
            leaf(|leaf| leaf.with(raw("1.3.6.1.5.5.7.1.24", sequence(&[&integer(&[5])])))),
            GOOD,
        ),
    ]
}

fn policy() -> Extension {
    Extension::new("2.5.29.32", sequence(&[&sequence(&[&crate::der::oid("1.3.6.1.4.1.55555.2")])]))
}

/// RFC 5280 §4.2.1.11: every certificate below needs a policy; that of the leaf has none.
fn policy_required() -> Extension {
    Extension::new("2.5.29.36", sequence(&[&[0x80, 1, 0]])).critical()
}

/// ProxyCertInfo (RFC 3820).
fn proxy() -> Vec<u8> {
    sequence(&[&sequence(&[&crate::der::oid("1.3.6.1.5.5.7.21.1")])])
}
