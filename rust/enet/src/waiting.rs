//! How much of what a peer sends may wait.

use std::sync::Arc;

use crate::budget::{Budget, Full, Share};
use crate::limits::PACKET_OVERHEAD;

/// Of the room for data that is out of order, the part that only data in gaps may take: 1 in so many.
const GAPS: usize = 4;

/// Where data stands in the order of what a channel delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// It is delivered next.
    Next,
    /// It fills a gap before data that waits.
    Gap,
    /// Nothing that waits comes after it.
    Last,
}

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

    /// Takes room for `bytes`. Data that is not next leaves room for any packet that it waits for. The last data also leaves
    /// room for what fills the gaps before it. Otherwise the lost packets of a window would get in only one after the other,
    /// each when its sender tries it again.
    pub(crate) fn take(&mut self, bytes: usize, order: Order) -> Result<(), Full> {
        let out_of_order = self.maximum.saturating_sub(self.maximum_packet_size);
        let maximum = match order {
            Order::Next => self.maximum,
            Order::Gap => out_of_order,
            Order::Last => out_of_order - out_of_order / GAPS,
        };
        self.share.take(bytes, maximum)
    }

    /// Takes room for a packet.
    pub(crate) fn take_packet(&mut self, packet: &[u8], order: Order) -> Result<(), Full> {
        self.take(packet.len() + PACKET_OVERHEAD, order)
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
    fn out_of_order_data_leaves_room_for_gaps_and_for_the_packet_that_it_waits_for() {
        let mut waiting = Waiting::new(3000, 2000, Arc::new(Budget::new(0)));
        assert_eq!(waiting.take(750, Order::Last), Ok(()));
        assert_eq!(waiting.take(1, Order::Last), Err(Full));
        assert_eq!(waiting.take(250, Order::Gap), Ok(()));
        assert_eq!(waiting.take(1, Order::Gap), Err(Full));
        assert_eq!(waiting.take(2000, Order::Next), Ok(()));
        assert_eq!(waiting.take(1, Order::Next), Err(Full));
        waiting.give_back(2251);
        assert_eq!(waiting.take(1, Order::Last), Ok(()));
    }
}
