//! What I/O threads have for the owner of an ENet host, in the order in which it happened.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use dtls_core::EndReason;
use dtls_enet::Mode;
use parking_lot::Mutex;

use super::connection::EnetConnection;
use crate::accept_queue::Place;
use crate::budget::QueueLimits;

/// How much memory an empty batch keeps, in bytes.
const KEPT: usize = 64 * 1024;

/// Names a connection of an ENet host. No two connections of a host have the same.
pub type ConnectionId = u64;

/// The events that wait, as one batch, which the owner takes whole. So the owner takes one lock in each frame.
///
/// A batch is bounded, for each connection and for all together. What has no room stays with its ENet peer, which does not
/// acknowledge more than it may keep.
pub(crate) struct EventQueue {
    waiting: Mutex<Batch>,
    /// For the packets of one connection in one batch.
    limits: QueueLimits,
    /// How many bytes of packets, and of the events that tell of them, a batch may have.
    max_bytes: usize,
    last_id: AtomicU64,
}

/// Events with their packets in one allocation.
#[derive(Default)]
pub(crate) struct Batch {
    /// Counts the batches.
    number: u64,
    events: VecDeque<Queued>,
    bytes: Vec<u8>,
    /// Where in `bytes` the packet of the next event starts.
    head: usize,
    /// Whether peers keep events for which there was no room.
    is_held: bool,
}

/// An event. The bytes of packets are in [`Batch::bytes`].
pub(crate) enum Queued {
    Connected {
        id: ConnectionId,
        /// On a server: the connection, which is new to the owner.
        connection: Option<EnetConnection>,
        data: u32,
    },
    Received {
        id: ConnectionId,
        channel: u8,
        mode: Mode,
        length: usize,
    },
    Disconnected {
        id: ConnectionId,
        reason: EndReason,
        /// On a server: free for another client once the owner knows that this one has gone. So the events of clients
        /// that come and go cannot pile up.
        place: Option<Place>,
    },
}

/// What a connection has in a batch.
#[derive(Debug, Default)]
pub(crate) struct Share {
    batch: u64,
    packets: usize,
    bytes: usize,
}

/// The batch that waits, for an I/O thread that adds to it.
pub(crate) struct Adding<'q> {
    batch: parking_lot::MutexGuard<'q, Batch>,
    queue: &'q EventQueue,
    share: &'q mut Share,
}

impl EventQueue {
    pub(crate) fn new(limits: QueueLimits, max_bytes: usize) -> Self {
        Self { waiting: Mutex::default(), limits, max_bytes, last_id: AtomicU64::new(0) }
    }

    pub(crate) fn next_id(&self) -> ConnectionId {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Locks the queue for the events of the connection with this `share`.
    pub(crate) fn add<'q>(&'q self, share: &'q mut Share) -> Adding<'q> {
        let batch = self.waiting.lock();
        if share.batch != batch.number {
            *share = Share { batch: batch.number, ..Share::default() };
        }
        Adding { batch, queue: self, share }
    }

    /// Takes what waits, and leaves the empty `taken` in its place. Returns whether peers keep more.
    pub(crate) fn take(&self, taken: &mut Batch) -> bool {
        taken.clear();
        let mut waiting = self.waiting.lock();
        taken.number = waiting.number + 1;
        std::mem::swap(&mut *waiting, taken);
        std::mem::take(&mut taken.is_held)
    }
}

impl Adding<'_> {
    /// Whether there is room for another event. A packet has room if the ones before it leave any, so that every packet
    /// has room in an empty batch.
    pub(crate) fn has_room(&mut self) -> bool {
        let limits = &self.queue.limits;
        let has_room = self.share.packets < limits.packets
            && self.share.bytes < limits.bytes
            && self.batch.size() < self.queue.max_bytes;
        self.batch.is_held |= !has_room;
        has_room
    }

    pub(crate) fn push(&mut self, event: Queued) {
        self.batch.events.push_back(event);
    }

    pub(crate) fn push_packet(&mut self, id: ConnectionId, channel: u8, mode: Mode, packet: &[u8]) {
        self.share.packets += 1;
        self.share.bytes += packet.len();
        self.batch.bytes.extend_from_slice(packet);
        self.push(Queued::Received { id, channel, mode, length: packet.len() });
    }
}

impl Batch {
    /// Takes the oldest event, and its packet if it has one.
    pub(crate) fn pop(&mut self) -> Option<(Queued, &[u8])> {
        let event = self.events.pop_front()?;
        let start = self.head;
        if let Queued::Received { length, .. } = event {
            self.head += length;
        }
        Some((event, &self.bytes[start..self.head]))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    fn size(&self) -> usize {
        self.bytes.len() + self.events.len() * size_of::<Queued>()
    }

    fn clear(&mut self) {
        self.events.clear();
        self.bytes.clear();
        self.head = 0;
        self.events.shrink_to(KEPT / size_of::<Queued>());
        self.bytes.shrink_to(KEPT);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn queue(limits: QueueLimits, max_bytes: usize) -> EventQueue {
        EventQueue::new(limits, max_bytes)
    }

    /// Adds packets of `size` bytes while there is room: how many.
    fn fill(queue: &EventQueue, share: &mut Share, size: usize) -> usize {
        let mut adding = queue.add(share);
        (0..1000)
            .take_while(|_| {
                adding.has_room().then(|| adding.push_packet(1, 0, Mode::Reliable, &vec![7; size])).is_some()
            })
            .count()
    }

    #[test]
    fn a_batch_is_bounded_for_each_connection_and_for_all() {
        let queue = queue(QueueLimits { packets: 5, bytes: 600 }, 1000 + 9 * size_of::<Queued>());
        let mut shares = [(); 4].map(|()| Share::default());
        let counts: Vec<_> =
            shares.iter_mut().zip([10, 200, 300, 10]).map(|(share, size)| fill(&queue, share, size)).collect();
        assert_eq!(counts, [5, 3, 2, 0], "five packets, 600 bytes, and 1000 bytes of all with one packet beyond");
        let mut batch = Batch::default();
        assert!(queue.take(&mut batch), "some have more");
        assert!(!batch.is_empty());
        assert_eq!(fill(&queue, &mut shares[3], 10), 5, "the next batch has room");
    }

    #[test]
    fn empty_packets_are_bounded_for_all_too() {
        let queue = queue(QueueLimits { packets: 100, bytes: 600 }, 150 * size_of::<Queued>());
        let counts = [(); 3].map(|()| fill(&queue, &mut Share::default(), 0));
        assert_eq!(counts, [100, 50, 0]);
    }

    #[test]
    fn a_packet_of_any_size_has_room_in_an_empty_batch() {
        let queue = queue(QueueLimits { packets: 5, bytes: 600 }, 1000);
        let mut share = Share::default();
        assert_eq!(fill(&queue, &mut share, 5000), 1);
        let mut batch = Batch::default();
        queue.take(&mut batch);
        assert_eq!(batch.pop().unwrap().1.len(), 5000);
        assert!(batch.pop().is_none());
    }
}
