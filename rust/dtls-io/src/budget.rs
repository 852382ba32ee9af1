//! Limits on the bytes of waiting packets.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dtls_core::PacketQueue;

/// A byte budget that the waiting packets of several connections share.
#[derive(Debug)]
pub struct Budget {
    used: AtomicUsize,
    max: usize,
}

impl Budget {
    /// A budget of `max` bytes.
    pub const fn new(max: usize) -> Self {
        Self { used: AtomicUsize::new(0), max }
    }

    /// How many bytes are taken.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Takes `bytes` from the budget; `false` if it has fewer left.
    pub fn take(&self, bytes: usize) -> bool {
        let fits = self.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= self.max;
        if !fits {
            self.give_back(bytes);
        }
        fits
    }

    /// Returns `bytes` that were taken.
    pub fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Limits for the packets of one connection that wait to be read, or to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// The number of packets.
    pub packets: usize,
    /// Their total bytes.
    pub bytes: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self { packets: 1024, bytes: 2 * 1024 * 1024 }
    }
}

/// The packets of a connection that wait to be read. If the reader is too slow, new packets are dropped.
#[derive(Debug)]
pub struct Inbox {
    packets: PacketQueue,
    limits: QueueLimits,
    budget: Arc<Budget>,
    dropped: u64,
}

impl Inbox {
    /// An empty inbox. Its bytes also count against `budget`.
    pub const fn new(limits: QueueLimits, budget: Arc<Budget>) -> Self {
        Self { packets: PacketQueue::new(), limits, budget, dropped: 0 }
    }

    /// How many packets wait.
    pub fn len(&self) -> usize {
        self.packets.len()
    }

    /// Whether no packet waits.
    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// How many packets were dropped because there was no room.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Appends a packet; `false` if there is no room.
    pub fn push(&mut self, packet: &[u8]) -> bool {
        let has_room = self.packets.len() < self.limits.packets
            && self.packets.bytes() + packet.len() <= self.limits.bytes
            && self.budget.take(packet.len());
        if has_room {
            self.packets.push(packet);
        } else {
            self.dropped += 1;
        }
        has_room
    }

    /// Takes the oldest packet. The slice is valid until the next use of the inbox.
    pub fn pop(&mut self) -> Option<&[u8]> {
        let packet = self.packets.pop()?;
        self.budget.give_back(packet.len());
        Some(packet)
    }

    /// Drops all waiting packets, and frees their memory.
    pub fn clear(&mut self) {
        self.budget.give_back(self.packets.bytes());
        self.packets = PacketQueue::new();
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_bounded_in_packets_in_bytes_and_by_what_others_have_waiting() {
        let budget = Arc::new(Budget::new(1000));
        let inbox = || Inbox::new(QueueLimits { packets: 5, bytes: 600 }, Arc::clone(&budget));
        let fill = |inbox: &mut Inbox, size| (0..10).filter(|_| inbox.push(&vec![7; size])).count();
        let (mut by_number, mut by_bytes, mut by_others) = (inbox(), inbox(), inbox());
        assert_eq!(fill(&mut by_number, 10), 5);
        assert_eq!(fill(&mut by_bytes, 200), 3);
        assert_eq!(fill(&mut by_others, 200), 1);
        assert_eq!((by_number.dropped(), by_bytes.dropped(), by_others.dropped()), (5, 7, 9));
        assert_eq!(budget.used(), 850);
        by_bytes.pop();
        assert!(by_others.push(&[7; 200]), "what is read makes room for others");
        drop((by_number, by_bytes, by_others));
        assert_eq!(budget.used(), 0);
    }
}
