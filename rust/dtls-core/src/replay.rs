//! Remembers which records were received (RFC 6347 §4.1.2.6).

/// Records this far behind the newest count as replayed.
const WIDTH: u64 = u64::BITS as u64;

/// A sliding window over sequence numbers. Mark only authentic records.
#[derive(Debug, Default)]
pub(crate) struct ReplayWindow {
    /// One more than the newest number; 0 if there is none.
    end: u64,
    /// Bit n: whether the record n numbers before the newest was received.
    seen: u64,
}

impl ReplayWindow {
    pub(crate) const fn is_new(&self, sequence: u64) -> bool {
        if sequence >= self.end {
            return true;
        }
        let behind = self.end - 1 - sequence;
        behind < WIDTH && self.seen & 1 << behind == 0
    }

    pub(crate) fn mark(&mut self, sequence: u64) {
        if sequence >= self.end {
            let ahead = sequence + 1 - self.end;
            self.seen = if ahead < WIDTH { self.seen << ahead } else { 0 };
            self.end = sequence + 1;
        }
        let behind = self.end - 1 - sequence;
        if behind < WIDTH {
            self.seen |= 1 << behind;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn each_record_is_new_once_and_only_if_the_window_still_covers_it(
            sequences in proptest::collection::vec(prop_oneof![0..300_u64, any::<u32>().prop_map(u64::from)], 1..400)
        ) {
            let mut window = ReplayWindow::default();
            let mut seen = HashSet::new();
            let mut newest = 0;
            for sequence in sequences {
                let expected = !seen.contains(&sequence) && sequence + 64 > newest;
                prop_assert_eq!(window.is_new(sequence), expected);
                if expected {
                    window.mark(sequence);
                    seen.insert(sequence);
                    newest = newest.max(sequence);
                }
            }
        }
    }
}
