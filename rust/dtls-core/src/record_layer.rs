//! The record layer of a connected DTLS 1.2 session (RFC 6347 §4.1), over OpenSSL's AEAD ciphers.
//!
//! An `SSL` holds some 70 KiB, which only its handshake needed. After that, two cipher contexts are enough.

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use openssl::cipher::CipherRef;
use openssl::cipher_ctx::{CipherCtx, CipherCtxRef};
use openssl::error::ErrorStack;
use openssl::ssl::SslRef;
use zeroize::Zeroizing;

use crate::cipher_suite::{self, LONGEST_KEY, NONCE, Protection, SALT};
use crate::datagram::{MAX_PACKET, PacketQueue};
use crate::key_usage::KeyUsage;
use crate::prf::MasterSecret;
use crate::record::{self, RECORD_HEADER, Record};
use crate::replay::ReplayWindow;

/// The records of epoch 1. A session has one handshake, so there is no later epoch.
const EPOCH: u64 = 1 << 48;
/// Sequence numbers have 48 bits (RFC 6347 §4.1).
const LAST_SEQUENCE: u64 = EPOCH | (EPOCH - 1);

const TAG: usize = 16;

/// The last record that OpenSSL has encrypted. This layer continues after it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastSealed {
    sequence: u64,
    explicit_nonce: u64,
}

impl LastSealed {
    /// Reads it from `record`, if that is protected.
    pub(crate) fn of(record: Record<'_>) -> Option<Self> {
        let explicit_nonce = u64::from_be_bytes(*record.fragment().first_chunk()?);
        record.is_protected().then(|| Self { sequence: record.sequence(), explicit_nonce })
    }
}

/// Encrypts and decrypts the records of a connected session.
pub(crate) struct RecordLayer {
    seal: Direction,
    open: Direction,
    /// Epoch and sequence number of the next record.
    next: u64,
    seen: ReplayWindow,
    pub(crate) usage: KeyUsage,
}

/// Protects the records of one direction.
pub(crate) struct Direction {
    context: CipherCtx,
    nonce: Nonce,
}

/// Makes the nonces of one direction.
enum Nonce {
    /// A salt, and eight bytes that each record carries (RFC 5288 §3): the sequence number plus this offset. OpenSSL's first
    /// nonce is random, and with the offset ours continue from its last one. No nonce may repeat.
    Explicit { salt: Zeroizing<[u8; SALT]>, offset: u64 },
    /// The sequence number, XORed with a mask (RFC 7905 §2).
    Masked { mask: Zeroizing<[u8; NONCE]> },
}

impl Nonce {
    /// Takes a side's part of the key block. Its length tells whether it is a salt or a mask.
    fn new(part: &[u8], sealed: LastSealed) -> Self {
        if part.len() == SALT {
            let mut salt = Zeroizing::new([0; SALT]);
            salt.copy_from_slice(part);
            Self::Explicit { salt, offset: sealed.explicit_nonce.wrapping_sub(sealed.sequence) }
        } else {
            let mut mask = Zeroizing::new([0; NONCE]);
            mask.copy_from_slice(part);
            Self::Masked { mask }
        }
    }

    /// How many of its bytes each record carries.
    const fn carried(&self) -> usize {
        match self {
            Self::Explicit { .. } => NONCE - SALT,
            Self::Masked { .. } => 0,
        }
    }

    fn sealing(&self, sequence: u64) -> [u8; NONCE] {
        match self {
            Self::Explicit { salt, offset } => join(salt, sequence.wrapping_add(*offset)),
            Self::Masked { mask } => masked(mask, sequence),
        }
    }

    fn opening(&self, sequence: u64, carried: &[u8]) -> [u8; NONCE] {
        match self {
            Self::Explicit { salt, .. } => {
                let mut nonce = join(salt, 0);
                nonce[SALT..].copy_from_slice(carried);
                nonce
            }
            Self::Masked { mask } => masked(mask, sequence),
        }
    }
}

fn join(salt: &[u8; SALT], rest: u64) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    nonce[..SALT].copy_from_slice(salt);
    nonce[SALT..].copy_from_slice(&rest.to_be_bytes());
    nonce
}

fn masked(mask: &[u8; NONCE], sequence: u64) -> [u8; NONCE] {
    let mut nonce = *mask;
    for (byte, number) in nonce[SALT..].iter_mut().zip(sequence.to_be_bytes()) {
        *byte ^= number;
    }
    nonce
}

/// The additional data of a record (RFC 5246 §6.2.3.3): sequence number, type, version, and the length of the content.
fn additional_data(header: &[u8], length: usize) -> [u8; RECORD_HEADER] {
    let mut data = [0; RECORD_HEADER];
    data[..8].copy_from_slice(&header[3..11]);
    data[8..11].copy_from_slice(&header[..3]);
    data[11..].copy_from_slice(&(length as u16).to_be_bytes());
    data
}

impl RecordLayer {
    /// Continues after the handshake of `ssl`. `sealed` is its last own record, `opened` the sequence number of the last record
    /// that it has decrypted. `None` if OpenSSL must keep handling its version or cipher. The returned `Direction` decrypts
    /// what this side has encrypted.
    pub(crate) fn after(ssl: &SslRef, sealed: LastSealed, opened: u64) -> Option<(Self, MasterSecret, Direction)> {
        if ssl.version_str() != "DTLSv1.2" {
            return None;
        }
        let suite = cipher_suite::find(ssl.current_cipher()?.standard_name()?)?;
        let Protection { aead, hash, key, nonce, usage } = suite.protection?;
        let secret = MasterSecret::of(ssl, hash)?;
        let mut block = Zeroizing::new([0; 2 * (LONGEST_KEY + NONCE)]);
        let block = &mut block[..2 * (key + nonce)];
        secret.key_block(block).ok()?;
        let (keys, nonces) = block.split_at(2 * key);
        let direction = |side: usize, init: Init| {
            let mut context = CipherCtx::new().ok()?;
            init(&mut context, Some(aead()), Some(&keys[side * key..][..key]), None).ok()?;
            Some(Direction { context, nonce: Nonce::new(&nonces[side * nonce..][..nonce], sealed) })
        };
        // The client's keys come first.
        let own = usize::from(ssl.is_server());
        let mut seen = ReplayWindow::default();
        seen.mark(opened);
        let layer = Self {
            seal: direction(own, CipherCtxRef::encrypt_init)?,
            open: direction(1 - own, CipherCtxRef::decrypt_init)?,
            next: sealed.sequence + 1,
            seen,
            usage: usage(),
        };
        Some((layer, secret, direction(own, CipherCtxRef::decrypt_init)?))
    }

    /// Appends an encrypted record of `kind` with `content` to `datagrams`, as one datagram.
    pub(crate) fn seal(&mut self, kind: u8, content: &[u8], datagrams: &mut PacketQueue) -> Result<(), ErrorStack> {
        let sequence = self.next;
        if sequence > LAST_SEQUENCE {
            return Err(ErrorStack::get());
        }
        self.next += 1;
        self.usage.sealed(content.len());
        self.seal.seal(kind, sequence, content, datagrams)
    }

    /// Whether these keys may protect nothing more than close_notify.
    pub(crate) const fn is_used_up(&self) -> bool {
        self.usage.is_used_up() || self.next >= LAST_SEQUENCE
    }

    /// Leaves only `count` sequence numbers.
    #[cfg(test)]
    pub(crate) const fn leave_numbers(&mut self, count: u64) {
        self.next = LAST_SEQUENCE + 1 - count;
    }

    /// Decrypts `record` into `content`, and returns the start of `content` that it fills. `None` if the record was forged,
    /// altered or replayed.
    pub(crate) fn open<'a>(&mut self, record: Record<'_>, content: &'a mut [u8; MAX_PACKET]) -> Option<&'a [u8]> {
        let sequence = record.sequence();
        if sequence >> 48 != EPOCH >> 48 || !self.seen.is_new(sequence) {
            return None;
        }
        let opened = self.open.open(record, content);
        match opened {
            Some(_) => self.seen.mark(sequence),
            None => self.usage.failed(),
        }
        opened
    }
}

/// Sets up a context with a key: `encrypt_init` or `decrypt_init`.
type Init = fn(&mut CipherCtxRef, Option<&CipherRef>, Option<&[u8]>, Option<&[u8]>) -> Result<(), ErrorStack>;

impl Direction {
    fn seal(&mut self, kind: u8, sequence: u64, content: &[u8], datagrams: &mut PacketQueue) -> Result<(), ErrorStack> {
        let nonce = self.nonce.sealing(sequence);
        let carried = self.nonce.carried();
        let fragment = carried + content.len() + TAG;
        let context = &mut self.context;
        datagrams.push_with(RECORD_HEADER + fragment, |record| {
            let (header, rest) = record.split_at_mut(RECORD_HEADER);
            header.copy_from_slice(&record::header(kind, sequence, fragment));
            let (explicit, rest) = rest.split_at_mut(carried);
            explicit.copy_from_slice(&nonce[NONCE - carried..]);
            let (body, tag) = rest.split_at_mut(content.len());
            context.encrypt_init(None, None, Some(&nonce))?;
            context.cipher_update(&additional_data(header, content.len()), None)?;
            context.cipher_update(content, Some(body))?;
            context.cipher_final(&mut [])?;
            context.tag(tag)
        })
    }

    /// Decrypts `record`, whether or not it is a replay.
    pub(crate) fn open<'a>(&mut self, record: Record<'_>, content: &'a mut [u8]) -> Option<&'a [u8]> {
        let (carried, rest) = record.fragment().split_at_checked(self.nonce.carried())?;
        let (body, tag) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
        let content = content.get_mut(..body.len())?;
        let nonce = self.nonce.opening(record.sequence(), carried);
        let context = &mut self.context;
        let mut open = || {
            context.decrypt_init(None, None, Some(&nonce))?;
            context.set_tag(tag)?;
            context.cipher_update(&additional_data(record.bytes, body.len()), None)?;
            context.cipher_update(body, Some(content))?;
            context.cipher_final(&mut [])
        };
        open().ok()?;
        Some(content)
    }
}
