//! The record layer of DTLS 1.2 once connected (RFC 6347 §4.1): OpenSSL's AEAD ciphers, without its `SSL`.
//!
//! An `SSL` keeps some 70 KiB for as long as it lives, for a handshake that is over. Two cipher contexts do what is left.

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

/// Both ends number and protect the records of epoch 1, there being one handshake a session.
const EPOCH: u64 = 1 << 48;
/// Sequence numbers have 48 bits (RFC 6347 §4.1).
const LAST_SEQUENCE: u64 = EPOCH | (EPOCH - 1);

const TAG: usize = 16;

/// The last record that OpenSSL has sealed, after which this layer goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastSealed {
    sequence: u64,
    explicit_nonce: u64,
}

impl LastSealed {
    /// What `record` tells, if it is one of epoch 1.
    pub(crate) fn of(record: Record<'_>) -> Option<Self> {
        let explicit_nonce = u64::from_be_bytes(*record.fragment().first_chunk()?);
        record.is_protected().then(|| Self { sequence: record.sequence(), explicit_nonce })
    }
}

/// Seals and opens the records of a connected session.
pub(crate) struct RecordLayer {
    seal: Direction,
    open: Direction,
    /// Epoch and sequence number of the next record.
    next: u64,
    seen: ReplayWindow,
    pub(crate) usage: KeyUsage,
}

/// The records that one side protects.
pub(crate) struct Direction {
    context: CipherCtx,
    nonce: Nonce,
}

/// How the nonces of one direction come about.
enum Nonce {
    /// A salt, and eight bytes that each record carries (RFC 5288 §3): the sequence number plus this offset, by which they go
    /// on from those of OpenSSL, whose first is random. None may come twice.
    Explicit { salt: Zeroizing<[u8; SALT]>, offset: u64 },
    /// The sequence number, masked (RFC 7905 §2).
    Masked { mask: Zeroizing<[u8; NONCE]> },
}

impl Nonce {
    /// From a side's part of the key block, which is a salt or a mask by its length.
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

    /// Bytes of it that each record carries.
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

/// The additional data of a record (RFC 5246 §6.2.3.3), whose header differs from it in the length alone.
fn additional_data(header: &[u8], length: usize) -> [u8; RECORD_HEADER] {
    let mut data = [0; RECORD_HEADER];
    data[..8].copy_from_slice(&header[3..11]);
    data[8..11].copy_from_slice(&header[..3]);
    data[11..].copy_from_slice(&(length as u16).to_be_bytes());
    data
}

impl RecordLayer {
    /// Goes on where `ssl` ends, whose handshake is done, whose last record was `sealed`, and which has `opened` the one of that
    /// number. `None` if its version or its cipher is one that stays with OpenSSL. The last of the three opens what this side
    /// has sealed.
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
        // The client's come first.
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

    /// Appends a record of `kind` with `content` to `datagrams`, as one datagram.
    pub(crate) fn seal(&mut self, kind: u8, content: &[u8], datagrams: &mut PacketQueue) -> Result<(), ErrorStack> {
        let sequence = self.next;
        if sequence > LAST_SEQUENCE {
            return Err(ErrorStack::get());
        }
        self.next += 1;
        self.usage.sealed(content.len());
        self.seal.seal(kind, sequence, content, datagrams)
    }

    /// Whether nothing but a farewell should be protected by these keys any more.
    pub(crate) const fn is_used_up(&self) -> bool {
        self.usage.is_used_up() || self.next >= LAST_SEQUENCE
    }

    /// Has only `count` sequence numbers left.
    #[cfg(test)]
    pub(crate) const fn leave_numbers(&mut self, count: u64) {
        self.next = LAST_SEQUENCE + 1 - count;
    }

    /// Opens `record` into `content`, whose beginning is returned; `None` if it was forged, altered or seen before.
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

/// Sets a context up with a key: `encrypt_init` or `decrypt_init`.
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

    /// Opens `record`, whether or not it was seen before.
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
