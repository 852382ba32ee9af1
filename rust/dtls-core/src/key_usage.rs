//! Counts how much a key protects (RFC 9325 §4.4). Ciphers that OpenSSL keeps handling are not counted.

use crate::datagram::MAX_PACKET;

/// Bytes of an AES block.
const BLOCK: usize = 16;

/// How many blocks AES-GCM may encrypt under one key: those of 2^24.5 full records (RFC 9325 §4.4). That limit follows from
/// one on blocks (draft-irtf-cfrg-aead-limits §5.1), which holds if nonces never repeat, as ours never do. Counting blocks
/// lasts longer with small records: 1,000 records a second of 100 bytes each reach 2^24.5 records within seven hours, but
/// this many blocks only after a month.
const GCM_BLOCKS: u64 = (1_u128 << (2 * 24 + 1)).isqrt() as u64 * (MAX_PACKET / BLOCK) as u64;

/// How many forged records one key may refuse (RFC 9147 §4.5.3, for the same ciphers with nonces that do not repeat). RFC
/// 9325 §4.4 allows 2^28 for AES-GCM, but a stranger can send that many in minutes, and would end the session.
const FAILURES: u64 = 1 << 36;

/// What the keys of a session may still do.
#[derive(Debug)]
pub(crate) struct KeyUsage {
    blocks_left: u64,
    failures_left: u64,
}

impl KeyUsage {
    pub(crate) const fn of_gcm() -> Self {
        Self { blocks_left: GCM_BLOCKS, failures_left: FAILURES }
    }

    /// Sequence numbers run out before its limit is reached (RFC 9147 §4.5.3).
    pub(crate) const fn of_chacha20() -> Self {
        Self { blocks_left: u64::MAX, failures_left: FAILURES }
    }

    /// Counts a record of `length` bytes that was encrypted. The tag takes a block, too.
    pub(crate) const fn sealed(&mut self, length: usize) {
        self.blocks_left = self.blocks_left.saturating_sub(length.div_ceil(BLOCK) as u64 + 1);
    }

    /// Counts a record that was forged or altered.
    pub(crate) const fn failed(&mut self) {
        self.failures_left = self.failures_left.saturating_sub(1);
    }

    pub(crate) const fn is_used_up(&self) -> bool {
        self.blocks_left == 0 || self.failures_left == 0
    }

    /// Reaches its limit with one more record, encrypted or forged.
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
