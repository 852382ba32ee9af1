//! Keys, made once for all cases, and how they sign.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use openssl::dh::Dh;
use openssl::dsa::Dsa;
use openssl::ec::{Asn1Flag, EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer};

use crate::der::{integer, oid, sequence, tlv};

pub type Key = PKey<Private>;

static KEYS: LazyLock<Mutex<HashMap<String, Key>>> = LazyLock::new(Mutex::default);

fn once(name: String, make: impl FnOnce() -> Key) -> Key {
    KEYS.lock().unwrap().entry(name).or_insert_with(make).clone()
}

/// A key of P-256, one for each name.
pub fn p256(name: &str) -> Key {
    on_curve(Nid::X9_62_PRIME256V1, name)
}

pub fn on_curve(curve: Nid, name: &str) -> Key {
    once(format!("{curve:?} {name}"), || {
        let group = EcGroup::from_curve_name(curve).unwrap();
        PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
    })
}

/// A key of P-256 that spells the curve out instead of naming it (RFC 5480 §2.1.1 forbids that).
pub fn spelled_out() -> Key {
    once("spelled out".into(), || {
        let mut group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        group.set_asn1_flag(Asn1Flag::EXPLICIT_CURVE);
        PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
    })
}

pub fn rsa(bits: u32) -> Key {
    once(format!("RSA {bits}"), || PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap())
}

/// With the parameters of RFC 5114 §2.3, as making others takes seconds.
pub fn dsa() -> Key {
    once("DSA".into(), || {
        let group = Dh::get_2048_256().unwrap();
        let [p, q, g] = [Some(group.prime_p()), group.prime_q(), Some(group.generator())];
        let [p, q, g] = [p, q, g].map(|number| number.unwrap().to_owned().unwrap());
        PKey::from_dsa(Dsa::from_pqg(p, q, g).unwrap().generate_key().unwrap()).unwrap()
    })
}

pub fn ed25519(name: &str) -> Key {
    once(format!("Ed25519 {name}"), || PKey::generate_ed25519().unwrap())
}

pub fn ed448() -> Key {
    once("Ed448".into(), || PKey::generate_ed448().unwrap())
}

/// How an issuer signs, but for its key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Sha256,
    Sha384,
    Sha1,
    Md5,
    /// RSASSA-PSS with SHA-256.
    Pss,
}

impl Scheme {
    /// The AlgorithmIdentifier of a signature with `key`.
    pub fn identifier(self, key: &Key) -> Vec<u8> {
        let null = [5, 0];
        let rsa = |dotted| sequence(&[&oid(dotted), &null]);
        match (key.id(), self) {
            (Id::ED25519, _) => sequence(&[&oid("1.3.101.112")]),
            (Id::ED448, _) => sequence(&[&oid("1.3.101.113")]),
            (Id::RSA, Self::Sha1) => rsa("1.2.840.113549.1.1.5"),
            (Id::RSA, Self::Md5) => rsa("1.2.840.113549.1.1.4"),
            (Id::RSA, Self::Sha256) => rsa("1.2.840.113549.1.1.11"),
            (Id::RSA, Self::Sha384) => rsa("1.2.840.113549.1.1.12"),
            (Id::RSA, Self::Pss) => {
                let sha256 = sequence(&[&oid("2.16.840.1.101.3.4.2.1"), &null]);
                let mask = sequence(&[&oid("1.2.840.113549.1.1.8"), &sha256]);
                let parameters = [tlv(0xa0, &[&sha256]), tlv(0xa1, &[&mask]), tlv(0xa2, &[&integer(&[32])])].concat();
                sequence(&[&oid("1.2.840.113549.1.1.10"), &sequence(&[&parameters])])
            }
            (Id::DSA, _) => sequence(&[&oid("2.16.840.1.101.3.4.3.2")]),
            (_, Self::Sha1) => sequence(&[&oid("1.2.840.10045.4.1")]),
            (_, Self::Sha384) => sequence(&[&oid("1.2.840.10045.4.3.3")]),
            _ => sequence(&[&oid("1.2.840.10045.4.3.2")]),
        }
    }

    pub fn sign(self, key: &Key, message: &[u8]) -> Vec<u8> {
        let digest = match self {
            Self::Sha256 | Self::Pss => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha1 => MessageDigest::sha1(),
            Self::Md5 => MessageDigest::md5(),
        };
        let mut signer = match key.id() {
            Id::ED25519 | Id::ED448 => Signer::new_without_digest(key).unwrap(),
            _ => Signer::new(digest, key).unwrap(),
        };
        if self == Self::Pss {
            signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
            signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
        }
        signer.sign_oneshot_to_vec(message).unwrap()
    }
}
