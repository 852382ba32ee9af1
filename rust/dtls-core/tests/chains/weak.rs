//! Keys and signatures that are short, broken or unusual.

use openssl::nid::Nid;

use crate::case::{BAD, Case, Chain, GOOD, Opinions, Path, intermediate, leaf, root};
use crate::certificate::Draft;
use crate::der::{BIT_STRING, oid, sequence, tlv};
use crate::keys::{Key, Scheme, dsa, ed448, ed25519, on_curve, rsa, spelled_out};
use crate::reasons::UNUSUAL_KEY;

pub fn cases() -> Vec<Case> {
    [of_leaves(), of_authorities(), schemes()].into_iter().flatten().collect()
}

fn of_leaves() -> Vec<Case> {
    let own = |what, key: Key, expected: Opinions| Case::new(what, leaf(|leaf| leaf.key(key)), expected);
    vec![
        own("a leaf with RSA of 512 bits", rsa(512), BAD),
        own("a leaf with RSA of 1024 bits", rsa(1024), BAD),
        own("a leaf with RSA of 2048 bits", rsa(2048), GOOD),
        own("a leaf with RSA of 3072 bits", rsa(3072), GOOD),
        own("a leaf on P-192", on_curve(Nid::X9_62_PRIME192V1, "leaf"), BAD),
        own("a leaf on P-224", on_curve(Nid::SECP224R1, "leaf"), BAD),
        own("a leaf on P-384", on_curve(Nid::SECP384R1, "leaf"), GOOD),
        own("a leaf on P-521", on_curve(Nid::SECP521R1, "leaf"), GOOD),
        own("a leaf on secp256k1", on_curve(Nid::SECP256K1, "leaf"), BAD),
        own("a leaf on brainpoolP256r1", on_curve(Nid::BRAINPOOL_P256R1, "leaf"), BAD),
        own("a leaf on a curve of 112 bits", on_curve(Nid::SECP112R1, "leaf"), BAD),
        own("a leaf on explicit curve parameters", spelled_out(), BAD),
        own("a leaf with DSA", dsa(), BAD),
        own("a leaf with Ed25519", ed25519("leaf"), GOOD),
        own("a leaf with Ed448", ed448(), UNUSUAL_KEY),
        Case::new(
            "a leaf with an RSASSA-PSS key",
            leaf(|leaf| {
                let key = rsa(2048);
                let numbers = tlv(BIT_STRING, &[&[0], &key.rsa().unwrap().public_key_to_der_pkcs1().unwrap()]);
                let public_key = Some(sequence(&[&sequence(&[&oid("1.2.840.113549.1.1.10")]), &numbers]));
                Draft { public_key, ..leaf.key(key) }
            }),
            UNUSUAL_KEY,
        ),
    ]
}

fn signed_by(key: Key, scheme: Scheme) -> Chain {
    let path = Path::new();
    Path { intermediate: reidentified(path.intermediate.key(key)), leaf: path.leaf.scheme(scheme), ..path }.chain()
}

fn rooted_in(key: Key) -> Chain {
    let path = Path::new();
    Path { root: reidentified(path.root.key(key)), ..path }.chain()
}

/// With the identifier of its new key.
fn reidentified(draft: Draft) -> Draft {
    let id = draft.key_id();
    draft.with(crate::extension::key_identifier(&id))
}

fn of_authorities() -> Vec<Case> {
    let by = |what, key, expected| Case::new(what, signed_by(key, Scheme::Sha256), expected);
    let below = |what, key, expected| Case::new(what, rooted_in(key), expected);
    vec![
        by("an authority with RSA of 1024 bits", rsa(1024), BAD),
        by("an authority with RSA of 2048 bits", rsa(2048), GOOD),
        by("an authority on P-192", on_curve(Nid::X9_62_PRIME192V1, "authority"), BAD),
        by("an authority on P-224", on_curve(Nid::SECP224R1, "authority"), UNUSUAL_KEY),
        by("an authority on P-384", on_curve(Nid::SECP384R1, "authority"), GOOD),
        by("an authority on P-521", on_curve(Nid::SECP521R1, "authority"), GOOD),
        by("an authority on secp256k1", on_curve(Nid::SECP256K1, "authority"), UNUSUAL_KEY),
        by("an authority on brainpoolP256r1", on_curve(Nid::BRAINPOOL_P256R1, "authority"), UNUSUAL_KEY),
        by("an authority on explicit curve parameters", spelled_out(), BAD),
        by("an authority with DSA", dsa(), BAD),
        by("an authority with Ed25519", ed25519("authority"), GOOD),
        by("an authority with Ed448", ed448(), UNUSUAL_KEY),
        below("a root with RSA of 1024 bits", rsa(1024), BAD),
        below("a root with RSA of 2048 bits", rsa(2048), GOOD),
        below("a root on P-192", on_curve(Nid::X9_62_PRIME192V1, "root"), BAD),
        below("a root with Ed25519", ed25519("root"), GOOD),
    ]
}

fn schemes() -> Vec<Case> {
    let by = |what, key, scheme, expected| Case::new(what, signed_by(key, scheme), expected);
    vec![
        by("a leaf signed with RSA and SHA-1", rsa(2048), Scheme::Sha1, BAD),
        by("a leaf signed with RSA and MD5", rsa(2048), Scheme::Md5, BAD),
        by("a leaf signed with RSA and SHA-384", rsa(2048), Scheme::Sha384, GOOD),
        by("a leaf signed with RSA-PSS", rsa(2048), Scheme::Pss, GOOD),
        Case::new("a leaf signed with ECDSA and SHA-1", leaf(|leaf| leaf.scheme(Scheme::Sha1)), BAD),
        Case::new("a leaf signed with ECDSA and SHA-384", leaf(|leaf| leaf.scheme(Scheme::Sha384)), GOOD),
        Case::new("an authority signed with ECDSA and SHA-1", intermediate(|one| one.scheme(Scheme::Sha1)), BAD),
        Case::new("a root signed with ECDSA and SHA-1", root(|one| one.scheme(Scheme::Sha1)), GOOD),
    ]
}
