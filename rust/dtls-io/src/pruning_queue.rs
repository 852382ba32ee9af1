//! A queue that drops items nobody needs any more.

use std::collections::VecDeque;

/// With fewer items, pruning is not worth the time.
const MIN_LIMIT: usize = 256;

/// A FIFO queue whose items may become unneeded. Unneeded items are dropped whenever the queue has grown to twice the
/// number that the last pruning kept. The queue thus stays bounded by the number of needed items, even if nobody takes
/// any.
pub(crate) struct PruningQueue<T> {
    items: VecDeque<T>,
    limit: usize,
}

impl<T> Default for PruningQueue<T> {
    fn default() -> Self {
        Self { items: VecDeque::new(), limit: MIN_LIMIT }
    }
}

impl<T> PruningQueue<T> {
    /// Adds `item`, and may first drop items that are not needed.
    pub(crate) fn push(&mut self, item: T, is_needed: impl FnMut(&T) -> bool) {
        if self.items.len() >= self.limit {
            self.items.retain(is_needed);
            self.limit = (2 * self.items.len()).max(MIN_LIMIT);
        }
        self.items.push_back(item);
    }

    /// Takes the oldest item.
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.items.pop_front()
    }

    /// Takes all items, oldest first.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> {
        self.items.drain(..)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_needed_goes_and_what_is_stays_in_order() {
        let mut queue = PruningQueue::default();
        for number in 0..10_000 {
            queue.push(number, |number| number % 1000 == 0);
            assert!(queue.items.len() <= MIN_LIMIT);
        }
        let kept: Vec<_> = queue.drain().filter(|number| number % 1000 == 0).collect();
        assert_eq!(kept, (0..10_000).step_by(1000).collect::<Vec<_>>());
        assert!(queue.is_empty());
    }

    #[test]
    fn what_is_needed_is_kept_whatever_its_number() {
        let mut queue = PruningQueue::default();
        for number in 0..10_000 {
            queue.push(number, |_| true);
        }
        assert_eq!(queue.pop(), Some(0));
        assert_eq!(queue.drain().count(), 9_999);
    }
}
