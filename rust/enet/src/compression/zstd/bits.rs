//! Writes bits, the first of them lowest. Decoders start at the end.

pub(super) struct Bits<'a> {
    bytes: &'a mut Vec<u8>,
    /// Those that are no byte yet.
    pending: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) const fn after(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes, pending: 0, count: 0 }
    }

    /// Appends the lowest `count` bits of `value`.
    pub(super) fn push(&mut self, value: u32, count: u32) {
        self.pending |= (u64::from(value) & ((1 << count) - 1)) << self.count;
        self.count += count;
        while self.count >= u8::BITS {
            self.bytes.push(self.pending as u8);
            self.pending >>= u8::BITS;
            self.count -= u8::BITS;
        }
    }

    /// Marks the end.
    pub(super) fn finish(mut self) {
        self.push(1, 1);
        if self.count > 0 {
            self.bytes.push(self.pending as u8);
        }
    }
}
