//! The handshakes in progress on a server.

use std::collections::BTreeMap;

use crate::source::{Shares, Source};

/// The key of a handshake in [`PendingHandshakes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PendingId(u64);

/// The handshakes in progress on a server, each with its owner's key. Sources share the places, see [`Shares`]. When all
/// places are taken, the oldest handshake makes room for a source that has none.
#[derive(Debug)]
pub struct PendingHandshakes<K> {
    shares: Shares,
    /// Oldest first.
    handshakes: BTreeMap<PendingId, (Source, K)>,
    next: u64,
}

impl<K> PendingHandshakes<K> {
    /// At most `max` handshakes at once, and at least one.
    pub fn new(max: usize) -> Self {
        Self { shares: Shares::new(max.max(1)), handshakes: BTreeMap::new(), next: 0 }
    }

    /// Whether `source` may start another handshake.
    pub fn has_room(&self, source: Source) -> bool {
        self.shares.has_room(source, 1) || self.shares.taken_by(source) == 0
    }

    /// Adds a handshake of `source`, which must have room. Returns the handshake that makes room for it, if any.
    pub fn insert(&mut self, source: Source, key: K) -> (PendingId, Option<K>) {
        let oldest = if self.shares.free() == 0 { self.handshakes.pop_first() } else { None };
        let evicted = oldest.map(|(_, (source, key))| {
            self.shares.give_back(source, 1);
            key
        });
        let id = PendingId(self.next);
        self.next += 1;
        self.shares.take(source, 1);
        self.handshakes.insert(id, (source, key));
        (id, evicted)
    }

    /// Removes a handshake that is done or has failed. One that made room for another is already removed.
    pub fn remove(&mut self, id: PendingId) {
        if let Some((source, _)) = self.handshakes.remove(&id) {
            self.shares.give_back(source, 1);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn source(number: u32) -> Source {
        Source::from(std::net::IpAddr::from(Ipv4Addr::from_bits(number)))
    }

    #[test]
    fn one_source_leaves_room_for_others_and_none_of_its_handshakes_makes_room_for_another() {
        let mut pending = PendingHandshakes::new(4096);
        let mut greedy = 0;
        while pending.has_room(source(1)) {
            assert_eq!(pending.insert(source(1), greedy).1, None);
            greedy += 1;
        }
        assert_eq!(greedy, 2048);
        assert!((2..300).all(|other| pending.has_room(source(other)) && pending.insert(source(other), 0).1.is_none()));
    }

    #[test]
    fn when_all_places_are_taken_the_oldest_makes_room_for_a_source_without_any() {
        let mut pending = PendingHandshakes::new(3);
        for number in 1..=3 {
            assert!(pending.has_room(source(number)));
            assert_eq!(pending.insert(source(number), number).1, None);
        }
        assert!(!pending.has_room(source(2)));
        assert!(pending.has_room(source(4)));
        let (id, evicted) = pending.insert(source(4), 4);
        assert_eq!(evicted, Some(1));
        pending.remove(id);
        assert!(pending.has_room(source(1)));
        assert_eq!(pending.insert(source(1), 5).1, None);
    }
}
