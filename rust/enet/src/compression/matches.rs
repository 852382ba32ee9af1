//! Finds what came before, for the algorithms that copy it.

/// The shortest copy that saves anything.
const SHORTEST: usize = 3;

const HASH_BITS: u32 = 12;

#[derive(Debug)]
pub(super) struct Matches {
    /// Where three bytes with this hash were seen last, plus 1.
    seen: Box<[u16; 1 << HASH_BITS]>,
}

impl Matches {
    pub(super) fn new() -> Self {
        Self { seen: Box::new([0; 1 << HASH_BITS]) }
    }

    /// Forgets all positions.
    pub(super) fn clear(&mut self) {
        self.seen.fill(0);
    }

    /// Finds the copy to make at `position`: where it starts, and its length, which is at most `longest`. Remembers the
    /// position.
    pub(super) fn find(&mut self, input: &[u8], position: usize, longest: usize) -> Option<(usize, usize)> {
        let [first, second, third] = *input[position..].first_chunk()?;
        let bytes = u32::from_le_bytes([first, second, third, 0]);
        let seen = &mut self.seen[(bytes.wrapping_mul(0x9e37_79b1) >> (u32::BITS - HASH_BITS)) as usize];
        let candidate = usize::from(std::mem::replace(seen, position as u16 + 1)).checked_sub(1)?;
        let pairs = input[position..].iter().zip(&input[candidate..]);
        let length = pairs.take(longest).take_while(|(byte, earlier)| byte == earlier).count();
        (length >= SHORTEST).then_some((candidate, length))
    }
}
