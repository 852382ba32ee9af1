//! Sequence numbers: 16 bits on the wire, without end here.

/// A window of reliable sequence numbers (`ENET_PEER_RELIABLE_WINDOW_SIZE`).
pub(crate) const WINDOW_SIZE: u64 = 0x1000;

/// The windows of 16 bits (`ENET_PEER_RELIABLE_WINDOWS`).
pub(crate) const WINDOWS: usize = 16;

/// Windows that a sender leaves free, so that a receiver can tell new from old (`ENET_PEER_FREE_RELIABLE_WINDOWS`).
pub(crate) const FREE_WINDOWS: usize = 8;

/// Where a sequence number is, seen from the newest that was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the windows that are accepted: the number in full. It is at least the newest.
    Current(u64),
    /// Beyond them. The sender must not take it for received.
    TooFar,
    /// Delivered before. The sender may not know that yet.
    Old,
}

impl Place {
    /// Where `wire` is if `newest` was the last to be delivered.
    pub(crate) const fn of(wire: u16, newest: u64) -> Self {
        let full = newest + wire.wrapping_sub(newest as u16) as u64;
        let windows_ahead = full / WINDOW_SIZE - newest / WINDOW_SIZE;
        match windows_ahead {
            0..7 => Self::Current(full),
            7..=8 => Self::TooFar,
            _ => Self::Old,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_placed_by_window_across_the_wrap_of_16_bits() {
        let newest = 3 * 0x1_0000 + 0xfff0;
        assert_eq!(Place::of(0xfff0, newest), Place::Current(newest));
        assert_eq!(Place::of(0xfff1, newest), Place::Current(newest + 1));
        assert_eq!(Place::of(0x0000, newest), Place::Current(newest + 0x10));
        // The newest is in window 15; window 5 of the next round is six ahead.
        assert_eq!(Place::of(0x5fff, newest), Place::Current(4 * 0x1_0000 + 0x5fff));
        assert_eq!(Place::of(0x6000, newest), Place::TooFar);
        assert_eq!(Place::of(0x7fff, newest), Place::TooFar);
        assert_eq!(Place::of(0x8000, newest), Place::Old);
        assert_eq!(Place::of(0xffef, newest), Place::Old);
    }
}
