//! Events that the owner has not taken yet.

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::budget::Full;
use crate::event::{Cause, Event};
use crate::limits::PACKET_OVERHEAD;
use crate::packet::Mode;
use crate::waiting::{Order, Waiting};

/// How much memory an empty inbox keeps, in bytes.
const KEPT: usize = 4096;

/// A queue of events. Packets that arrive in order share one allocation, so that a steady flow allocates nothing.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub(crate) waiting: Waiting,
    queue: VecDeque<Queued>,
    bytes: Vec<u8>,
    /// Where in `bytes` the oldest packet starts.
    head: usize,
}

#[derive(Debug)]
enum Queued {
    Connected {
        data: u32,
    },
    /// A packet with its bytes in [`Inbox::bytes`].
    Copied {
        channel: u8,
        mode: Mode,
        length: usize,
    },
    Owned {
        channel: u8,
        mode: Mode,
        packet: Vec<u8>,
    },
    Disconnected {
        data: u32,
        cause: Cause,
    },
}

impl Inbox {
    pub(crate) const fn new(waiting: Waiting) -> Self {
        Self { waiting, queue: VecDeque::new(), bytes: Vec::new(), head: 0 }
    }

    pub(crate) fn push_connected(&mut self, data: u32) {
        self.queue.push_back(Queued::Connected { data });
    }

    pub(crate) fn push_disconnected(&mut self, data: u32, cause: Cause) {
        self.queue.push_back(Queued::Disconnected { data, cause });
    }

    /// Queues a copy of a packet that can be delivered at once.
    pub(crate) fn push_copy(&mut self, channel: u8, mode: Mode, packet: &[u8]) -> Result<(), Full> {
        self.waiting.take_packet(packet, Order::Next)?;
        self.reclaim();
        self.bytes.extend_from_slice(packet);
        self.queue.push_back(Queued::Copied { channel, mode, length: packet.len() });
        Ok(())
    }

    /// Queues a packet that had to wait. It has its room in [`waiting`](Self::waiting) already.
    pub(crate) fn push_owned(&mut self, channel: u8, mode: Mode, packet: Vec<u8>) {
        self.queue.push_back(Queued::Owned { channel, mode, packet });
    }

    pub(crate) fn pop(&mut self) -> Option<Event<'_>> {
        let Some(oldest) = self.queue.pop_front() else {
            self.reclaim();
            return None;
        };
        Some(match oldest {
            Queued::Connected { data } => Event::Connected { data },
            Queued::Disconnected { data, cause } => Event::Disconnected { data, cause },
            Queued::Copied { channel, mode, length } => {
                self.waiting.give_back(length + PACKET_OVERHEAD);
                let start = self.head;
                self.head += length;
                Event::Received { channel, mode, packet: Cow::Borrowed(&self.bytes[start..self.head]) }
            }
            Queued::Owned { channel, mode, packet } => {
                self.waiting.give_back(packet.len() + PACKET_OVERHEAD);
                Event::Received { channel, mode, packet: Cow::Owned(packet) }
            }
        })
    }

    /// Forgets all events.
    pub(crate) fn clear(&mut self) {
        while self.pop().is_some() {}
    }

    /// Reuses the room of packets that were taken.
    fn reclaim(&mut self) {
        if self.head == self.bytes.len() {
            self.bytes.clear();
            self.head = 0;
            self.bytes.shrink_to(KEPT);
            self.queue.shrink_to(KEPT / size_of::<Queued>());
        } else if self.head > self.bytes.len() / 2 && self.head >= KEPT {
            self.bytes.drain(..self.head);
            self.head = 0;
        }
    }
}
