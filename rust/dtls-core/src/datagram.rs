//! Containers that keep the boundaries of datagrams: a queue, and the stream that OpenSSL reads and writes.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use openssl::ssl::SslStream;

use crate::ossl;

/// The largest packet in bytes: what one record holds (RFC 6347 §4.1).
pub const MAX_PACKET: usize = 16384;

/// Bytes of memory that a connection's empty queue keeps: enough for a frame's packets, not for a burst.
const KEPT_BY_CONNECTION: usize = 16 * 1024;

/// Bytes of memory that a thread keeps for all its sessions: a batch of full datagrams.
const KEPT_BY_THREAD: usize = 256 * 1024;

/// How long after a handshake its memory goes back to the system, together with that of later handshakes.
const RELEASE_AFTER: Duration = Duration::from_secs(1);

/// A first-in-first-out queue of byte strings in one allocation. A steady flow does not allocate.
#[derive(Debug)]
pub struct PacketQueue {
    bytes: Vec<u8>,
    lengths: VecDeque<u32>,
    /// Where the first packet starts in `bytes`. The bytes before it have been taken.
    head: usize,
    /// How many bytes of memory an empty queue keeps.
    kept: usize,
}

impl Default for PacketQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl PacketQueue {
    /// An empty queue for the packets of one connection. It owns no memory yet, and frees the memory of a burst.
    pub const fn new() -> Self {
        Self::keeping(KEPT_BY_CONNECTION)
    }

    const fn keeping(kept: usize) -> Self {
        Self { bytes: Vec::new(), lengths: VecDeque::new(), head: 0, kept }
    }

    /// How many packets wait.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// How many bytes the waiting packets have.
    pub fn bytes(&self) -> usize {
        self.bytes.len() - self.head
    }

    /// Whether no packet waits.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// Appends a copy of `packet`, of at most `u32::MAX` bytes.
    pub fn push(&mut self, packet: &[u8]) {
        self.reclaim();
        self.bytes.extend_from_slice(packet);
        self.lengths.push_back(packet.len() as u32);
    }

    /// Appends a packet of `length` zeros and has `fill` write it. If `fill` fails, the packet is removed.
    pub(crate) fn push_with<E>(
        &mut self,
        length: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.reclaim();
        let start = self.bytes.len();
        self.bytes.resize(start + length, 0);
        match fill(&mut self.bytes[start..]) {
            Ok(()) => self.lengths.push_back(length as u32),
            Err(error) => {
                self.bytes.truncate(start);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Takes the oldest packet.
    pub fn pop(&mut self) -> Option<&[u8]> {
        let length = self.lengths.pop_front()? as usize;
        let start = self.head;
        self.head += length;
        Some(&self.bytes[start..self.head])
    }

    /// The waiting packets, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        let mut rest = &self.bytes[self.head..];
        self.lengths.iter().map(move |length| {
            let (packet, after) = rest.split_at(*length as usize);
            rest = after;
            packet
        })
    }

    /// Removes all packets.
    pub fn clear(&mut self) {
        self.lengths.clear();
        self.head = self.bytes.len();
        self.reclaim();
    }

    /// Makes room where packets were taken.
    fn reclaim(&mut self) {
        if self.lengths.is_empty() {
            self.bytes.clear();
            self.head = 0;
            self.bytes.shrink_to(self.kept);
        } else if self.head > self.bytes.len() / 2 && self.head >= self.kept {
            self.bytes.drain(..self.head);
            self.head = 0;
        }
    }
}

/// The buffers of a thread, which it lends to the session that it drives.
///
/// After each call, [`IoBuffers::outgoing`] holds the datagrams to send. If the call ended the session, the session's alert
/// is among them.
#[derive(Debug)]
pub struct IoBuffers {
    pub(crate) datagrams: Datagrams,
    /// Room for one opened record.
    pub(crate) plaintext: Box<[u8; MAX_PACKET]>,
    /// When the memory of finished handshakes goes back to the system.
    release_at: Option<Instant>,
}

impl Default for IoBuffers {
    fn default() -> Self {
        Self::new()
    }
}

impl IoBuffers {
    /// Buffers for one thread.
    pub fn new() -> Self {
        let outgoing = PacketQueue::keeping(KEPT_BY_THREAD);
        let datagrams = Datagrams { outgoing, ..Datagrams::default() };
        Self { datagrams, plaintext: Box::new([0; MAX_PACKET]), release_at: None }
    }

    /// The datagrams to send, oldest first, of all sessions that were driven since the queue was emptied.
    pub fn outgoing(&mut self) -> &mut PacketQueue {
        &mut self.datagrams.outgoing
    }

    /// When to call [`release_memory`](Self::release_memory).
    pub const fn release_at(&self) -> Option<Instant> {
        self.release_at
    }

    /// Gives the memory of handshakes back to the system, if one has ended at least a second ago. After a thousand
    /// simultaneous handshakes, this takes a millisecond or two.
    pub fn release_memory(&mut self, now: Instant) {
        if self.release_at.is_some_and(|at| at <= now) {
            self.release_at = None;
            ossl::release_memory();
        }
    }

    /// Notes that a handshake has ended. Call it when you end a session yourself; otherwise the session does.
    pub fn handshake_ended(&mut self, now: Instant) {
        self.release_at.get_or_insert(now + RELEASE_AFTER);
    }
}

/// OpenSSL's stream: it reads at most one datagram, and writes whole datagrams.
///
/// Its size is bounded, because a call answers one datagram or one time-out with at most one flight.
#[derive(Debug, Default)]
pub(crate) struct Datagrams {
    incoming: Vec<u8>,
    unread: bool,
    pub(crate) outgoing: PacketQueue,
}

impl Datagrams {
    /// Appends to the datagram to be read.
    pub(crate) fn add_incoming(&mut self, bytes: &[u8]) {
        self.incoming.extend_from_slice(bytes);
        self.unread = true;
    }

    /// Runs `work` on `stream` with these datagrams, the thread's, in place of the stream's own.
    pub(crate) fn lend<R>(&mut self, stream: &mut SslStream<Self>, work: impl FnOnce(&mut SslStream<Self>) -> R) -> R {
        std::mem::swap(self, stream.get_mut());
        let result = work(stream);
        std::mem::swap(self, stream.get_mut());
        result
    }

    /// Drops unread bytes, so that no session reads another's datagram.
    pub(crate) fn drop_incoming(&mut self) {
        self.incoming.clear();
        self.unread = false;
    }
}

impl Read for Datagrams {
    /// Reads the datagram, cut to the buffer as a socket would cut it.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !std::mem::take(&mut self.unread) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let length = self.incoming.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.incoming[..length]);
        Ok(length)
    }
}

impl Write for Datagrams {
    fn write(&mut self, datagram: &[u8]) -> io::Result<usize> {
        self.outgoing.push(datagram);
        Ok(datagram.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A packet to push, or `None` to pop.
    fn step() -> impl Strategy<Value = Option<Vec<u8>>> {
        proptest::option::weighted(0.6, (any::<u8>(), 0..9000_usize).prop_map(|(byte, length)| vec![byte; length]))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn a_queue_gives_back_what_it_was_given_in_order(steps in proptest::collection::vec(step(), 0..100)) {
            let mut queue = PacketQueue::new();
            let mut model = VecDeque::new();
            for step in steps {
                match step {
                    Some(packet) => {
                        queue.push(&packet);
                        model.push_back(packet);
                    }
                    None => prop_assert_eq!(queue.pop().map(<[u8]>::to_vec), model.pop_front()),
                }
                prop_assert!(queue.iter().eq(model.iter().map(Vec::as_slice)));
                prop_assert_eq!(queue.len(), model.len());
            }
        }
    }

    #[test]
    fn a_burst_does_not_keep_its_memory() {
        let mut queue = PacketQueue::new();
        for _ in 0..1024 {
            queue.push(&[0; 1200]);
        }
        while queue.pop().is_some() {}
        queue.push(&[0; 1200]);
        assert!(queue.bytes.capacity() <= KEPT_BY_CONNECTION);
    }

    #[test]
    fn a_queue_that_never_empties_does_not_grow() {
        let mut queue = PacketQueue::new();
        for _ in 0..10_000 {
            queue.push(&[0; 1200]);
            if queue.len() > 8 {
                queue.pop();
            }
        }
        assert!(queue.bytes.capacity() <= 8 * KEPT_BY_CONNECTION);
    }

    #[test]
    fn memory_goes_back_once_for_all_handshakes_that_ended_within_a_second() {
        let start = Instant::now();
        let mut buffers = IoBuffers::new();
        assert_eq!(buffers.release_at(), None);
        buffers.handshake_ended(start);
        buffers.handshake_ended(start + RELEASE_AFTER / 2);
        buffers.release_memory(start + RELEASE_AFTER / 2);
        assert_eq!(buffers.release_at(), Some(start + RELEASE_AFTER));
        buffers.release_memory(start + RELEASE_AFTER);
        assert_eq!(buffers.release_at(), None);
    }

    #[test]
    fn a_datagram_is_read_once_and_cut_to_the_buffer() {
        let mut datagrams = Datagrams::default();
        datagrams.add_incoming(&[1, 2]);
        datagrams.add_incoming(&[3, 4]);
        let mut buffer = [0; 3];
        assert_eq!(datagrams.read(&mut buffer).ok(), Some(3));
        assert_eq!(buffer, [1, 2, 3]);
        assert_eq!(datagrams.read(&mut buffer).map_err(|error| error.kind()), Err(io::ErrorKind::WouldBlock));
    }
}
