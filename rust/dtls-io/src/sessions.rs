//! The connections of an I/O thread: which one a datagram is for, and what follows from it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use dtls_core::{Accepted, EndReason, Session, State, Wire, is_hello_with_cookie};
use slotmap::SlotMap;

use crate::batch::Batch;
use crate::client::Opening;
use crate::connection::Connection;
use crate::endpoint::{Endpoint, EndpointKey, Listening, Peer, PeerKey, Role};
use crate::handshakes::Handshakes;
use crate::mailbox::{Mailbox, Question};
use crate::outgoing::Outgoing;
use crate::shared::Shared;
use crate::statistics::Counters;
use crate::timers::Timers;

pub(crate) struct Sessions {
    peers: SlotMap<PeerKey, Peer>,
    wire: Wire,
    outgoing: Outgoing,
    timers: Timers,
    pub(crate) handshakes: Handshakes,
    /// Clients' sockets whose connection is over.
    pub(crate) deserted: Vec<EndpointKey>,
    mailbox: Arc<Mailbox>,
    counters: Arc<Counters>,
}

impl Sessions {
    pub(crate) fn new(mailbox: Arc<Mailbox>, counters: Arc<Counters>) -> Self {
        Self {
            peers: SlotMap::with_key(),
            wire: Wire::new(),
            outgoing: Outgoing::default(),
            timers: Timers::default(),
            handshakes: Handshakes::default(),
            deserted: Vec::new(),
            mailbox,
            counters,
        }
    }

    /// Takes a datagram that came through a socket: at once if it is quickly dealt with, else when its turn comes.
    pub(crate) fn receive(
        &mut self,
        endpoint: EndpointKey,
        role: &mut Role,
        from: Option<SocketAddr>,
        datagram: &[u8],
        now: Instant,
    ) {
        self.counters.datagrams_received.add(1);
        self.counters.bytes_received.add(datagram.len());
        let (peer, heavy) = match role {
            Role::Client(peer, _) => (Some(*peer), false),
            Role::Server(listening) => {
                let Some(from) = from else { return };
                let key = listening.by_address.get(&from).copied();
                let heavy = match key.and_then(|key| self.peers.get(key)) {
                    // A handshake's next step, or a newcomer at the address of a connection.
                    Some(peer) => !peer.announced || peer.session.is_foreign_hello(datagram),
                    None => is_hello_with_cookie(datagram),
                };
                (key, heavy)
            }
        };
        match peer {
            _ if heavy => {
                if !self.handshakes.defer(endpoint, from, datagram) {
                    self.counters.dropped_handshakes_busy.add(1);
                }
            }
            Some(peer) => self.drive(peer, endpoint, role, now, datagram),
            None => self.knock(endpoint, role, from, datagram, now),
        }
    }

    /// Takes a datagram whose turn has come.
    pub(crate) fn receive_handshake(
        &mut self,
        endpoint: EndpointKey,
        role: &mut Role,
        from: Option<SocketAddr>,
        datagram: &[u8],
        now: Instant,
    ) {
        let (Role::Server(listening), Some(from)) = (&mut *role, from) else { return };
        if let Some(key) = listening.by_address.get(&from).copied()
            && let Some(peer) = self.peers.get_mut(key)
        {
            if !peer.session.is_foreign_hello(datagram) {
                self.drive(key, endpoint, role, now, datagram);
                return;
            }
            if !listening.acceptor.verify(from, datagram, now, &mut self.wire) {
                self.outgoing.address(&mut self.wire, endpoint, Some(from));
                return;
            }
            peer.session.end(EndReason::Replaced);
            self.settle(key, endpoint, role);
        }
        self.knock(endpoint, role, Some(from), datagram, now);
    }

    /// A datagram from an address without a connection.
    fn knock(
        &mut self,
        endpoint: EndpointKey,
        role: &mut Role,
        from: Option<SocketAddr>,
        datagram: &[u8],
        now: Instant,
    ) {
        let (Role::Server(listening), Some(from)) = (&mut *role, from) else { return };
        match listening.acceptor.accept(from, datagram, now, &mut self.wire) {
            Accepted::Session(session) => {
                let ready = Arc::downgrade(&listening.door.ready);
                let shared = Shared::new(Some(from), ready, listening.max_queued_packets);
                shared.inner.lock().local_port = Some(listening.port);
                let key = self.insert(*session, shared, endpoint, Some(from));
                let crowded_out = listening.admit(from, key, |key| self.is_handshaking(key));
                // First, as what waits in the wire is its flight.
                self.settle(key, endpoint, role);
                if let Some(oldest) = crowded_out
                    && let Some(peer) = self.peers.get_mut(oldest)
                {
                    peer.session.end(EndReason::Crowded);
                    self.settle(oldest, endpoint, role);
                }
            }
            Accepted::CookieAsked => {
                self.counters.cookies_asked.add(1);
                self.outgoing.address(&mut self.wire, endpoint, Some(from));
            }
            Accepted::Ignored => self.counters.ignored.add(1),
        }
    }

    /// Starts a client's handshake through its socket.
    pub(crate) fn connect(&mut self, opening: &Opening, endpoint: EndpointKey, now: Instant) -> Option<PeerKey> {
        match Session::connect(&opening.config, &opening.host, now, &mut self.wire) {
            Ok(session) => {
                let key = self.insert(session, Arc::clone(&opening.shared), endpoint, None);
                self.outgoing.address(&mut self.wire, endpoint, None);
                self.schedule(key);
                Some(key)
            }
            Err(error) => {
                opening.shared.end(EndReason::Protocol(error.to_string()));
                None
            }
        }
    }

    fn insert(
        &mut self,
        session: Session,
        shared: Arc<Shared>,
        endpoint: EndpointKey,
        address: Option<SocketAddr>,
    ) -> PeerKey {
        let key = self.peers.insert(Peer { session, shared, endpoint, address, scheduled: None, announced: false });
        self.counters.connections.add(1);
        self.counters.handshaking.add(1);
        if let Some(peer) = self.peers.get(key) {
            peer.shared.set_key(key);
        }
        key
    }

    fn drive(&mut self, key: PeerKey, endpoint: EndpointKey, role: &mut Role, now: Instant, datagram: &[u8]) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let Peer { session, shared, .. } = peer;
        session.receive(datagram, now, &mut self.wire, |packet| {
            let counter = if shared.deliver(packet) {
                &self.counters.packets_received
            } else {
                &self.counters.dropped_inbox_full
            };
            counter.add(1);
        });
        self.settle(key, endpoint, role);
    }

    /// Seals a packet for one peer.
    pub(crate) fn send(&mut self, key: PeerKey, packet: &[u8]) {
        let Some(peer) = self.peers.get_mut(key) else {
            self.counters.dropped_not_connected.add(1);
            return;
        };
        peer.shared.unqueue();
        self.seal(key, packet);
    }

    /// Seals a packet for one peer, whether or not it has a place in the peer's queue.
    pub(crate) fn seal(&mut self, key: PeerKey, packet: &[u8]) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let counter = match peer.session.send(packet, &mut self.wire) {
            Ok(()) => &self.counters.packets_sent,
            Err(_) => &self.counters.dropped_not_connected,
        };
        counter.add(1);
        self.outgoing.address(&mut self.wire, peer.endpoint, peer.address);
    }

    /// Answers a question about a peer; who asked about one that is gone hears that nobody answers.
    pub(crate) fn ask(&self, key: PeerKey, question: Question) {
        if let Some(peer) = self.peers.get(key) {
            question(&peer.session);
        }
    }

    /// Says close_notify to a peer and forgets it.
    pub(crate) fn close(&mut self, key: PeerKey, endpoint: EndpointKey, role: &mut Role) {
        if let Some(peer) = self.peers.get_mut(key) {
            peer.session.close(&mut self.wire);
            self.settle(key, endpoint, role);
        }
    }

    /// A client's system says that nobody listens at the server's port.
    pub(crate) fn port_unreachable(&mut self, key: PeerKey, endpoint: EndpointKey, role: &mut Role, now: Instant) {
        if let Some(peer) = self.peers.get_mut(key) {
            peer.session.port_unreachable(now);
            self.settle(key, endpoint, role);
        }
    }

    /// A peer whose deadline may have come.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<(PeerKey, Option<EndpointKey>)> {
        let key = self.timers.pop_due(now)?;
        let peer = self.peers.get_mut(key);
        Some((
            key,
            peer.map(|peer| {
                peer.scheduled = None;
                peer.endpoint
            }),
        ))
    }

    pub(crate) fn handle_timeout(&mut self, key: PeerKey, endpoint: EndpointKey, role: &mut Role, now: Instant) {
        if let Some(peer) = self.peers.get_mut(key) {
            if peer.session.deadline().is_some_and(|deadline| deadline <= now) {
                peer.session.handle_timeout(now, &mut self.wire);
            }
            self.settle(key, endpoint, role);
        }
    }

    /// After a session was driven: its datagrams get their address, its owner hears of a new state, and its next deadline
    /// is noted.
    fn settle(&mut self, key: PeerKey, endpoint: EndpointKey, role: &mut Role) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        self.outgoing.address(&mut self.wire, endpoint, peer.address);
        match peer.session.state() {
            State::Handshaking => self.schedule(key),
            State::Connected => {
                if !std::mem::replace(&mut peer.announced, true) {
                    self.counters.handshakes_done.add(1);
                    self.counters.handshaking.subtract(1);
                    peer.shared.connected(peer.session.agreed().cloned());
                    if let Role::Server(listening) = role {
                        let connection = Connection::new(Arc::clone(&peer.shared), Arc::clone(&self.mailbox), None);
                        listening.door.accepted.lock().push(connection, |connection| !connection.is_over());
                    }
                }
                self.schedule(key);
            }
            State::Ended(reason) => {
                let reason = reason.clone();
                self.forget(key, endpoint, role, reason);
            }
        }
    }

    fn forget(&mut self, key: PeerKey, endpoint: EndpointKey, role: &mut Role, reason: EndReason) {
        let Some(peer) = self.peers.remove(key) else { return };
        self.counters.connections.subtract(1);
        if !peer.announced {
            if let Role::Server(listening) = role {
                *listening.door.failure.lock() = Some(reason.clone());
            }
            self.counters.handshaking.subtract(1);
            self.counters.handshakes_failed.add(1);
        }
        let mut another_address = false;
        match role {
            Role::Server(listening) => {
                if let Some(address) = peer.address {
                    listening.by_address.remove(&address);
                }
            }
            Role::Client(_, opening) => {
                self.deserted.push(endpoint);
                another_address =
                    !peer.announced && reason == EndReason::PortUnreachable && !opening.addresses.is_empty();
            }
        }
        if !another_address {
            peer.shared.inner.lock().statistics = peer.session.statistics();
            peer.shared.end(reason);
        }
    }

    fn schedule(&mut self, key: PeerKey) {
        if let Some(peer) = self.peers.get_mut(key)
            && let Some(deadline) = peer.session.deadline()
            && peer.scheduled.is_none_or(|scheduled| deadline < scheduled)
        {
            peer.scheduled = Some(deadline);
            self.timers.schedule(deadline, key);
        }
    }

    fn is_handshaking(&self, key: PeerKey) -> bool {
        self.peers.get(key).is_some_and(|peer| !peer.announced)
    }

    /// All connections, into `keys`.
    pub(crate) fn keys(&self, keys: &mut Vec<PeerKey>) {
        keys.clear();
        keys.extend(self.peers.keys());
    }

    pub(crate) fn endpoint(&self, key: PeerKey) -> Option<EndpointKey> {
        self.peers.get(key).map(|peer| peer.endpoint)
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.timers.next().into_iter().chain(self.wire.release_at()).min()
    }

    pub(crate) fn release_memory(&mut self, now: Instant) {
        self.wire.release_memory(now);
    }

    pub(crate) fn has_full_batch(&self) -> bool {
        self.outgoing.is_full()
    }

    pub(crate) fn flush(&mut self, endpoints: &SlotMap<EndpointKey, Endpoint>, batch: &mut Batch) {
        self.outgoing.flush(&mut self.wire, endpoints, batch, &self.counters);
    }
}

impl Listening {
    /// Notes a new handshake; the oldest that must make room for it, if there are too many.
    fn admit(&mut self, from: SocketAddr, key: PeerKey, is_handshaking: impl Fn(PeerKey) -> bool) -> Option<PeerKey> {
        self.by_address.insert(from, key);
        self.pending.push_back(key);
        if self.pending.len() > self.max_pending {
            self.pending.retain(|pending| is_handshaking(*pending));
        }
        if self.pending.len() > self.max_pending { self.pending.pop_front() } else { None }
    }
}
