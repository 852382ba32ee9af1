//! Certificates that are not DER, or contradict themselves (RFC 5280 §4.1).

use openssl::bn::BigNum;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;

use crate::case::{Accept, BAD, Case, GOOD, Opinions, Path, Refuse, Role, differ, leaf};
use crate::certificate::{Draft, V1, V2};
use crate::der::{
    BIT_STRING, UTF8, common_name, indefinite_length, integer, long_length, oid, sequence, split, tlv, values,
};
use crate::extension::{Extension, SUBJECT_ALT_NAME};
use crate::keys::{Scheme, p256, rsa};
use crate::reasons::{NAME_AS_BYTES, OLD_NAME, OUTERMOST, SAME_MEANING, UNREAD};

pub fn cases() -> Vec<Case> {
    [whole(), versions(), serials(), algorithms(), issuers(), keys(), extensions(), signatures()]
        .into_iter()
        .flatten()
        .collect()
}

fn own(what: &'static str, expected: Opinions, change: impl FnOnce(Draft) -> Draft) -> Case {
    Case::new(what, leaf(change), expected)
}

fn whole() -> Vec<Case> {
    vec![
        own("a well-formed certificate", GOOD, |leaf| leaf),
        own("bytes after the certificate", BAD, |leaf| Draft { at_last: |der| [der, &[5, 0]].concat(), ..leaf }),
        own("a byte less", BAD, |leaf| Draft { at_last: |der| der[..der.len() - 1].to_vec(), ..leaf }),
        own("no bytes", BAD, |leaf| Draft { at_last: |_| Vec::new(), ..leaf }),
        own("an outermost length of four bytes", OUTERMOST, |leaf| Draft { at_last: long_length, ..leaf }),
        own("an outermost length that is indefinite", OUTERMOST, |leaf| Draft { at_last: indefinite_length, ..leaf }),
        own("a tbsCertificate with a length of four bytes", BAD, |leaf| Draft { before_signing: long_length, ..leaf }),
        own("a tbsCertificate of indefinite length", BAD, |leaf| Draft { before_signing: indefinite_length, ..leaf }),
        own("bytes after the extensions", BAD, |leaf| Draft {
            before_signing: |der| sequence(&[split(der).1, &[5, 0]]),
            ..leaf
        }),
        own("bytes after the signature's BIT STRING", BAD, |leaf| Draft {
            at_last: |der| sequence(&[split(der).1, &[5, 0]]),
            ..leaf
        }),
        own("a SET in place of a SEQUENCE", BAD, |leaf| Draft { at_last: |der| tlv(0x31, &[split(der).1]), ..leaf }),
    ]
}

fn versions() -> Vec<Case> {
    let version = |number: u8| vec![0xa0, 3, 2, 1, number];
    vec![
        own("version 1 with extensions", BAD, |leaf| Draft { version: V1.to_vec(), ..leaf }),
        own("version 1 that is encoded, with extensions", BAD, |leaf| Draft { version: version(0), ..leaf }),
        own("version 2 with extensions", BAD, |leaf| Draft { version: V2.to_vec(), ..leaf }),
        own("version 4", BAD, |leaf| Draft { version: version(3), ..leaf }),
        own("version 0", BAD, |leaf| Draft { version: version(0xff), ..leaf }),
        Case::of(
            &[Role::Server],
            "a server's certificate of version 1",
            leaf(|leaf| Draft { version: V1.to_vec(), extensions: vec![], ..leaf }),
            OLD_NAME,
        ),
        Case::of(
            &[Role::Client],
            "a client's certificate of version 1",
            leaf(|leaf| Draft { version: V1.to_vec(), extensions: vec![], ..leaf }),
            differ(
                Accept,
                Refuse,
                Accept,
                "rustls-webpki accepts version 3 only; `openssl x509 -req` made version 1 for many years",
            ),
        ),
        Case::of(
            &[Role::Server],
            "a server's certificate without extensions",
            leaf(|leaf| Draft { extensions: vec![], ..leaf }),
            OLD_NAME,
        ),
        Case::of(
            &[Role::Client],
            "a client's certificate without extensions",
            leaf(|leaf| Draft { extensions: vec![], ..leaf }),
            GOOD,
        ),
        own(
            "unique identifiers",
            differ(Accept, Refuse, Accept, "rustls-webpki cannot read unique identifiers (RFC 5280 §4.1.2.8)"),
            |leaf| Draft {
                before_signing: |der| {
                    let parts = values(split(der).1);
                    let (extensions, others) = parts.split_last().unwrap();
                    sequence(&[&others.concat(), &[0x81, 2, 0, 1], &[0x82, 2, 0, 2], extensions])
                },
                ..leaf
            },
        ),
    ]
}

fn serials() -> Vec<Case> {
    const UNREVOKED: Opinions = differ(
        Refuse,
        Accept,
        Accept,
        "serial numbers identify revoked certificates, and neither reads revocation lists here",
    );
    let serial = |what, expected, serial: Vec<u8>| own(what, expected, |leaf| Draft { serial, ..leaf });
    vec![
        serial("a serial number of 20 bytes", GOOD, integer(&[0x7f; 20])),
        serial("a serial number of 21 bytes", UNREVOKED, integer(&[0x7f; 21])),
        serial("a serial number of 200 bytes", UNREVOKED, integer(&[0x7f; 200])),
        serial("a serial number of 0", GOOD, integer(&[0])),
        serial("a serial number below 0", GOOD, integer(&[0x80, 1])),
        serial("an empty serial number", UNREAD, integer(&[])),
        serial("a serial number with a leading zero byte", UNREAD, integer(&[0, 1])),
        serial("a serial number with its length in two bytes", BAD, vec![2, 0x81, 1, 5]),
        serial("a serial number that is text", BAD, tlv(UTF8, &[b"1"])),
    ]
}

fn algorithms() -> Vec<Case> {
    let ecdsa384 = || Scheme::Sha384.identifier(&p256("leaf"));
    vec![
        own("another signatureAlgorithm", BAD, |leaf| Draft { outer_algorithm: Some(ecdsa384()), ..leaf }),
        own("another algorithm in the tbsCertificate", BAD, |leaf| Draft { inner_algorithm: Some(ecdsa384()), ..leaf }),
        own("another algorithm in both places", BAD, |leaf| Draft {
            outer_algorithm: Some(ecdsa384()),
            inner_algorithm: Some(ecdsa384()),
            ..leaf
        }),
        own("an algorithm of another key", BAD, |leaf| {
            let rsa = Scheme::Sha256.identifier(&rsa(2048));
            Draft { outer_algorithm: Some(rsa.clone()), inner_algorithm: Some(rsa), ..leaf }
        }),
        own("an algorithm that nobody knows", BAD, |leaf| {
            let unknown = sequence(&[&oid("1.3.6.1.4.1.55555.4")]);
            Draft { outer_algorithm: Some(unknown.clone()), inner_algorithm: Some(unknown), ..leaf }
        }),
        own(
            "ECDSA with NULL parameters",
            differ(Refuse, Refuse, Accept, "NULL changes nothing: the signature is checked in the same way"),
            |leaf| {
                let null = sequence(&[&oid("1.2.840.10045.4.3.2"), &[5, 0]]);
                Draft { outer_algorithm: Some(null.clone()), inner_algorithm: Some(null), ..leaf }
            },
        ),
        own("NULL parameters in one of the two algorithms", BAD, |leaf| Draft {
            outer_algorithm: Some(sequence(&[&oid("1.2.840.10045.4.3.2"), &[5, 0]])),
            ..leaf
        }),
    ]
}

fn issuers() -> Vec<Case> {
    let named = |what, expected, name: Vec<u8>| {
        let path = Path::new();
        Case::new(what, Path { intermediate: path.intermediate.subject(name), ..path }.chain(), expected)
    };
    vec![
        own("an issuer of another name", BAD, |leaf| Draft { issuer: Some(common_name(UTF8, b"another")), ..leaf }),
        own("an empty issuer", BAD, |leaf| Draft { issuer: Some(sequence(&[])), ..leaf }),
        named(
            "an authority without a name",
            differ(Refuse, Accept, Accept, "both compare an empty name like any other"),
            sequence(&[]),
        ),
        named("an authority with a NUL in its name", GOOD, common_name(UTF8, b"inter\0mediate")),
        named("an authority whose name is no UTF-8", UNREAD, common_name(UTF8, b"\xff\xfe")),
        named("an authority with an empty name", GOOD, common_name(UTF8, b"")),
        named("an authority with a name of 300 bytes", GOOD, common_name(UTF8, &[b'x'; 300])),
        own("an issuer in another string type", NAME_AS_BYTES, |leaf| Draft {
            issuer: Some(common_name(0x13, b"intermediate")),
            ..leaf
        }),
        own("an issuer in capitals", NAME_AS_BYTES, |leaf| Draft {
            issuer: Some(common_name(UTF8, b"INTERMEDIATE")),
            ..leaf
        }),
        own("an issuer with a NUL after its name", BAD, |leaf| Draft {
            issuer: Some(common_name(UTF8, b"intermediate\0")),
            ..leaf
        }),
        own("a subject whose RDN is no SET", UNREAD, |leaf| leaf.subject(sequence(&[&sequence(&[])]))),
    ]
}

fn keys() -> Vec<Case> {
    let key = |what, expected, change: fn(Vec<u8>) -> Vec<u8>| {
        own(what, expected, |leaf| {
            let public_key = Some(change(leaf.key.public_key_to_der().unwrap()));
            Draft { public_key, ..leaf }
        })
    };
    vec![
        key("bytes after the public key", BAD, |der| sequence(&[split(&der).1, &[5, 0]])),
        key("no public key", BAD, |_| sequence(&[])),
        key("a point that is not on the curve", BAD, |mut der| {
            *der.last_mut().unwrap() ^= 1;
            der
        }),
        key("a point at infinity", BAD, |der| {
            let algorithm = &split(&der).1[..21];
            sequence(&[algorithm, &tlv(BIT_STRING, &[&[0, 0]])])
        }),
        key("RSA with an exponent of one", BAD, |_| {
            let (n, e) = (rsa(2048).rsa().unwrap().n().to_owned().unwrap(), BigNum::from_u32(1).unwrap());
            PKey::from_rsa(Rsa::from_public_components(n, e).unwrap()).unwrap().public_key_to_der().unwrap()
        }),
        key("a key with unused bits", BAD, |der| {
            let algorithm = &split(&der).1[..21];
            sequence(&[algorithm, &tlv(BIT_STRING, &[&[3], &[4; 65]])])
        }),
    ]
}

fn extensions() -> Vec<Case> {
    let host = crate::HOST;
    let names = move |value: Vec<u8>| Extension::new(SUBJECT_ALT_NAME, value);
    let list = move || sequence(&[&tlv(0x82, &[host.as_bytes()])]);
    vec![
        own("a subjectAltName with bytes after it", BAD, |leaf| leaf.with(names([list(), vec![5, 0]].concat()))),
        own("a subjectAltName with a length of four bytes", BAD, |leaf| leaf.with(names(long_length(&list())))),
        own("a subjectAltName of indefinite length", BAD, |leaf| leaf.with(names(indefinite_length(&list())))),
        Case::of(
            &[Role::Server],
            "a dNSName in constructed encoding",
            leaf(|leaf| {
                let pieces = tlv(0xa2, &[&tlv(0x16, &[b"game."]), &tlv(0x16, &[b"example"])]);
                leaf.with(names(sequence(&[&pieces])))
            }),
            BAD,
        ),
        own("a default value that is encoded", SAME_MEANING, |leaf| {
            leaf.with(Extension::new("2.5.29.19", vec![0x30, 3, 1, 1, 0]))
        }),
        own("a BOOLEAN of 1", BAD, |leaf| leaf.with(Extension::new("2.5.29.19", vec![0x30, 3, 1, 1, 1]))),
        own("a key usage with unused bits that are set", UNREAD, |leaf| {
            leaf.with(Extension::new("2.5.29.15", vec![3, 2, 7, 0xff]))
        }),
        own("a key usage with a trailing zero bit", SAME_MEANING, |leaf| {
            leaf.with(Extension::new("2.5.29.15", vec![3, 2, 0, 0x80]))
        }),
        Case::of(
            &[Role::Client],
            "an empty list of extensions",
            leaf(|leaf| Draft {
                before_signing: |der| {
                    let parts = values(split(der).1);
                    sequence(&[&parts[..parts.len() - 1].concat(), &tlv(0xa3, &[&sequence(&[])])])
                },
                ..leaf
            }),
            SAME_MEANING,
        ),
    ]
}

fn signatures() -> Vec<Case> {
    let signed = |what, expected, change: fn(&[u8]) -> Vec<u8>| {
        own(what, expected, |leaf| Draft { after_signing: change, ..leaf })
    };
    vec![
        signed("a signature of another", BAD, |signature| {
            let mut signature = signature.to_vec();
            *signature.last_mut().unwrap() ^= 1;
            signature
        }),
        signed("no signature", BAD, |_| Vec::new()),
        signed("a signature of zeros", BAD, |_| sequence(&[&integer(&[0]), &integer(&[0])])),
        signed("a signature of ones", BAD, |_| sequence(&[&integer(&[1]), &integer(&[1])])),
        signed("bytes after a signature", BAD, |signature| [signature, &[0]].concat()),
        signed("a signature with a length of four bytes", BAD, long_length),
        own("a signature with unused bits", BAD, |leaf| Draft {
            at_last: |der| {
                let mut der = der.to_vec();
                let at = der.windows(2).rposition(|two| two == [0, 0x30]).unwrap();
                der[at] = 1;
                der
            },
            ..leaf
        }),
        own("a certificate changed after it was signed", BAD, |leaf| Draft {
            at_last: |der| {
                let at = der.windows(4).position(|four| four == b"game").unwrap();
                [&der[..at], b"gane", &der[at + 4..]].concat()
            },
            ..leaf
        }),
    ]
}
