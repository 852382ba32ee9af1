//! The deadlines of connections.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use slotmap::SecondaryMap;

use crate::key::PeerKey;

/// Deadlines, soonest first. An entry may be out of date, so check the session's own deadline after taking one.
#[derive(Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, PeerKey)>>,
    /// The entry of each peer that counts. Later ones, which it has replaced, bring nothing when their time comes.
    soonest: SecondaryMap<PeerKey, Instant>,
}

impl Timers {
    /// Has `peer` taken at this time, unless it is taken sooner anyway.
    pub(crate) fn schedule(&mut self, at: Instant, peer: PeerKey) {
        if self.soonest.get(peer).is_none_or(|soonest| at < *soonest) {
            self.soonest.insert(peer, at);
            self.heap.push(Reverse((at, peer)));
        }
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes a peer whose deadline has passed.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<PeerKey> {
        while self.next().is_some_and(|at| at <= now) {
            let Reverse((at, peer)) = self.heap.pop()?;
            if self.soonest.get(peer) == Some(&at) {
                self.soonest.remove(peer);
                return Some(peer);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use slotmap::SlotMap;

    use super::*;

    #[test]
    fn deadlines_that_come_sooner_and_are_put_off_again_do_not_pile_up() {
        let peer = SlotMap::with_key().insert(());
        let (mut timers, start) = (Timers::default(), Instant::now());
        let mut taken = 0;
        for turn in 0..1000 {
            let sent = start + Duration::from_millis(200 * turn);
            // The time-out of a packet comes before the next ping. Its acknowledgement puts the deadline off again.
            timers.schedule(sent + Duration::from_millis(30), peer);
            for now in [sent + Duration::from_millis(30), sent + Duration::from_millis(199)] {
                while timers.pop_due(now).is_some() {
                    taken += 1;
                    timers.schedule(sent + Duration::from_millis(520), peer);
                }
            }
        }
        assert!(timers.heap.len() <= 4, "{} entries", timers.heap.len());
        assert_eq!(taken, 1000);
    }

    #[test]
    fn a_peer_is_taken_at_the_soonest_of_its_deadlines_and_once() {
        let peer = SlotMap::with_key().insert(());
        let (mut timers, now) = (Timers::default(), Instant::now());
        for milliseconds in [30, 10, 20] {
            timers.schedule(now + Duration::from_millis(milliseconds), peer);
        }
        assert_eq!(timers.pop_due(now + Duration::from_millis(9)), None);
        assert_eq!(timers.pop_due(now + Duration::from_millis(10)), Some(peer));
        assert_eq!(timers.pop_due(now + Duration::from_millis(30)), None);
    }
}
