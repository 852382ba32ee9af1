//! A connected peer that seals what it likes: OpenSSL's side of a handshake, whose keys are then in other hands.

use openssl::cipher::Cipher;
use openssl::cipher_ctx::CipherCtx;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::ssl::{SslRef, SslStream};

use crate::pipe::Pipe;
use crate::record::header;

/// Bytes of a nonce.
const NONCE: usize = 12;

/// Bytes of a tag.
const TAG: usize = 16;

/// A suite, and how it protects records.
#[derive(Debug)]
pub struct Suite {
    /// OpenSSL's name of it.
    pub name: &'static str,
    /// And of its cipher.
    cipher: &'static str,
    digest: fn() -> MessageDigest,
    /// Bytes of a nonce that the keys hold; the rest is in each record.
    salt: usize,
    /// Whether dtls-core does its records, and not OpenSSL.
    pub is_ours: bool,
}

/// Every suite that may be negotiated with an ECDSA key. With other keys, records are no different.
pub const SUITES: [Suite; 7] = [
    suite("ECDHE-ECDSA-AES128-GCM-SHA256", "AES-128-GCM", MessageDigest::sha256, 4, true),
    suite("ECDHE-ECDSA-AES256-GCM-SHA384", "AES-256-GCM", MessageDigest::sha384, 4, true),
    suite("ECDHE-ECDSA-CHACHA20-POLY1305", "ChaCha20-Poly1305", MessageDigest::sha256, 12, true),
    suite("ECDHE-ECDSA-AES128-CCM", "AES-128-CCM", MessageDigest::sha256, 4, false),
    suite("ECDHE-ECDSA-AES256-CCM", "AES-256-CCM", MessageDigest::sha256, 4, false),
    suite("ECDHE-ECDSA-ARIA128-GCM-SHA256", "ARIA-128-GCM", MessageDigest::sha256, 4, false),
    suite("ECDHE-ECDSA-ARIA256-GCM-SHA384", "ARIA-256-GCM", MessageDigest::sha384, 4, false),
];

const fn suite(
    name: &'static str,
    cipher: &'static str,
    digest: fn() -> MessageDigest,
    salt: usize,
    is_ours: bool,
) -> Suite {
    Suite { name, cipher, digest, salt, is_ours }
}

/// What one side seals with.
pub struct Forger {
    suite: &'static Suite,
    cipher: Cipher,
    key: Vec<u8>,
    salt: Vec<u8>,
}

impl Forger {
    /// Takes the keys of one side of a handshake that is done.
    pub fn new(stream: &SslStream<Pipe>, suite: &'static Suite) -> Result<Self, ErrorStack> {
        let ssl = stream.ssl();
        let cipher = Cipher::fetch(None, suite.cipher, None)?;
        let (key, salt) = (cipher.key_length(), suite.salt);
        let block = key_block(ssl, (suite.digest)(), 2 * (key + salt))?;
        let (keys, salts) = block.split_at(2 * key);
        // The client's come first.
        let side = usize::from(ssl.is_server());
        Ok(Self { suite, cipher, key: keys[side * key..][..key].to_vec(), salt: salts[side * salt..][..salt].to_vec() })
    }

    /// A record with a true tag. `sequence` has the epoch in the upper 16 bits.
    pub fn seal(&self, kind: u8, sequence: u64, content: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let number = sequence.to_be_bytes();
        let explicit = &number[..NONCE - self.suite.salt];
        let nonce: Vec<u8> = if explicit.is_empty() { self.masked(number) } else { [&self.salt, explicit].concat() };
        let plain = header(kind, sequence, content.len());
        let additional = [&plain[3..11], &plain[..3], &plain[11..]].concat();
        let mut sealed = vec![0; content.len()];
        let mut tag = [0; TAG];
        let mut context = CipherCtx::new()?;
        context.encrypt_init(Some(&self.cipher), None, None)?;
        context.set_iv_length(NONCE)?;
        let is_ccm = self.suite.name.ends_with("CCM");
        if is_ccm {
            context.set_tag_length(TAG)?; // CCM has to know it before
        }
        context.encrypt_init(None, Some(&self.key), Some(&nonce))?;
        if is_ccm {
            context.set_data_len(content.len())?;
        }
        context.cipher_update(&additional, None)?;
        context.cipher_update(content, Some(&mut sealed))?;
        context.cipher_final(&mut [])?;
        context.tag(&mut tag)?;
        let length = explicit.len() + sealed.len() + tag.len();
        Ok([&header(kind, sequence, length)[..], explicit, &sealed, &tag].concat())
    }

    /// The nonce of RFC 7905 §2.
    fn masked(&self, number: [u8; 8]) -> Vec<u8> {
        let mut nonce = self.salt.clone();
        for (byte, number) in nonce[NONCE - number.len()..].iter_mut().zip(number) {
            *byte ^= number;
        }
        nonce
    }
}

/// The keys of both sides (RFC 5246 §6.3).
fn key_block(ssl: &SslRef, digest: MessageDigest, length: usize) -> Result<Vec<u8>, ErrorStack> {
    let mut secret = [0; 48];
    let mut randoms = [0; 64];
    let session = ssl.session().ok_or_else(ErrorStack::get)?;
    session.master_key(&mut secret);
    ssl.server_random(&mut randoms[..32]);
    ssl.client_random(&mut randoms[32..]);
    let secret = PKey::hmac(&secret)?;
    let hmac = |parts: &[&[u8]]| Signer::new(digest, &secret)?.sign_oneshot_to_vec(&parts.concat());
    let seed = [b"key expansion", &randoms[..]].concat();
    let mut a = hmac(&[&seed])?;
    let mut block = Vec::new();
    while block.len() < length {
        block.extend(hmac(&[&a, &seed])?);
        a = hmac(&[&a])?;
    }
    block.truncate(length);
    Ok(block)
}
