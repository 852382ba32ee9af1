//! Limits on memory that the peers of a host share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::limits::RESERVED_DATA;

/// There is no room for more data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// What all peers of a host may take together, beyond the part that is reserved for each.
#[derive(Debug)]
pub(crate) struct Budget {
    used: AtomicUsize,
    /// Bytes of packets that other threads send.
    on_the_way: AtomicUsize,
    maximum: usize,
}

impl Budget {
    pub(crate) const fn new(maximum: usize) -> Self {
        Self { used: AtomicUsize::new(0), on_the_way: AtomicUsize::new(0), maximum }
    }

    fn take(&self, bytes: usize) -> Result<(), Full> {
        if self.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= self.maximum {
            return Ok(());
        }
        self.give_back(bytes);
        Err(Full)
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What is queued for all peers of a host, for threads that send to them and do not drive them.
#[derive(Debug, Clone)]
pub struct HostQueue(pub(crate) Arc<Budget>);

impl HostQueue {
    /// Notes that `bytes` are on their way to a peer. `queued` is what the peer has already, and what is on its way there.
    /// Returns `false`, and notes nothing, if
    /// [`maximum_queued_data_of_host`](crate::HostOptions::maximum_queued_data_of_host) leaves no room for them. Otherwise
    /// call [`arrived`](Self::arrived) later.
    pub fn announce(&self, queued: usize, bytes: usize) -> bool {
        let on_the_way = self.0.on_the_way.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let is_reserved = queued.saturating_add(bytes) <= RESERVED_DATA;
        let has_room = is_reserved || self.0.used.load(Ordering::Relaxed).saturating_add(on_the_way) <= self.0.maximum;
        if !has_room {
            self.arrived(bytes);
        }
        has_room
    }

    /// Notes that `bytes` are queued, or were dropped.
    pub fn arrived(&self, bytes: usize) {
        self.0.on_the_way.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What one peer has taken. It gives everything back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    used: usize,
    budget: Arc<Budget>,
}

impl Share {
    pub(crate) const fn new(budget: Arc<Budget>) -> Self {
        Self { used: 0, budget }
    }

    /// The bytes that are taken.
    pub(crate) const fn used(&self) -> usize {
        self.used
    }

    /// Takes `bytes`, if the peer has at most `maximum` then.
    pub(crate) fn take(&mut self, bytes: usize, maximum: usize) -> Result<(), Full> {
        let used = self.used.saturating_add(bytes);
        if used > maximum {
            return Err(Full);
        }
        self.budget.take(beyond_reserve(used) - beyond_reserve(self.used))?;
        self.used = used;
        Ok(())
    }

    pub(crate) fn give_back(&mut self, bytes: usize) {
        let used = self.used - bytes;
        self.budget.give_back(beyond_reserve(self.used) - beyond_reserve(used));
        self.used = used;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back(self.used);
    }
}

const fn beyond_reserve(used: usize) -> usize {
    used.saturating_sub(RESERVED_DATA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exhausted_budget_leaves_each_peer_its_reserve() {
        let budget = Arc::new(Budget::new(1000));
        let (mut greedy, mut modest) = (Share::new(Arc::clone(&budget)), Share::new(budget));
        assert_eq!(greedy.take(RESERVED_DATA + 1000, usize::MAX), Ok(()));
        assert_eq!(greedy.take(1, usize::MAX), Err(Full));
        assert_eq!(modest.take(RESERVED_DATA, usize::MAX), Ok(()));
        assert_eq!(modest.take(1, usize::MAX), Err(Full));
        drop(greedy);
        assert_eq!(modest.take(1000, usize::MAX), Ok(()));
        modest.give_back(500);
        assert_eq!(modest.take(500, RESERVED_DATA + 999), Err(Full));
        assert_eq!(modest.take(500, RESERVED_DATA + 1000), Ok(()));
    }
}
