//! How much one key may protect (RFC 9325 §4.4), counted. Ciphers that stay with OpenSSL are not.

use crate::datagram::MAX_PACKET;

/// Bytes of an AES block.
const BLOCK: usize = 16;

/// How many blocks AES-GCM may encrypt under one key: those of the 2^24.5 full records of RFC 9325 §4.4. The bound behind that
/// number is one on blocks (draft-irtf-cfrg-aead-limits §5.1), which only a sender whose nonces never repeat can use, as ours
/// do not. Small records would reach the number of records within seven hours at 1,000 a second; with 100 bytes each they
/// reach that of blocks after a month.
const GCM_BLOCKS: u64 = (1_u128 << (2 * 24 + 1)).isqrt() as u64 * (MAX_PACKET / BLOCK) as u64;

/// How many records may fail to open under one key (RFC 9147 §4.5.3, of the same ciphers under nonces that do not repeat).
/// RFC 9325 §4.4 has 2^28 for AES-GCM, which a stranger forges in minutes: that would be a way to end other people's sessions.
const FAILURES: u64 = 1 << 36;

/// What the keys of a session have done so far, against what they may.
#[derive(Debug)]
pub(crate) struct KeyUsage {
    blocks_left: u64,
    failures_left: u64,
}

impl KeyUsage {
    pub(crate) const fn of_gcm() -> Self {
        Self { blocks_left: GCM_BLOCKS, failures_left: FAILURES }
    }

    /// Sequence numbers end before its keys do (RFC 9147 §4.5.3).
    pub(crate) const fn of_chacha20() -> Self {
        Self { blocks_left: u64::MAX, failures_left: FAILURES }
    }

    /// Takes note of a record that was sealed, with `length` bytes in it; the tag takes a block, too.
    pub(crate) const fn sealed(&mut self, length: usize) {
        self.blocks_left = self.blocks_left.saturating_sub(length.div_ceil(BLOCK) as u64 + 1);
    }

    /// Takes note of a record that was forged or altered.
    pub(crate) const fn failed(&mut self) {
        self.failures_left = self.failures_left.saturating_sub(1);
    }

    pub(crate) const fn is_used_up(&self) -> bool {
        self.blocks_left == 0 || self.failures_left == 0
    }

    /// One record more, sealed or forged, is one too many.
    #[cfg(test)]
    pub(crate) const fn nearly_used_up() -> Self {
        Self { blocks_left: 1, failures_left: 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_a_thousand_full_datagrams_a_second_does_not_use_up_a_key() {
        let mut usage = KeyUsage::of_gcm();
        let before = usage.blocks_left;
        usage.sealed(1163);
        assert!((before - usage.blocks_left) * 1000 * 86_400 < GCM_BLOCKS);
    }

    #[test]
    fn as_many_full_records_as_the_standard_allows_use_up_a_key_of_aes_gcm() {
        const RECORDS: u64 = 23_726_566; // 2^24.5
        let mut usage = KeyUsage::of_gcm();
        let before = usage.blocks_left;
        usage.sealed(MAX_PACKET);
        let records = GCM_BLOCKS / (before - usage.blocks_left);
        assert!((RECORDS - RECORDS / 1000..=RECORDS).contains(&records), "{records}");
    }
}
