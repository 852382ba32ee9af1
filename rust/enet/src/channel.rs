//! One channel: what was received on it, in order, and the sequence numbers of what is sent.

use std::collections::BTreeMap;

use crate::budget::Full;
use crate::fragments::{FragmentError, Reassembly};
use crate::inbox::Inbox;
use crate::limits::PACKET_OVERHEAD;
use crate::packet::Mode;
use crate::protocol::Fragment;
use crate::sequence::{FREE_WINDOWS, WINDOW_SIZE, WINDOWS};
use crate::waiting::Order;

/// The state of a channel, in both directions.
#[derive(Debug, Default)]
pub(crate) struct Channel {
    pub(crate) incoming: IncomingChannel,
    pub(crate) outgoing: OutgoingChannel,
}

/// The numbers of what is sent.
#[derive(Debug, Default)]
pub(crate) struct OutgoingChannel {
    pub(crate) reliable: u16,
    /// Of the unreliable packets since the last reliable one.
    pub(crate) unreliable: u16,
    /// How many reliable commands are not acknowledged, by window.
    in_flight: [u16; WINDOWS],
}

impl OutgoingChannel {
    /// Whether a reliable command that was not sent yet must wait, so that at most seven windows are in use.
    pub(crate) fn is_blocked(&self, sequence: u16) -> bool {
        let window = usize::from(sequence) / WINDOW_SIZE as usize;
        u64::from(sequence).is_multiple_of(WINDOW_SIZE)
            && (u64::from(self.in_flight[(window + WINDOWS - 1) % WINDOWS]) >= WINDOW_SIZE
                || (0..FREE_WINDOWS + 2).any(|ahead| self.in_flight[(window + ahead) % WINDOWS] > 0))
    }

    pub(crate) const fn sent(&mut self, sequence: u16) {
        self.in_flight[sequence as usize / WINDOW_SIZE as usize] += 1;
    }

    pub(crate) const fn acknowledged(&mut self, sequence: u16) {
        let window = &mut self.in_flight[sequence as usize / WINDOW_SIZE as usize];
        *window = window.saturating_sub(1);
    }
}

/// Puts what was received in order.
#[derive(Debug, Default)]
pub(crate) struct IncomingChannel {
    /// The newest reliable command that was delivered.
    pub(crate) reliable: u64,
    /// The newest unreliable packet since then that was delivered.
    unreliable: u16,
    /// Reliable packets that wait for fragments, or for packets before them.
    reliable_held: BTreeMap<u64, Held>,
    /// Unreliable packets that wait for fragments, or for the reliable command they follow.
    unreliable_held: BTreeMap<(u64, u16), Held>,
}

#[derive(Debug)]
enum Held {
    Whole(Vec<u8>),
    Fragments(Reassembly),
}

impl Held {
    const fn is_whole(&self) -> bool {
        match self {
            Self::Whole(_) => true,
            Self::Fragments(reassembly) => reassembly.is_complete(),
        }
    }

    fn waiting(&self) -> usize {
        match self {
            Self::Whole(packet) => packet.len() + PACKET_OVERHEAD,
            Self::Fragments(reassembly) => reassembly.waiting(),
        }
    }

    fn into_packet(self) -> Vec<u8> {
        match self {
            Self::Whole(packet) => packet,
            Self::Fragments(reassembly) => reassembly.into_packet(),
        }
    }
}

impl IncomingChannel {
    /// A reliable packet. `sequence` is at least [`reliable`](Self::reliable).
    pub(crate) fn receive_reliable(
        &mut self,
        channel: u8,
        sequence: u64,
        packet: &[u8],
        inbox: &mut Inbox,
    ) -> Result<(), Full> {
        if sequence == self.reliable || self.reliable_held.contains_key(&sequence) {
            return Ok(());
        }
        if sequence == self.reliable + 1 {
            inbox.push_copy(channel, Mode::Reliable, packet)?;
            self.advance(sequence);
            self.release(channel, inbox);
        } else {
            inbox.waiting.take_packet(packet, order_among(&self.reliable_held, &sequence))?;
            self.reliable_held.insert(sequence, Held::Whole(packet.into()));
        }
        Ok(())
    }

    /// A fragment of a reliable packet. `start`, the number of the first fragment, is at least
    /// [`reliable`](Self::reliable).
    pub(crate) fn receive_fragment(
        &mut self,
        channel: u8,
        start: u64,
        fragment: &Fragment,
        payload: &[u8],
        inbox: &mut Inbox,
    ) -> Result<(), FragmentError> {
        if start == self.reliable {
            return Ok(());
        }
        let is_next = start == self.reliable + 1;
        let order = if is_next { Order::Next } else { order_among(&self.reliable_held, &start) };
        receive_fragment(&mut self.reliable_held, start, fragment, payload, inbox, order)?;
        // Not for each fragment: looking for what may be released takes as long as much waits.
        if is_next && self.reliable_held.get(&start).is_some_and(Held::is_whole) {
            self.release(channel, inbox);
        }
        Ok(())
    }

    /// An unreliable packet that follows the reliable command `reliable`.
    pub(crate) fn receive_unreliable(
        &mut self,
        channel: u8,
        reliable: u64,
        sequence: u16,
        packet: &[u8],
        inbox: &mut Inbox,
    ) -> Result<(), Full> {
        let key = (reliable, sequence);
        if key <= (self.reliable, self.unreliable) || self.unreliable_held.contains_key(&key) {
            return Ok(());
        }
        if reliable == self.reliable {
            inbox.push_copy(channel, Mode::Unreliable, packet)?;
            self.unreliable = sequence;
            self.drop_unreliable_before(key, inbox);
        } else {
            inbox.waiting.take_packet(packet, Order::Last)?;
            self.unreliable_held.insert(key, Held::Whole(packet.into()));
        }
        Ok(())
    }

    /// A fragment of an unreliable packet that follows the reliable command `reliable`.
    pub(crate) fn receive_unreliable_fragment(
        &mut self,
        channel: u8,
        reliable: u64,
        fragment: &Fragment,
        payload: &[u8],
        inbox: &mut Inbox,
    ) -> Result<(), FragmentError> {
        let key = (reliable, fragment.start_sequence);
        if key <= (self.reliable, self.unreliable) {
            return Ok(());
        }
        let held = &mut self.unreliable_held;
        receive_fragment(held, key, fragment, payload, inbox, Order::Last)?;
        // Whole packets before it were delivered as they came.
        if reliable == self.reliable && held.get(&key).is_some_and(Held::is_whole) {
            self.drop_unreliable_before(key, inbox);
            if let Some(held) = self.unreliable_held.remove(&key) {
                inbox.push_owned(channel, Mode::Unreliable, held.into_packet());
            }
            self.unreliable = key.1;
        }
        Ok(())
    }

    /// Forgets what waits.
    pub(crate) fn clear(&mut self, inbox: &mut Inbox) {
        let reliable = std::mem::take(&mut self.reliable_held);
        let unreliable = std::mem::take(&mut self.unreliable_held);
        for held in reliable.into_values().chain(unreliable.into_values()) {
            inbox.waiting.give_back(held.waiting());
        }
    }

    fn advance(&mut self, reliable: u64) {
        self.reliable = reliable;
        self.unreliable = 0;
    }

    /// Delivers what waited only for the packets that have been delivered.
    fn release(&mut self, channel: u8, inbox: &mut Inbox) {
        while let Some(first) = self.reliable_held.first_entry() {
            let sequence = *first.key();
            if sequence > self.reliable + 1 || sequence == self.reliable + 1 && !first.get().is_whole() {
                break;
            }
            let held = first.remove();
            if sequence <= self.reliable {
                // The fragments of another packet claimed its number.
                inbox.waiting.give_back(held.waiting());
                continue;
            }
            let last = match &held {
                Held::Whole(_) => sequence,
                Held::Fragments(reassembly) => sequence + u64::from(reassembly.count()) - 1,
            };
            inbox.push_owned(channel, Mode::Reliable, held.into_packet());
            self.advance(last);
        }
        self.release_unreliable(channel, inbox);
    }

    /// Delivers the unreliable packets that follow the newest reliable one. Drops incomplete ones before them.
    fn release_unreliable(&mut self, channel: u8, inbox: &mut Inbox) {
        if self.unreliable_held.is_empty() {
            return;
        }
        self.drop_unreliable_before((self.reliable, 0), inbox);
        let current = (self.reliable, 0)..=(self.reliable, u16::MAX);
        let Some((&newest, _)) = self.unreliable_held.range(current).rfind(|(_, held)| held.is_whole()) else {
            return;
        };
        while let Some(first) = self.unreliable_held.first_entry().filter(|first| *first.key() <= newest) {
            let held = first.remove();
            if held.is_whole() {
                inbox.push_owned(channel, Mode::Unreliable, held.into_packet());
            } else {
                inbox.waiting.give_back(held.waiting());
            }
        }
        self.unreliable = newest.1;
    }

    fn drop_unreliable_before(&mut self, key: (u64, u16), inbox: &mut Inbox) {
        while let Some(first) = self.unreliable_held.first_entry().filter(|first| *first.key() < key) {
            inbox.waiting.give_back(first.remove().waiting());
        }
    }
}

/// Where a packet that is not next stands among those that are held.
fn order_among<K: Ord>(held: &BTreeMap<K, Held>, key: &K) -> Order {
    if held.last_key_value().is_some_and(|(last, _)| key < last) { Order::Gap } else { Order::Last }
}

/// Adds a fragment to the packet with `key`.
fn receive_fragment<K: Ord>(
    held: &mut BTreeMap<K, Held>,
    key: K,
    fragment: &Fragment,
    payload: &[u8],
    inbox: &mut Inbox,
    order: Order,
) -> Result<(), FragmentError> {
    let waiting = &mut inbox.waiting;
    match held.get_mut(&key) {
        Some(Held::Whole(_)) => Err(FragmentError::Malformed),
        Some(Held::Fragments(reassembly)) => reassembly.add(fragment, payload, waiting, order),
        None => {
            let reassembly = Reassembly::start(fragment, payload, waiting, order)?;
            held.insert(key, Held::Fragments(reassembly));
            Ok(())
        }
    }
}
