//! A server's side of its socket: assigns datagrams to connections, and decides which clients get one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dtls_core::{
    Acceptor, CookieCheck, EndReason, PendingHandshakes, Session, Source, is_hello_fragment, is_protected_data,
};

use crate::accept_queue::AcceptQueue;
use crate::answers::Answers;
use crate::budget::QueueLimits;
use crate::connection_state::ConnectionState;
use crate::endpoint::{Peer, Role, Route};
use crate::handshakes::{Origin, Work};
use crate::key::{EndpointKey, PeerKey};
use crate::sessions::Sessions;

/// A client that restarts repeatedly must wait twice as long each time, up to 2 to this power of seconds.
const LONGEST_PATIENCE: u32 = 6;

/// A server's side of its socket.
pub(crate) struct Listening {
    pub(crate) acceptor: Acceptor,
    by_address: HashMap<SocketAddr, PeerKey>,
    /// Handshakes of clients that restart from the address of an existing connection. The connection stays until the
    /// new handshake is done: a cookie alone, which others may have seen in transit, must not end it.
    restarting: HashMap<SocketAddr, PeerKey>,
    pub(crate) pending: PendingHandshakes<PeerKey>,
    pub(crate) answers: Answers,
    pub(crate) accept_queue: Arc<AcceptQueue>,
    pub(crate) port: u16,
    pub(crate) limits: QueueLimits,
    /// For sessions whose options set none.
    pub(crate) idle_timeout: Option<Duration>,
}

impl Listening {
    pub(crate) fn new(
        acceptor: Acceptor,
        max_pending: usize,
        accept_queue: Arc<AcceptQueue>,
        port: u16,
        limits: QueueLimits,
        idle_timeout: Option<Duration>,
    ) -> Self {
        Self {
            acceptor,
            by_address: HashMap::new(),
            restarting: HashMap::new(),
            pending: PendingHandshakes::new(max_pending),
            answers: Answers::default(),
            accept_queue,
            port,
            limits,
            idle_timeout,
        }
    }

    /// The newest session for an address.
    fn newest(&self, from: SocketAddr) -> Option<PeerKey> {
        self.restarting.get(&from).or_else(|| self.by_address.get(&from)).copied()
    }

    /// Whether there is no room for the connection of a finished handshake. A client that restarts already has its
    /// place.
    pub(crate) fn is_full_for(&self, from: SocketAddr, key: PeerKey) -> bool {
        self.accept_queue.is_full() && self.restarting.get(&from) != Some(&key)
    }

    /// Called when a handshake is done. Returns the session that it replaces at this address.
    pub(crate) fn promote(&mut self, from: SocketAddr, key: PeerKey) -> Option<PeerKey> {
        if self.restarting.get(&from) != Some(&key) {
            return None;
        }
        self.restarting.remove(&from);
        self.by_address.insert(from, key)
    }

    pub(crate) fn forget(&mut self, from: SocketAddr, key: PeerKey) {
        if self.restarting.get(&from) == Some(&key) {
            self.restarting.remove(&from);
        } else if self.by_address.get(&from) == Some(&key) {
            // The client that restarts there has no connection any more, and becomes like any other client.
            match self.restarting.remove(&from) {
                Some(restarting) => self.by_address.insert(from, restarting),
                None => self.by_address.remove(&from),
            };
        }
    }
}

impl Peer {
    /// Whether its client may restart now. The first restart is free; a client that restarts repeatedly must wait.
    fn may_restart(&self, now: Instant) -> bool {
        let patience = self.restarts.checked_sub(1).map_or(0, |exponent| 1 << exponent.min(LONGEST_PATIENCE));
        now.saturating_duration_since(self.since) >= Duration::from_secs(patience)
    }

    /// The value of `restarts` for the client's next session.
    fn restarts_of_next(&self, now: Instant) -> u32 {
        let is_long_ago = now.saturating_duration_since(self.since) >= Duration::from_secs(1 << LONGEST_PATIENCE);
        if is_long_ago { 1 } else { self.restarts + 1 }
    }
}

impl Sessions {
    /// Handles a client's datagram: at once if that is cheap, otherwise when its turn comes.
    pub(crate) fn receive_at_server(
        &mut self,
        endpoint: EndpointKey,
        role: &mut Role,
        route: Route,
        datagram: &[u8],
        now: Instant,
    ) {
        let (Role::Server(listening), Some(from)) = (&mut *role, route.remote) else { return };
        let origin = Origin { endpoint, from, route };
        let Some(peer) = listening.newest(from).and_then(|key| self.peer(key)) else {
            self.receive_hello(origin, listening, datagram, now);
            return;
        };
        if is_hello_fragment(datagram) && self.handshakes.has_hello_of(from) {
            self.defer(origin, Work::HelloFragment, datagram, now);
            return;
        }
        let is_for_connected =
            peer.announced || (listening.restarting.contains_key(&from) && is_protected_data(datagram));
        if peer.session.is_foreign_hello(datagram) {
            if peer.may_restart(now) {
                self.receive_hello(origin, listening, datagram, now);
            } else {
                self.counters().dropped_restarts.add(1);
            }
        } else if is_for_connected {
            if let Some(connected) = listening.by_address.get(&from).copied() {
                self.drive(connected, endpoint, role, now, datagram);
            }
        } else if peer.session.is_plausible(datagram) {
            self.defer(origin, Work::Flight, datagram, now);
        } else {
            self.counters().ignored.add(1);
        }
    }

    /// Handles a possible ClientHello. The cookie is verified before the datagram may wait for its turn.
    fn receive_hello(&mut self, origin: Origin, listening: &mut Listening, datagram: &[u8], now: Instant) {
        let Origin { from, endpoint, route } = origin;
        match listening.acceptor.check_cookie(from, datagram, now) {
            CookieCheck::Valid if listening.accept_queue.is_full() && !listening.by_address.contains_key(&from) => {
                self.counters().refused_connections.add(1);
            }
            CookieCheck::Valid => self.defer(origin, Work::Hello, datagram, now),
            CookieCheck::Missing if !listening.answers.take() => self.counters().dropped_hellos.add(1),
            CookieCheck::Invalid if !listening.answers.take_for_invalid(now) => self.counters().dropped_hellos.add(1),
            CookieCheck::Missing | CookieCheck::Invalid => {
                self.accept(endpoint, route, |buffers| listening.acceptor.ask_for_cookie(from, datagram, now, buffers));
            }
            CookieCheck::NoHello if is_hello_fragment(datagram) && self.handshakes.has_hello_of(from) => {
                self.defer(origin, Work::HelloFragment, datagram, now);
            }
            CookieCheck::NoHello => self.counters().ignored.add(1),
        }
    }

    fn defer(&mut self, origin: Origin, work: Work, datagram: &[u8], now: Instant) {
        if !self.handshakes.defer(origin, work, datagram, now) {
            self.counters().dropped_handshakes_busy.add(1);
        }
    }

    /// Handles a deferred datagram whose turn has come.
    pub(crate) fn receive_handshake(&mut self, origin: Origin, role: &mut Role, datagram: &[u8], now: Instant) {
        let Role::Server(listening) = &mut *role else { return };
        let newest = listening.newest(origin.from);
        match newest.and_then(|key| Some((key, self.peer(key)?))) {
            Some((key, peer)) if !peer.session.is_foreign_hello(datagram) => {
                self.drive(key, origin.endpoint, role, now, datagram);
            }
            _ => self.start_handshake(origin, newest, role, datagram, now),
        }
    }

    /// Starts the handshake of a client with a valid cookie, whether or not its address already has a session.
    fn start_handshake(
        &mut self,
        origin: Origin,
        newest: Option<PeerKey>,
        role: &mut Role,
        datagram: &[u8],
        now: Instant,
    ) {
        let Origin { endpoint, from, route } = origin;
        let Role::Server(listening) = &mut *role else { return };
        let acceptor = &mut listening.acceptor;
        let accepted = self.accept(endpoint, route, |buffers| acceptor.accept(from, datagram, now, buffers));
        let Some(session) = accepted else { return };
        let old = newest.and_then(|key| Some((key, self.peer(key)?)));
        let restarts = old.map_or(0, |(_, peer)| peer.restarts_of_next(now));
        if let Some((key, _)) = old.filter(|(_, peer)| !peer.announced) {
            self.end(key, endpoint, role, EndReason::Replaced);
        }
        self.add_client(*session, origin, restarts, role, now);
    }

    fn add_client(&mut self, mut session: Session, origin: Origin, restarts: u32, role: &mut Role, now: Instant) {
        let Origin { endpoint, from, route } = origin;
        let Role::Server(listening) = &mut *role else { return };
        if let Some(timeout) = listening.idle_timeout {
            session.set_default_idle_timeout(timeout);
        }
        let ready = Arc::downgrade(&listening.accept_queue.ready);
        let shared =
            ConnectionState::new(Some(from), ready, listening.limits, Arc::clone(&listening.accept_queue.budget));
        shared.inner.lock().local_port = Some(listening.port);
        let key = self.insert(session, shared, endpoint, route, now);
        let (pending, evicted) = listening.pending.insert(Source::from(from.ip()), key);
        if let Some(peer) = self.peer_mut(key) {
            peer.pending = Some(pending);
            peer.restarts = restarts;
        }
        match listening.by_address.entry(from) {
            Entry::Occupied(_) => listening.restarting.insert(from, key),
            Entry::Vacant(place) => {
                place.insert(key);
                None
            }
        };
        self.after_drive(key, endpoint, role);
        if let Some(oldest) = evicted {
            self.end(oldest, endpoint, role, EndReason::TooManyHandshakes);
        }
    }
}
