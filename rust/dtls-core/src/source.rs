//! Shares limited places among clients, by the network of their address.

use std::collections::HashMap;
use std::net::IpAddr;

/// A network from which datagrams come: an IPv4 address or an IPv6 /64. Whoever has one address of a /64 usually has all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// An IPv4 address.
    V4(u32),
    /// The first 64 bits of an IPv6 address.
    V6(u64),
}

impl From<IpAddr> for Source {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self::V4(ip.to_bits()),
            IpAddr::V6(ip) => Self::V6((ip.to_bits() >> 64) as u64),
        }
    }
}

/// Places that sources share. A source may take at most as many places as it leaves free. A single source gets half of the
/// places, several greedy sources get the same number each, and some places are always free for new sources. This is the
/// dynamic threshold of Choudhury and Hahne, IEEE/ACM Transactions on Networking 6 (1998), with alpha 1.
#[derive(Debug)]
pub struct Shares {
    free: usize,
    taken: HashMap<Source, usize>,
}

impl Shares {
    /// Makes `places`, all of them free.
    pub fn new(places: usize) -> Self {
        Self { free: places, taken: HashMap::new() }
    }

    /// How many places `source` has.
    pub fn taken_by(&self, source: Source) -> usize {
        self.taken.get(&source).copied().unwrap_or(0)
    }

    /// How many places are free.
    pub const fn free(&self) -> usize {
        self.free
    }

    /// Whether `source` may take another `places`.
    pub fn has_room(&self, source: Source, places: usize) -> bool {
        places <= self.free && self.taken_by(source) + places <= self.free
    }

    /// Gives `places` to `source`. They must be free.
    pub fn take(&mut self, source: Source, places: usize) {
        self.free = self.free.saturating_sub(places);
        *self.taken.entry(source).or_default() += places;
    }

    /// Takes `places` back from `source`.
    pub fn give_back(&mut self, source: Source, places: usize) {
        self.free += places;
        if let Some(taken) = self.taken.get_mut(&source) {
            *taken = taken.saturating_sub(places);
            if *taken == 0 {
                self.taken.remove(&source);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn source(ip: &str) -> Source {
        ip.parse::<IpAddr>().unwrap().into()
    }

    /// Takes single places for as long as there is room; how many.
    fn fill(shares: &mut Shares, ip: &str) -> usize {
        let source = source(ip);
        let before = shares.taken_by(source);
        while shares.has_room(source, 1) {
            shares.take(source, 1);
        }
        shares.taken_by(source) - before
    }

    #[test]
    fn a_source_is_an_ipv4_address_or_an_ipv6_network() {
        assert_eq!(source("192.0.2.1"), source("::ffff:192.0.2.1"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
        assert_eq!(source("2001:db8::1"), source("2001:db8::ffff:0:0:1"));
        assert_ne!(source("2001:db8::1"), source("2001:db8:0:1::1"));
    }

    #[test]
    fn one_source_gets_half_and_others_always_find_room() {
        let mut shares = Shares::new(4096);
        assert_eq!(fill(&mut shares, "192.0.2.1"), 2048);
        assert_eq!(fill(&mut shares, "192.0.2.2"), 1024);
        for other in 3..12 {
            assert!(fill(&mut shares, &format!("192.0.2.{other}")) > 0, "source {other}");
        }
    }

    #[test]
    fn places_that_are_given_back_can_be_taken_again() {
        let mut shares = Shares::new(100);
        let greedy = source("192.0.2.1");
        assert_eq!(fill(&mut shares, "192.0.2.1"), 50);
        assert!(!shares.has_room(greedy, 1));
        shares.give_back(greedy, 50);
        assert_eq!((shares.free(), shares.taken.len()), (100, 0));
        assert!(shares.has_room(greedy, 50) && !shares.has_room(greedy, 101));
    }
}
