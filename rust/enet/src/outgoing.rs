//! Commands that wait to be sent, or to be acknowledged.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::budget::{Budget, Full, Share};
use crate::limits::PACKET_OVERHEAD;
use crate::packet::Packet;
use crate::protocol::{Command, CommandHeader};

/// A command, and the part of a packet that follows it.
#[derive(Debug)]
pub(crate) struct OutgoingCommand {
    pub(crate) header: CommandHeader,
    pub(crate) command: Command,
    /// None for commands without payload.
    pub(crate) packet: Option<Packet>,
    pub(crate) offset: usize,
    pub(crate) length: usize,
}

impl OutgoingCommand {
    pub(crate) fn payload(&self) -> &[u8] {
        self.packet.as_deref().map_or(&[], |packet| &packet[self.offset..self.offset + self.length])
    }

    /// How many bytes the command has on the wire.
    pub(crate) const fn size(&self) -> usize {
        self.command.size() + self.length
    }
}

/// How many commands an empty queue has room for.
const KEPT: usize = 32;

/// Channel and sequence number of a reliable command.
type Key = (u8, u16);

/// A reliable command that is not acknowledged.
#[derive(Debug)]
struct Sent {
    outgoing: OutgoingCommand,
    order: u64,
    sent_time: u64,
    /// How long to wait for the acknowledgement, in milliseconds.
    timeout: u64,
    attempts: u32,
    /// Whether it waits to be sent again.
    is_lost: bool,
}

/// When a peer that acknowledges nothing is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// A command that was sent so often that its time-out has grown by this factor counts as lost for good, from
    /// [`minimum`](Self::minimum) on.
    pub limit: u32,
    /// In milliseconds.
    pub minimum: u32,
    /// In milliseconds. Nobody is waited for longer.
    pub maximum: u32,
}

impl Default for Timeouts {
    /// ENet's: 32, 5 s, 30 s.
    fn default() -> Self {
        Self { limit: 32, minimum: 5000, maximum: 30_000 }
    }
}

/// The other side acknowledged nothing for too long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TimedOut;

/// The queues of a peer.
#[derive(Debug)]
pub(crate) struct Outgoing {
    /// Commands without payload, and unreliable packets. Window sizes do not limit them.
    commands: VecDeque<(u64, OutgoingCommand)>,
    /// Reliable packets.
    reliable: VecDeque<(u64, OutgoingCommand)>,
    sent: BTreeMap<Key, Sent>,
    /// Keys of commands to send again, oldest first. Some may have been acknowledged meanwhile.
    resend: VecDeque<Key>,
    next_order: u64,
    /// Payload of reliable packets that was sent, and is neither acknowledged nor lost, in bytes.
    in_transit: u64,
    /// What is queued or sent. Packets have their room before they are queued.
    share: Share,
    maximum: usize,
    /// The soonest time-out, or a time before it.
    next_timeout: Option<u64>,
    /// When the first command was sent of those that timed out since the last acknowledgement.
    earliest_timeout: Option<u64>,
}

/// Which queue a command is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    Resend,
    Reliable,
    Commands,
}

impl Outgoing {
    pub(crate) const fn new(maximum: usize, budget: Arc<Budget>) -> Self {
        Self {
            commands: VecDeque::new(),
            reliable: VecDeque::new(),
            sent: BTreeMap::new(),
            resend: VecDeque::new(),
            next_order: 0,
            in_transit: 0,
            share: Share::new(budget),
            maximum,
            next_timeout: None,
            earliest_timeout: None,
        }
    }

    /// Takes room for a packet of `length` bytes in `parts`.
    pub(crate) fn reserve(&mut self, length: usize, parts: usize) -> Result<(), Full> {
        self.share.take(length + parts * PACKET_OVERHEAD, self.maximum)
    }

    /// Queues a command. A part of a packet has room already.
    pub(crate) fn push(&mut self, outgoing: OutgoingCommand) {
        let is_reliable = outgoing.header.wants_acknowledgement && outgoing.packet.is_some();
        let queue = if is_reliable { &mut self.reliable } else { &mut self.commands };
        queue.push_back((self.next_order, outgoing));
        self.next_order += 1;
    }

    /// Gives back the room of a command that was sent, dropped or acknowledged.
    fn release(&mut self, outgoing: &OutgoingCommand) {
        if outgoing.packet.is_some() {
            self.share.give_back(outgoing.length + PACKET_OVERHEAD);
        }
    }

    /// The bytes of packets that wait to be sent or acknowledged, with their overhead.
    pub(crate) const fn data(&self) -> usize {
        self.share.used()
    }

    pub(crate) const fn in_transit(&self) -> u64 {
        self.in_transit
    }

    /// Whether nothing waits to be sent or acknowledged.
    pub(crate) fn is_empty(&self) -> bool {
        self.commands.is_empty() && self.reliable.is_empty() && self.sent.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.commands = VecDeque::new();
        self.reliable = VecDeque::new();
        self.sent.clear();
        self.resend = VecDeque::new();
        self.in_transit = 0;
        self.share.give_back(self.share.used());
        (self.next_timeout, self.earliest_timeout) = (None, None);
    }

    /// The command to send next, and its queue; reliable packets only if they are not blocked.
    pub(crate) fn front(&mut self, is_reliable_blocked: bool) -> Option<(Queue, &OutgoingCommand)> {
        if !is_reliable_blocked {
            while self.resend.front().is_some_and(|key| self.sent.get(key).is_none_or(|sent| !sent.is_lost)) {
                self.resend.pop_front();
            }
            if self.resend.is_empty() {
                self.resend.shrink_to(KEPT);
            }
            if let Some(key) = self.resend.front() {
                return self.sent.get(key).map(|sent| (Queue::Resend, &sent.outgoing));
            }
        }
        let reliable = self.reliable.front().filter(|_| !is_reliable_blocked);
        match (reliable, self.commands.front()) {
            (Some((order, outgoing)), other) if other.is_none_or(|(other, _)| order < other) => {
                Some((Queue::Reliable, outgoing))
            }
            (_, Some((_, outgoing))) => Some((Queue::Commands, outgoing)),
            (_, None) => None,
        }
    }

    /// Takes the front of [`Queue::Resend`], which is sent again.
    pub(crate) fn resend(&mut self, now: u64) {
        if let Some(sent) = self.resend.pop_front().and_then(|key| self.sent.get_mut(&key)) {
            sent.is_lost = false;
            sent.sent_time = now;
            sent.attempts += 1;
            self.in_transit += sent.outgoing.length as u64;
            let timeout = now.saturating_add(sent.timeout);
            self.next_timeout = Some(self.next_timeout.map_or(timeout, |next| next.min(timeout)));
        }
    }

    /// Takes the front of another queue. The caller sends or drops it, unless it [keeps](Self::keep) it.
    pub(crate) fn pop(&mut self, queue: Queue) -> Option<(u64, OutgoingCommand)> {
        let queue = if queue == Queue::Reliable { &mut self.reliable } else { &mut self.commands };
        let (order, outgoing) = queue.pop_front()?;
        if queue.is_empty() {
            queue.shrink_to(KEPT);
        }
        if !outgoing.header.wants_acknowledgement {
            self.release(&outgoing);
        }
        Some((order, outgoing))
    }

    /// Keeps a reliable command that is sent for the first time until it is acknowledged.
    pub(crate) fn keep(&mut self, order: u64, outgoing: OutgoingCommand, now: u64, timeout: u64) {
        self.in_transit += outgoing.length as u64;
        let deadline = now.saturating_add(timeout);
        self.next_timeout = Some(self.next_timeout.map_or(deadline, |next| next.min(deadline)));
        let key = (outgoing.header.channel, outgoing.header.sequence);
        self.sent.insert(key, Sent { outgoing, order, sent_time: now, timeout, attempts: 1, is_lost: false });
    }

    /// Forgets a command that was acknowledged.
    pub(crate) fn acknowledge(&mut self, channel: u8, sequence: u16) -> Option<OutgoingCommand> {
        let Sent { outgoing, is_lost, .. } = self.sent.remove(&(channel, sequence))?;
        self.release(&outgoing);
        if !is_lost {
            self.in_transit -= outgoing.length as u64;
        }
        if self.sent.is_empty() {
            self.next_timeout = None;
        }
        self.earliest_timeout = None;
        Some(outgoing)
    }

    /// The soonest time-out, or a time before it.
    pub(crate) const fn next_timeout(&self) -> Option<u64> {
        self.next_timeout
    }

    /// Queues the commands that were not acknowledged in time to be sent again. Returns how many.
    pub(crate) fn check_timeouts(&mut self, now: u64, timeouts: &Timeouts) -> Result<usize, TimedOut> {
        if self.next_timeout.is_none_or(|next| now < next) {
            return Ok(0);
        }
        let mut lost: Vec<(u64, Key)> = Vec::new();
        let mut next_timeout = None;
        let mut has_reached_limit = false;
        for (key, sent) in self.sent.iter_mut().filter(|(_, sent)| !sent.is_lost) {
            let deadline = sent.sent_time.saturating_add(sent.timeout);
            if now < deadline {
                next_timeout = Some(next_timeout.map_or(deadline, |next: u64| next.min(deadline)));
                continue;
            }
            let earliest = self.earliest_timeout.get_or_insert(sent.sent_time);
            *earliest = (*earliest).min(sent.sent_time);
            has_reached_limit |= 1_u32.checked_shl(sent.attempts - 1).is_none_or(|factor| factor >= timeouts.limit);
            sent.is_lost = true;
            sent.timeout = sent.timeout.saturating_mul(2).min(timeouts.maximum.into());
            self.in_transit -= sent.outgoing.length as u64;
            lost.push((sent.order, *key));
        }
        self.next_timeout = next_timeout;
        if let Some(elapsed) = self.earliest_timeout.map(|earliest| now - earliest)
            && (elapsed >= timeouts.maximum.into() || has_reached_limit && elapsed >= timeouts.minimum.into())
        {
            return Err(TimedOut);
        }
        lost.sort_unstable();
        let count = lost.len();
        self.resend.extend(lost.into_iter().map(|(_, key)| key));
        Ok(count)
    }
}
