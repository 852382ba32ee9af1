//! Queues for handshake work. A signature may take a millisecond, and players' packets go first.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use dtls_core::{PacketQueue, Shares, Source};

use crate::key::EndpointKey;
use crate::route::Route;

/// How long an I/O thread works on handshakes before it returns to its sockets: about one signature. Meanwhile,
/// datagrams wait in the system's receive buffer, which a flood fills within milliseconds.
pub(crate) const SLICE: Duration = Duration::from_micros(200);

/// How many datagrams may wait, of all sources together.
const PLACES: usize = 32 * 1024;

/// How many bytes they may have: `PLACES` full datagrams of a usual network.
const BYTES: usize = PLACES * 1500;

/// How many datagrams of one address may wait: twice a flight with a certificate chain.
const PLACES_OF_ADDRESS: u32 = 32;

/// By this age, the sender has retransmitted the datagram (RFC 6347 §4.2.4.1).
const STALE: Duration = Duration::from_secs(2);

/// The kind of work that a datagram causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Continue a handshake in progress.
    Flight,
    /// Start a handshake: a ClientHello with a valid cookie.
    Hello,
    /// Start a handshake: a later fragment of that ClientHello.
    HelloFragment,
}

/// The origin of a waiting datagram.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) endpoint: EndpointKey,
    pub(crate) from: SocketAddr,
    pub(crate) route: Route,
}

/// Datagrams that wait for handshake work. Sources take turns and share the places, see [`Shares`].
pub(crate) struct Handshakes {
    sources: HashMap<Source, Waiting>,
    /// The keys of `sources`, in the order of their turns.
    turns: VecDeque<Source>,
    addresses: HashMap<SocketAddr, OfAddress>,
    places: Shares,
    bytes: Shares,
}

/// The waiting datagrams of a source. Handshakes in progress go before new ones.
#[derive(Default)]
struct Waiting {
    flights: Queue,
    hellos: Queue,
}

#[derive(Default)]
struct Queue {
    datagrams: PacketQueue,
    origins: VecDeque<Origin>,
}

/// Counts the waiting datagrams of an address.
struct OfAddress {
    datagrams: u32,
    /// How many of them are ClientHellos or later fragments of one.
    hellos: u32,
    /// When the address last sent a datagram that waits, or a retransmission of one.
    heard: Instant,
}

impl Default for Handshakes {
    fn default() -> Self {
        Self {
            sources: HashMap::new(),
            turns: VecDeque::new(),
            addresses: HashMap::new(),
            places: Shares::new(PLACES),
            bytes: Shares::new(BYTES),
        }
    }
}

impl Handshakes {
    /// Whether a ClientHello from `address` waits.
    pub(crate) fn has_hello_of(&self, address: SocketAddr) -> bool {
        self.addresses.get(&address).is_some_and(|of_address| of_address.hellos > 0)
    }

    /// Whether a datagram of `length` bytes from `address` may wait.
    pub(crate) fn has_room(&self, address: SocketAddr, length: usize) -> bool {
        let source = Source::from(address.ip());
        self.places.has_room(source, 1)
            && self.bytes.has_room(source, length)
            && self.addresses.get(&address).is_none_or(|of_address| of_address.datagrams < PLACES_OF_ADDRESS)
    }

    /// Appends a datagram to its source's queue; `false` if there is no room. If a ClientHello from this address
    /// already waits, another one only keeps the first from becoming stale.
    pub(crate) fn defer(&mut self, origin: Origin, work: Work, datagram: &[u8], now: Instant) -> bool {
        let Origin { from, .. } = origin;
        if work == Work::Hello
            && let Some(of_address) = self.addresses.get_mut(&from).filter(|of_address| of_address.hellos > 0)
        {
            of_address.heard = now;
            return true;
        }
        if !self.has_room(from, datagram.len()) {
            return false;
        }
        let source = Source::from(from.ip());
        self.places.take(source, 1);
        self.bytes.take(source, datagram.len());
        let of_address = self.addresses.entry(from).or_insert(OfAddress { datagrams: 0, hellos: 0, heard: now });
        of_address.datagrams += 1;
        of_address.heard = now;
        let turns = &mut self.turns;
        let waiting = self.sources.entry(source).or_insert_with(|| {
            turns.push_back(source);
            Waiting::default()
        });
        let queue = if work == Work::Flight {
            &mut waiting.flights
        } else {
            of_address.hellos += 1;
            &mut waiting.hellos
        };
        queue.datagrams.push(datagram);
        queue.origins.push_back(origin);
        true
    }

    /// Moves the next datagram that is not stale into `datagram`, and returns its origin. A new handshake starts only
    /// if `may_start` allows it.
    pub(crate) fn next(
        &mut self,
        datagram: &mut Vec<u8>,
        now: Instant,
        may_start: impl Fn(Source) -> bool,
    ) -> Option<Origin> {
        for _ in 0..self.turns.len() {
            let source = self.turns.pop_front()?;
            let Some(waiting) = self.sources.get_mut(&source) else { continue };
            let taken = waiting.take(may_start(source), |origin, bytes, is_hello| {
                self.places.give_back(source, 1);
                self.bytes.give_back(source, bytes.len());
                datagram.clear();
                datagram.extend_from_slice(bytes);
                let Entry::Occupied(mut entry) = self.addresses.entry(origin.from) else { return false };
                let of_address = entry.get_mut();
                let is_fresh = now.saturating_duration_since(of_address.heard) < STALE;
                of_address.datagrams -= 1;
                of_address.hellos -= u32::from(is_hello);
                if of_address.datagrams == 0 {
                    entry.remove();
                }
                is_fresh
            });
            if waiting.is_empty() {
                self.sources.remove(&source);
            } else {
                self.turns.push_back(source);
            }
            if taken.is_some() {
                return taken;
            }
        }
        None
    }

    /// Whether a datagram waits that may be handled now.
    pub(crate) fn has_work(&self, may_start: impl Fn(Source) -> bool) -> bool {
        self.sources.iter().any(|(source, waiting)| {
            !waiting.flights.origins.is_empty() || (!waiting.hellos.origins.is_empty() && may_start(*source))
        })
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.flights.origins.is_empty() && self.hellos.origins.is_empty()
    }

    /// Takes datagrams from the queues until `on_leave` accepts one.
    fn take(&mut self, may_start: bool, mut on_leave: impl FnMut(Origin, &[u8], bool) -> bool) -> Option<Origin> {
        for (queue, is_hello) in [(&mut self.flights, false), (&mut self.hellos, true)] {
            if is_hello && !may_start {
                continue;
            }
            while let (Some(origin), Some(datagram)) = (queue.origins.pop_front(), queue.datagrams.pop()) {
                if on_leave(origin, datagram, is_hello) {
                    return Some(origin);
                }
            }
        }
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use slotmap::Key as _;

    use super::*;

    fn origin(address: &str) -> Origin {
        Origin { endpoint: EndpointKey::null(), from: address.parse().unwrap(), route: Route::default() }
    }

    fn take(handshakes: &mut Handshakes, now: Instant) -> Option<(String, Vec<u8>)> {
        let mut datagram = Vec::new();
        let origin = handshakes.next(&mut datagram, now, |_| true)?;
        Some((origin.from.to_string(), datagram))
    }

    /// Has as many hellos of one IP address wait as may; how many.
    fn fill(handshakes: &mut Handshakes, ip: &str, datagram: &[u8], now: Instant) -> usize {
        let mut ports = 1..=u16::MAX;
        let mut defer = |port| handshakes.defer(origin(&format!("{ip}:{port}")), Work::Hello, datagram, now);
        ports.find(|port| !defer(*port)).map_or(usize::from(u16::MAX), |port| usize::from(port) - 1)
    }

    #[test]
    fn what_waits_is_bounded_in_number_and_bytes_and_has_room_again() {
        let now = Instant::now();
        for size in [100, 17 * 1024] {
            let mut handshakes = Handshakes::default();
            let full = vec![0; size];
            let waiting: usize =
                (1..=20).map(|host| fill(&mut handshakes, &format!("192.0.2.{host}"), &full, now)).sum();
            assert!(waiting <= PLACES && waiting * size <= BYTES, "{waiting} of {size} bytes");
            for _ in 0..waiting {
                assert_eq!(take(&mut handshakes, now).unwrap().1, full);
            }
            assert!(take(&mut handshakes, now).is_none());
            assert!(handshakes.addresses.is_empty() && handshakes.sources.is_empty());
            assert!(fill(&mut handshakes, "192.0.2.1", &full, now) > 0);
        }
    }

    #[test]
    fn one_source_leaves_half_of_the_places_and_every_other_turn_to_others() {
        let now = Instant::now();
        let mut handshakes = Handshakes::default();
        assert_eq!(fill(&mut handshakes, "192.0.2.1", b"greedy", now), PLACES / 2);
        for port in 1..=300 {
            assert!(handshakes.defer(origin(&format!("192.0.2.2:{port}")), Work::Hello, b"honest", now));
        }
        let turns: Vec<_> = (0..600).map(|_| take(&mut handshakes, now).unwrap().1).collect();
        assert_eq!(turns.iter().filter(|datagram| *datagram == b"honest").count(), 300);
    }

    #[test]
    fn handshakes_under_way_go_before_new_ones_which_wait_until_they_may_start() {
        let now = Instant::now();
        let mut handshakes = Handshakes::default();
        handshakes.defer(origin("192.0.2.1:1"), Work::Hello, b"hello", now);
        handshakes.defer(origin("192.0.2.1:2"), Work::Flight, b"flight", now);
        let mut datagram = Vec::new();
        assert!(handshakes.next(&mut datagram, now, |_| false).is_some());
        assert_eq!(datagram, b"flight");
        assert!(handshakes.next(&mut datagram, now, |_| false).is_none());
        assert!(!handshakes.has_work(|_| false) && handshakes.has_work(|_| true));
        assert_eq!(take(&mut handshakes, now).unwrap().1, b"hello");
    }

    #[test]
    fn an_address_has_one_hello_waiting_and_few_datagrams() {
        let now = Instant::now();
        let mut handshakes = Handshakes::default();
        let client = origin("192.0.2.1:1");
        assert!(handshakes.defer(client, Work::Hello, b"hello", now));
        assert!(handshakes.defer(client, Work::Hello, b"another", now));
        assert!(handshakes.defer(client, Work::HelloFragment, b"rest", now));
        let more = (0..).take_while(|_| handshakes.defer(client, Work::Flight, b"junk", now)).count();
        assert_eq!(more as u32 + 2, PLACES_OF_ADDRESS);
        while take(&mut handshakes, now).is_some() {}
        assert!(!handshakes.has_hello_of(client.from));
    }

    #[test]
    fn what_waited_until_its_sender_has_sent_it_again_is_dropped() {
        let now = Instant::now();
        let mut handshakes = Handshakes::default();
        handshakes.defer(origin("192.0.2.1:1"), Work::Hello, b"old", now);
        handshakes.defer(origin("192.0.2.1:2"), Work::Hello, b"new", now + STALE / 2);
        handshakes.defer(origin("192.0.2.1:3"), Work::Hello, b"again", now);
        handshakes.defer(origin("192.0.2.1:3"), Work::Hello, b"again", now + STALE / 2);
        assert_eq!(take(&mut handshakes, now + STALE).unwrap().1, b"new");
        assert_eq!(take(&mut handshakes, now + STALE).unwrap().1, b"again");
        assert!(take(&mut handshakes, now + STALE).is_none());
    }
}
