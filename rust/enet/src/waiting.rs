//! How much of what a peer sends may wait.

use std::sync::Arc;

use crate::budget::{Budget, Full, Share};
use crate::limits::PACKET_OVERHEAD;

/// What waits to be complete, to be in order, or to be taken.
#[derive(Debug)]
pub(crate) struct Waiting {
    share: Share,
    /// For data that can be delivered next.
    maximum: usize,
    maximum_packet_size: usize,
}

impl Waiting {
    pub(crate) const fn new(maximum: usize, maximum_packet_size: usize, budget: Arc<Budget>) -> Self {
        Self { share: Share::new(budget), maximum, maximum_packet_size }
    }

    /// The largest packet that is received, in bytes.
    pub(crate) const fn maximum_packet_size(&self) -> usize {
        self.maximum_packet_size
    }

    /// The bytes that wait, with the overhead of their packets.
    pub(crate) const fn used(&self) -> usize {
        self.share.used()
    }

    /// Takes room for `bytes`. Data that is not next leaves room for any packet that it waits for.
    pub(crate) fn take(&mut self, bytes: usize, is_next: bool) -> Result<(), Full> {
        let reserved = if is_next { 0 } else { self.maximum_packet_size };
        self.share.take(bytes, self.maximum.saturating_sub(reserved))
    }

    /// Takes room for a packet.
    pub(crate) fn take_packet(&mut self, packet: &[u8], is_next: bool) -> Result<(), Full> {
        self.take(packet.len() + PACKET_OVERHEAD, is_next)
    }

    /// Gives back what was taken.
    pub(crate) fn give_back(&mut self, bytes: usize) {
        self.share.give_back(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_of_order_data_leaves_room_for_the_packet_that_it_waits_for() {
        let mut waiting = Waiting::new(3000, 2000, Arc::new(Budget::new(0)));
        assert_eq!(waiting.take(1000, false), Ok(()));
        assert_eq!(waiting.take(1, false), Err(Full));
        assert_eq!(waiting.take(2000, true), Ok(()));
        assert_eq!(waiting.take(1, true), Err(Full));
        waiting.give_back(2001);
        assert_eq!(waiting.take(1, false), Ok(()));
    }
}
