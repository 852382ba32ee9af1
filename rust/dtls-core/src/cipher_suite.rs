//! The only table of the cipher suites that may be negotiated in DTLS 1.2: the bytes that each adds to a record, and how
//! it protects records.

use openssl::cipher::{Cipher, CipherRef};

use crate::key_usage::KeyUsage;
use crate::prf::Hash;

/// Bytes of an AES-GCM nonce that come from the key block. The record carries the rest (RFC 5288 §3).
pub(crate) const SALT: usize = 4;

/// Bytes of a whole nonce.
pub(crate) const NONCE: usize = 12;

/// The longest key in bytes.
pub(crate) const LONGEST_KEY: usize = 32;

/// The most bytes that a suite adds to a record: an explicit nonce and a tag.
pub(crate) const MAX_OVERHEAD: usize = 8 + 16;

/// The fewest bytes that a suite adds to a record.
pub(crate) const LEAST_OVERHEAD: usize = 16;

/// The suites of one AEAD and hash.
pub(crate) struct CipherSuite {
    /// The end of their IANA names. The start names the key exchange and the signature, which OpenSSL handles.
    suffix: &'static str,
    /// Bytes that they add to a record: the explicit nonce and the tag (RFC 5288 §3, RFC 6655 §3, RFC 7905 §2).
    pub(crate) overhead: usize,
    /// `None` if OpenSSL keeps handling the records.
    pub(crate) protection: Option<Protection>,
}

/// How records are protected.
#[derive(Clone, Copy)]
pub(crate) struct Protection {
    pub(crate) aead: fn() -> &'static CipherRef,
    pub(crate) hash: Hash,
    /// Bytes of a key.
    pub(crate) key: usize,
    /// Bytes of a nonce that the key block holds.
    pub(crate) nonce: usize,
    /// How much a key may protect.
    pub(crate) usage: fn() -> KeyUsage,
}

const SUITES: [CipherSuite; 6] = [
    CipherSuite {
        suffix: "_AES_128_GCM_SHA256",
        overhead: MAX_OVERHEAD,
        protection: Some(Protection {
            aead: Cipher::aes_128_gcm,
            hash: Hash::Sha256,
            key: 16,
            nonce: SALT,
            usage: KeyUsage::of_gcm,
        }),
    },
    CipherSuite {
        suffix: "_AES_256_GCM_SHA384",
        overhead: MAX_OVERHEAD,
        protection: Some(Protection {
            aead: Cipher::aes_256_gcm,
            hash: Hash::Sha384,
            key: 32,
            nonce: SALT,
            usage: KeyUsage::of_gcm,
        }),
    },
    CipherSuite {
        suffix: "_CHACHA20_POLY1305_SHA256",
        overhead: LEAST_OVERHEAD,
        protection: Some(Protection {
            aead: Cipher::chacha20_poly1305,
            hash: Hash::Sha256,
            key: 32,
            nonce: NONCE,
            usage: KeyUsage::of_chacha20,
        }),
    },
    CipherSuite { suffix: "_CCM", overhead: MAX_OVERHEAD, protection: None },
    CipherSuite { suffix: "_ARIA_128_GCM_SHA256", overhead: MAX_OVERHEAD, protection: None },
    CipherSuite { suffix: "_ARIA_256_GCM_SHA384", overhead: MAX_OVERHEAD, protection: None },
];

/// The suite with an IANA name.
pub(crate) fn find(name: &str) -> Option<&'static CipherSuite> {
    const { &SUITES }.iter().find(|suite| name.ends_with(suite.suffix))
}
