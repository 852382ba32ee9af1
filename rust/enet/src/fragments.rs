//! Joins the fragments of a packet.

use std::collections::BTreeMap;

use crate::budget::Full;
use crate::limits::{INCOMPLETE_OVERHEAD, MINIMUM_FRAGMENT, PACKET_OVERHEAD};
use crate::protocol::Fragment;
use crate::waiting::{Order, Waiting};

/// Why a fragment was not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FragmentError {
    /// It contradicts itself, or the fragments before it.
    Malformed,
    Full,
}

impl From<Full> for FragmentError {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

/// A packet of which fragments are missing. Its memory grows with the fragments that arrive.
#[derive(Debug)]
pub(crate) struct Reassembly {
    layout: Layout,
    /// The fragments before `next`, joined.
    joined: Vec<u8>,
    /// The first fragment that is missing.
    next: u32,
    /// Fragments after it.
    later: BTreeMap<u32, Box<[u8]>>,
}

/// How a packet is cut: in parts of one length, of which only the last is shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    total_length: u32,
    count: u32,
    /// Of each fragment but the last, in bytes.
    length: u32,
}

impl Layout {
    /// The layout that `fragment` fits into, if any.
    fn of(fragment: &Fragment, payload: &[u8], maximum_packet_size: usize) -> Option<Self> {
        let Fragment { count, number, total_length, offset, .. } = *fragment;
        let payload_length = u32::try_from(payload.len()).ok()?;
        let length = offset.checked_div(number).unwrap_or(payload_length);
        let is_last = number.checked_add(1)? == count;
        let is_right = payload_length > 0
            && total_length as usize <= maximum_packet_size
            && number < count
            && length.checked_mul(number) == Some(offset)
            && length > 0
            && count == total_length.div_ceil(length)
            && payload_length == if is_last { total_length - offset } else { length }
            && (count == 1 || length >= MINIMUM_FRAGMENT);
        is_right.then_some(Self { total_length, count, length })
    }
}

impl Reassembly {
    /// Starts with the first fragment to arrive. Takes room for it.
    pub(crate) fn start(
        fragment: &Fragment,
        payload: &[u8],
        waiting: &mut Waiting,
        order: Order,
    ) -> Result<Self, FragmentError> {
        let layout = Layout::of(fragment, payload, waiting.maximum_packet_size()).ok_or(FragmentError::Malformed)?;
        waiting.take(INCOMPLETE_OVERHEAD, order)?;
        let mut reassembly = Self { layout, joined: Vec::new(), next: 0, later: BTreeMap::new() };
        match reassembly.insert(fragment.number, payload, waiting, order) {
            Ok(()) => Ok(reassembly),
            Err(Full) => {
                waiting.give_back(INCOMPLETE_OVERHEAD);
                Err(FragmentError::Full)
            }
        }
    }

    /// Adds a fragment, unless it is there already. Takes room for it.
    pub(crate) fn add(
        &mut self,
        fragment: &Fragment,
        payload: &[u8],
        waiting: &mut Waiting,
        order: Order,
    ) -> Result<(), FragmentError> {
        if Layout::of(fragment, payload, self.layout.total_length as usize) != Some(self.layout) {
            return Err(FragmentError::Malformed);
        }
        if fragment.number < self.next || self.later.contains_key(&fragment.number) {
            return Ok(());
        }
        Ok(self.insert(fragment.number, payload, waiting, order)?)
    }

    fn insert(&mut self, number: u32, payload: &[u8], waiting: &mut Waiting, order: Order) -> Result<(), Full> {
        waiting.take(payload.len(), order)?;
        if number == self.next {
            self.append(payload);
            while let Some(payload) = self.later.remove(&self.next) {
                self.append(&payload);
            }
            if self.is_complete() {
                waiting.give_back(INCOMPLETE_OVERHEAD - PACKET_OVERHEAD);
            }
        } else {
            self.later.insert(number, payload.into());
        }
        Ok(())
    }

    fn append(&mut self, payload: &[u8]) {
        self.joined.extend_from_slice(payload);
        self.next += 1;
    }

    /// How many fragments the packet has.
    pub(crate) const fn count(&self) -> u32 {
        self.layout.count
    }

    pub(crate) const fn is_complete(&self) -> bool {
        self.next == self.layout.count
    }

    /// The packet, if it is complete.
    pub(crate) fn into_packet(self) -> Vec<u8> {
        self.joined
    }

    /// The room that was taken.
    pub(crate) fn waiting(&self) -> usize {
        let overhead = if self.is_complete() { PACKET_OVERHEAD } else { INCOMPLETE_OVERHEAD };
        overhead + self.joined.len() + self.later.values().map(|payload| payload.len()).sum::<usize>()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::budget::Budget;

    const LENGTH: u32 = 600;

    fn waiting() -> Waiting {
        Waiting::new(usize::MAX, 10_000, Arc::new(Budget::new(usize::MAX)))
    }

    /// The fragments of a packet of `total_length` bytes.
    fn fragments(total_length: u32) -> (Vec<u8>, Vec<Fragment>) {
        let packet = (0..total_length).map(|index| (index % 251) as u8).collect();
        let count = total_length.div_ceil(LENGTH);
        let fragment = |number| Fragment { start_sequence: 1, count, number, total_length, offset: number * LENGTH };
        (packet, (0..count).map(fragment).collect())
    }

    fn payload<'a>(packet: &'a [u8], fragment: &Fragment) -> &'a [u8] {
        let start = fragment.offset as usize;
        &packet[start..packet.len().min(start + LENGTH as usize)]
    }

    #[test]
    fn a_packet_is_complete_once_all_its_fragments_came_in_any_order() {
        let (packet, fragments) = fragments(5 * LENGTH + 1);
        let mut waiting = waiting();
        let mut order = [3, 5, 0, 0, 3, 2, 1, 5, 4].map(|number| &fragments[number]).into_iter();
        let first = order.next().unwrap();
        let mut reassembly = Reassembly::start(first, payload(&packet, first), &mut waiting, Order::Next).unwrap();
        for fragment in order {
            assert!(!reassembly.is_complete());
            reassembly.add(fragment, payload(&packet, fragment), &mut waiting, Order::Next).unwrap();
        }
        assert!(reassembly.is_complete());
        assert_eq!(waiting.used(), packet.len() + PACKET_OVERHEAD);
        assert_eq!(reassembly.waiting(), waiting.used());
        assert_eq!(reassembly.into_packet(), packet);
    }

    #[test]
    fn fragments_that_contradict_themselves_or_each_other_are_refused() {
        let (packet, fragments) = fragments(3 * LENGTH);
        let mut waiting = waiting();
        let mut start = |fragment: Fragment, length: usize| {
            Reassembly::start(&fragment, &packet[..length], &mut waiting, Order::Next).map(|_| ()).unwrap_err()
        };
        let right = fragments[1];
        let length = LENGTH as usize;
        let wrong = [
            (right, 0, "no payload"),
            (right, length - 1, "a short one that is not the last"),
            (Fragment { number: 3, ..right }, length, "number beyond the count"),
            (Fragment { count: 0, number: 0, offset: 0, ..right }, length, "no fragments"),
            (Fragment { count: 2, ..right }, length, "too few for the packet"),
            (Fragment { count: u32::MAX, ..right }, length, "too many for the packet"),
            (Fragment { offset: LENGTH + 1, ..right }, length, "offset between fragments"),
            (Fragment { offset: u32::MAX, ..right }, length, "offset beyond the packet"),
            (Fragment { offset: 0, ..right }, length, "offset of another fragment"),
            (Fragment { total_length: 10_001, count: 17, ..right }, length, "packet too large"),
            (Fragment { total_length: 30, count: 3, number: 1, offset: 10, ..right }, 10, "tiny fragments"),
            (Fragment { number: u32::MAX, count: u32::MAX, ..right }, length, "number without a successor"),
        ];
        for (fragment, length, why) in wrong {
            assert_eq!(start(fragment, length), FragmentError::Malformed, "{why}");
        }

        let mut reassembly = Reassembly::start(&right, &packet[..length], &mut waiting, Order::Next).unwrap();
        let other = Fragment { total_length: 3 * LENGTH - 1, ..fragments[0] };
        assert_eq!(reassembly.add(&other, &packet[..length], &mut waiting, Order::Next), Err(FragmentError::Malformed));
    }
}
