//! A client's attempts to reach its host. If a name has several addresses, the next attempt starts after a short delay,
//! and the first attempt that finishes its handshake wins (RFC 8305).

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dtls_core::{ClientConfig, EndReason};
use slotmap::SlotMap;

use crate::connection_state::ConnectionState;
use crate::enet::layer::EnetRequest;
use crate::key::{EndpointKey, RequestKey};

/// How long an attempt runs before the next one starts in parallel (RFC 8305 §5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// How many addresses of a host are tried at most.
const MAX_ADDRESSES: usize = 8;

/// What an I/O thread needs to connect.
pub(crate) struct ConnectRequest {
    pub(crate) shared: Arc<ConnectionState>,
    pub(crate) config: ClientConfig,
    pub(crate) host: String,
    /// The local address of the socket, if it matters.
    pub(crate) local: Option<SocketAddr>,
    /// What to ask the server for once connected, if it speaks ENet.
    pub(crate) enet: Option<Box<EnetRequest>>,
    /// The host's addresses that have not been tried yet.
    pub(crate) addresses: VecDeque<SocketAddr>,
}

impl Drop for ConnectRequest {
    /// A request that is dropped before it is decided was lost, for example because a thread failed.
    fn drop(&mut self) {
        if !self.shared.is_decided() {
            self.shared.end(EndReason::ThreadFailed);
        }
    }
}

/// What happened to an attempt.
pub(crate) enum AttemptEvent {
    Connected,
    Ended(EndReason),
}

/// A request, and the sockets of its attempts.
struct Attempts {
    request: ConnectRequest,
    endpoints: Vec<EndpointKey>,
}

/// The requests of an I/O thread.
#[derive(Default)]
pub(crate) struct Requests {
    requests: SlotMap<RequestKey, Attempts>,
    /// When requests with more addresses try the next one, soonest first. All delays are equal, so a queue is enough.
    next: VecDeque<(Instant, RequestKey)>,
}

impl ConnectRequest {
    /// Stores the resolved addresses in their order, but alternates between the address families (RFC 8305 §4).
    pub(crate) fn set_addresses(&mut self, found: impl Iterator<Item = SocketAddr>) {
        let (mut first, mut second) = (VecDeque::<SocketAddr>::new(), VecDeque::new());
        for address in found {
            let family = match first.front() {
                Some(other) if other.is_ipv4() != address.is_ipv4() => &mut second,
                _ => &mut first,
            };
            if !family.contains(&address) {
                family.push_back(address);
            }
        }
        self.addresses.clear();
        while let Some(address) = first.pop_front() {
            self.addresses.push_back(address);
            self.addresses.extend(second.pop_front());
        }
        self.addresses.extend(second);
        self.addresses.truncate(MAX_ADDRESSES);
    }

    /// The local address for a socket to `address`: of the same family, or with any address of it.
    pub(crate) fn local_for(&self, address: SocketAddr) -> Option<SocketAddr> {
        let local = self.local?;
        let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        Some(if local.ip().is_unspecified() { SocketAddr::new(any, local.port()) } else { local })
    }

    /// The address, if the host is an IP address.
    pub(crate) fn literal_address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl Requests {
    pub(crate) fn insert(&mut self, request: ConnectRequest) -> RequestKey {
        self.requests.insert(Attempts { request, endpoints: Vec::new() })
    }

    pub(crate) fn get(&self, key: RequestKey) -> Option<&ConnectRequest> {
        self.requests.get(key).map(|attempts| &attempts.request)
    }

    /// Takes the next address to try. If more are left, schedules the next attempt.
    pub(crate) fn next_address(&mut self, key: RequestKey, now: Instant) -> Option<SocketAddr> {
        let Attempts { request, .. } = self.requests.get_mut(key)?;
        let address = request.addresses.pop_front()?;
        if !request.addresses.is_empty() {
            self.next.push_back((now + ATTEMPT_DELAY, key));
        }
        Some(address)
    }

    /// Whether `key` has addresses that have not been tried yet.
    pub(crate) fn has_addresses(&self, key: RequestKey) -> bool {
        self.get(key).is_some_and(|request| !request.addresses.is_empty())
    }

    /// Whether `key` has attempts in progress.
    pub(crate) fn has_attempts(&self, key: RequestKey) -> bool {
        self.requests.get(key).is_some_and(|attempts| !attempts.endpoints.is_empty())
    }

    /// Records an attempt that was started.
    pub(crate) fn add(&mut self, key: RequestKey, endpoint: EndpointKey) {
        if let Some(attempts) = self.requests.get_mut(key) {
            attempts.endpoints.push(endpoint);
        }
    }

    /// Removes a failed attempt. Returns whether others are in progress.
    pub(crate) fn remove_attempt(&mut self, key: RequestKey, endpoint: EndpointKey) -> bool {
        let Some(attempts) = self.requests.get_mut(key) else { return false };
        attempts.endpoints.retain(|other| *other != endpoint);
        !attempts.endpoints.is_empty()
    }

    /// Removes a request that is decided. Returns it with the sockets of its attempts.
    pub(crate) fn remove(&mut self, key: RequestKey) -> Option<(ConnectRequest, Vec<EndpointKey>)> {
        let Attempts { request, endpoints } = self.requests.remove(key)?;
        Some((request, endpoints))
    }

    /// A request whose connection has ended, because its owner closed it.
    pub(crate) fn closed(&self) -> Option<RequestKey> {
        self.requests.iter().find(|(_, attempts)| attempts.request.shared.is_over()).map(|(key, _)| key)
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.next.front().map(|(at, _)| *at)
    }

    /// Takes a request whose next attempt is due.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<RequestKey> {
        self.next.pop_front_if(|(at, _)| *at <= now).map(|(_, key)| key)
    }

    /// The connections of all requests in progress.
    pub(crate) fn shared(&self) -> impl Iterator<Item = &Arc<ConnectionState>> {
        self.requests.values().map(|attempts| &attempts.request.shared)
    }
}

/// Whether `reason` concerns only the address of the attempt and says nothing about the host's other addresses.
pub(crate) const fn is_about_the_address(reason: &EndReason) -> bool {
    matches!(reason, EndReason::PortUnreachable | EndReason::HandshakeTimeout(_) | EndReason::NoSocket(_))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Weak;

    use dtls_core::ClientOptions;

    use super::*;
    use crate::budget::{Budget, QueueLimits};

    fn request() -> ConnectRequest {
        let limits = QueueLimits { packets: 1, bytes: 1 };
        ConnectRequest {
            shared: ConnectionState::new(None, Weak::new(), limits, Arc::new(Budget::new(1))),
            config: ClientConfig::new(&ClientOptions::default()).unwrap(),
            host: "game.example".into(),
            local: None,
            enet: None,
            addresses: VecDeque::new(),
        }
    }

    #[test]
    fn addresses_are_tried_in_their_order_with_the_families_by_turns() {
        let mut request = request();
        let found = ["[::1]:1", "[::2]:1", "[::3]:1", "[::2]:1", "127.0.0.1:1", "127.0.0.2:1"];
        request.set_addresses(found.iter().map(|address| address.parse().unwrap()));
        let order: Vec<_> = request.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(order, ["[::1]:1", "127.0.0.1:1", "[::2]:1", "127.0.0.2:1", "[::3]:1"]);
        request.set_addresses((0..100).map(|port| SocketAddr::from(([127, 0, 0, 1], port))));
        assert_eq!(request.addresses.len(), MAX_ADDRESSES);
    }

    #[test]
    fn the_next_address_is_due_a_moment_after_the_one_before() {
        let now = Instant::now();
        let mut requests = Requests::default();
        let mut request = request();
        request.set_addresses(["[::1]:1", "127.0.0.1:1"].iter().map(|address| address.parse().unwrap()));
        let key = requests.insert(request);
        assert!(requests.next_address(key, now).unwrap().is_ipv6());
        assert_eq!(requests.next_deadline(), Some(now + ATTEMPT_DELAY));
        assert_eq!(requests.pop_due(now), None);
        assert_eq!(requests.pop_due(now + ATTEMPT_DELAY), Some(key));
        assert!(requests.next_address(key, now).unwrap().is_ipv4());
        assert_eq!(requests.next_deadline(), None, "there is none left");
    }
}
