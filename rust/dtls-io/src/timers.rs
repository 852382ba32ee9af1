//! The deadlines of connections.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use crate::key::PeerKey;

/// Deadlines, soonest first. An entry may be out of date, so check the session's own deadline after taking one.
#[derive(Default)]
pub(crate) struct Timers(BinaryHeap<Reverse<(Instant, PeerKey)>>);

impl Timers {
    pub(crate) fn schedule(&mut self, at: Instant, peer: PeerKey) {
        self.0.push(Reverse((at, peer)));
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes a peer whose deadline has passed.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<PeerKey> {
        match self.0.peek() {
            Some(Reverse((at, _))) if *at <= now => self.0.pop().map(|Reverse((_, peer))| peer),
            _ => None,
        }
    }
}
