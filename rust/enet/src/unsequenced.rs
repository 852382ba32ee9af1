//! Which unsequenced packets were received.

/// How many groups the window remembers (`ENET_PEER_UNSEQUENCED_WINDOW_SIZE`).
const SIZE: u16 = 1024;

/// Groups further ahead than this are old ones, from before the wrap of 16 bits (`ENET_PEER_FREE_UNSEQUENCED_WINDOWS`).
const AHEAD: u16 = 32 * SIZE;

/// A window over the groups of unsequenced packets. It moves in steps of its size.
#[derive(Debug, Default)]
pub(crate) struct UnsequencedWindow {
    /// The first group of the window.
    start: u16,
    seen: [u64; (SIZE / u64::BITS as u16) as usize],
}

impl UnsequencedWindow {
    /// Whether `group` was not received before. Marks it as received.
    pub(crate) fn receive(&mut self, group: u16) -> bool {
        let index = group % SIZE;
        if group.wrapping_sub(self.start) >= AHEAD {
            return false;
        }
        if group - index != self.start {
            self.start = group - index;
            self.seen = Default::default();
        }
        let (word, bit) = (usize::from(index / 64), 1 << (index % 64));
        let is_new = self.seen[word] & bit == 0;
        self.seen[word] |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_new_once_and_old_windows_do_not_come_back() {
        let mut window = UnsequencedWindow::default();
        assert!(window.receive(1));
        assert!(window.receive(3));
        assert!(window.receive(2));
        assert!(!window.receive(3));
        assert!(window.receive(1024), "the next window");
        assert!(!window.receive(1023), "the window before");
        assert!(window.receive(1024 + 32 * 1024 - 1), "the last group ahead");
        assert!(window.receive(0xffff));
        assert!(window.receive(2), "after 16 bits wrapped");
        assert!(!window.receive(2));
    }
}
