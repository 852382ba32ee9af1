//! What a certificate may be used for (RFC 5280 §4.2.1.3 and §4.2.1.12).

use crate::case::{Accept, BAD, Case, GOOD, Opinions, Refuse, Role, differ, intermediate, leaf, root};
use crate::extension::{
    ANY_PURPOSE, CLIENT_AUTH, CRL_SIGN, DIGITAL_SIGNATURE, EXTENDED_KEY_USAGE, Extension, KEY_AGREEMENT, KEY_CERT_SIGN,
    KEY_ENCIPHERMENT, KEY_USAGE, NON_REPUDIATION, SERVER_AUTH, extended_key_usage, key_usage,
};
use crate::keys::rsa;
use crate::reasons::{ROOT, UNREAD};

const SERVER: &[Role] = &[Role::Server];
const CLIENT: &[Role] = &[Role::Client];
const BOTH: &[Role] = &[Role::Server, Role::Client];

const EMAIL: &str = "1.3.6.1.5.5.7.3.4";
const CODE: &str = "1.3.6.1.5.5.7.3.3";
const OCSP: &str = "1.3.6.1.5.5.7.3.9";
/// Stronger ciphers for banks, in the days of export rules.
const NETSCAPE_STEP_UP: &str = "2.16.840.1.113730.4.1";
const MICROSOFT_STEP_UP: &str = "1.3.6.1.4.1.311.10.3.3";

pub fn cases() -> Vec<Case> {
    [of_leaves(), of_authorities(), key_usages()].into_iter().flatten().collect()
}

fn own(roles: &'static [Role], what: &'static str, oids: &[&str], expected: Opinions) -> Case {
    Case::of(roles, what, leaf(|leaf| leaf.with(extended_key_usage(oids))), expected)
}

fn of_leaves() -> Vec<Case> {
    vec![
        own(SERVER, "a server with serverAuth only", &[SERVER_AUTH], GOOD),
        own(CLIENT, "a client with clientAuth only", &[CLIENT_AUTH], GOOD),
        own(SERVER, "a server with clientAuth only", &[CLIENT_AUTH], BAD),
        own(CLIENT, "a client with serverAuth only", &[SERVER_AUTH], BAD),
        own(BOTH, "extended key usages serverAuth and clientAuth", &[CLIENT_AUTH, SERVER_AUTH], GOOD),
        own(BOTH, "extended key usages for both roles and others", &[EMAIL, CLIENT_AUTH, SERVER_AUTH, CODE], GOOD),
        Case::of(BOTH, "no extended key usage", leaf(|leaf| leaf.without(EXTENDED_KEY_USAGE)), GOOD),
        own(BOTH, "extended key usage anyExtendedKeyUsage only", &[ANY_PURPOSE], BAD),
        own(SERVER, "extended key usages anyExtendedKeyUsage and serverAuth", &[ANY_PURPOSE, SERVER_AUTH], GOOD),
        own(BOTH, "extended key usage emailProtection only", &[EMAIL], BAD),
        own(BOTH, "extended key usage codeSigning only", &[CODE], BAD),
        own(BOTH, "extended key usage OCSPSigning only", &[OCSP], BAD),
        own(BOTH, "an unknown extended key usage only", &["1.3.6.1.4.1.55555.3"], BAD),
        own(BOTH, "extended key usage nsSGC only", &[NETSCAPE_STEP_UP], BAD),
        own(BOTH, "extended key usage msSGC only", &[MICROSOFT_STEP_UP], BAD),
        Case::of(
            BOTH,
            "a Netscape certificate type for email",
            leaf(|leaf| {
                leaf.without(EXTENDED_KEY_USAGE).with(Extension::new("2.16.840.1.113730.1.1", vec![3, 2, 5, 0x20]))
            }),
            differ(Accept, Accept, Refuse, "OpenSSL still checks Netscape's certificate type"),
        ),
    ]
}

fn of_authorities() -> Vec<Case> {
    let middle = |roles, what, oids: &[&str], expected| {
        Case::of(roles, what, intermediate(|one| one.with(extended_key_usage(oids))), expected)
    };
    let top = |roles, what, oids: &[&str], expected| {
        Case::of(roles, what, root(|one| one.with(extended_key_usage(oids))), expected)
    };
    vec![
        middle(SERVER, "an authority with serverAuth over a server", &[SERVER_AUTH], GOOD),
        middle(CLIENT, "an authority with clientAuth over a client", &[CLIENT_AUTH], GOOD),
        middle(SERVER, "an authority with clientAuth over a server", &[CLIENT_AUTH], BAD),
        middle(CLIENT, "an authority with serverAuth over a client", &[SERVER_AUTH], BAD),
        middle(BOTH, "an authority with emailProtection only", &[EMAIL], BAD),
        middle(BOTH, "an authority with anyExtendedKeyUsage only", &[ANY_PURPOSE], BAD),
        middle(BOTH, "an authority with msSGC only", &[MICROSOFT_STEP_UP], BAD),
        top(SERVER, "a root with serverAuth over a server", &[SERVER_AUTH], GOOD),
        top(SERVER, "a root with clientAuth over a server", &[CLIENT_AUTH], ROOT),
        top(CLIENT, "a root with serverAuth over a client", &[SERVER_AUTH], ROOT),
        top(BOTH, "a root with emailProtection only", &[EMAIL], ROOT),
        top(BOTH, "a root with anyExtendedKeyUsage only", &[ANY_PURPOSE], ROOT),
    ]
}

fn key_usages() -> Vec<Case> {
    let own = |roles, what, bits, expected| Case::of(roles, what, leaf(|leaf| leaf.with(key_usage(bits))), expected);
    let middle = |what, bits, expected| Case::new(what, intermediate(|one| one.with(key_usage(bits))), expected);
    vec![
        own(BOTH, "key usage digitalSignature only", DIGITAL_SIGNATURE, GOOD),
        own(BOTH, "key usages digitalSignature and keyEncipherment", DIGITAL_SIGNATURE | KEY_ENCIPHERMENT, GOOD),
        Case::of(BOTH, "no key usage", leaf(|leaf| leaf.without(KEY_USAGE)), GOOD),
        own(BOTH, "key usage keyEncipherment only", KEY_ENCIPHERMENT, UNREAD),
        Case::of(
            BOTH,
            "an RSA key with keyEncipherment only",
            leaf(|leaf| leaf.key(rsa(2048)).with(key_usage(KEY_ENCIPHERMENT))),
            UNREAD,
        ),
        own(BOTH, "key usage keyAgreement only", KEY_AGREEMENT, UNREAD),
        own(BOTH, "key usage keyCertSign only", KEY_CERT_SIGN, UNREAD),
        own(BOTH, "key usage cRLSign only", CRL_SIGN, UNREAD),
        own(BOTH, "key usage nonRepudiation only", NON_REPUDIATION, UNREAD),
        Case::new("an authority without a key usage", intermediate(|one| one.without(KEY_USAGE)), GOOD),
        middle("an authority with digitalSignature only", DIGITAL_SIGNATURE, UNREAD),
        middle("an authority with cRLSign only", CRL_SIGN, UNREAD),
        middle("an authority with keyEncipherment only", KEY_ENCIPHERMENT, UNREAD),
        Case::new("a root without a key usage", root(|one| one.without(KEY_USAGE)), GOOD),
        Case::new("a root with digitalSignature only", root(|one| one.with(key_usage(DIGITAL_SIGNATURE))), ROOT),
    ]
}
