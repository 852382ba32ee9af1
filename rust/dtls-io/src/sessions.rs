//! The connections of an I/O thread, and what happens after a session was driven.

mod enet;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use dtls_core::{Accepted, EndReason, IoBuffers, Session, State};
use mio::net::UdpSocket;
use slotmap::SlotMap;

use crate::accept_queue::Place;
use crate::attempts::{AttemptEvent, ConnectRequest};
use crate::batch::Batch;
use crate::budget::Budget;
use crate::command_queue::{CommandQueue, Question};
use crate::connection::Connection;
use crate::connection_state::ConnectionState;
use crate::endpoint::Role;
use crate::enet::layer::{Hosting, Layer};
use crate::key::{EndpointKey, PeerKey, RequestKey};
use crate::outgoing::Outgoing;
use crate::peer::Peer;
use crate::route::Route;
use crate::statistics::Counters;
use crate::timers::Timers;

pub(crate) struct Sessions {
    peers: SlotMap<PeerKey, Peer>,
    buffers: IoBuffers,
    outgoing: Outgoing,
    timers: Timers,
    /// Results of clients' attempts to connect, in order.
    pub(crate) attempt_events: VecDeque<(RequestKey, EndpointKey, AttemptEvent)>,
    /// Sessions that ended while they encrypted a packet.
    pub(crate) ended: Vec<PeerKey>,
    enet: Layer,
    command_queue: Arc<CommandQueue>,
    budget: Arc<Budget>,
    counters: Arc<Counters>,
}

impl Sessions {
    pub(crate) fn new(
        command_queue: Arc<CommandQueue>,
        budget: Arc<Budget>,
        counters: Arc<Counters>,
        enet_server: Option<Hosting>,
    ) -> Self {
        Self {
            peers: SlotMap::with_key(),
            buffers: IoBuffers::new(),
            outgoing: Outgoing::default(),
            timers: Timers::default(),
            attempt_events: VecDeque::new(),
            ended: Vec::new(),
            enet: Layer::new(enet_server),
            command_queue,
            budget,
            counters,
        }
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    pub(crate) fn peer(&self, key: PeerKey) -> Option<&Peer> {
        self.peers.get(key)
    }

    pub(crate) fn peer_mut(&mut self, key: PeerKey) -> Option<&mut Peer> {
        self.peers.get_mut(key)
    }

    /// Passes a datagram to an acceptor through `look`, and queues the answer. Returns the new session, if there is
    /// one.
    pub(crate) fn accept(
        &mut self,
        endpoint: EndpointKey,
        route: Route,
        look: impl FnOnce(&mut IoBuffers) -> Accepted,
    ) -> Option<Box<Session>> {
        let accepted = look(&mut self.buffers);
        self.outgoing.address(&mut self.buffers, endpoint, route);
        match accepted {
            Accepted::Session(session) => return Some(session),
            Accepted::CookieAsked => self.counters.cookies_asked.add(1),
            Accepted::Ignored => self.counters.ignored.add(1),
        }
        None
    }

    /// Starts a client's handshake with one of its host's addresses, through the attempt's own socket.
    pub(crate) fn connect(
        &mut self,
        request: &ConnectRequest,
        address: SocketAddr,
        endpoint: EndpointKey,
        now: Instant,
    ) -> Result<PeerKey, EndReason> {
        let session =
            Session::connect(&request.config, &request.host, now, &mut self.buffers).map_err(EndReason::Options)?;
        self.outgoing.address(&mut self.buffers, endpoint, Route::default());
        let key = self.insert(session, Arc::clone(&request.shared), endpoint, Route::default(), now);
        request.shared.inner.lock().remote = Some(address);
        self.schedule(key);
        Ok(key)
    }

    pub(crate) fn insert(
        &mut self,
        session: Session,
        shared: Arc<ConnectionState>,
        endpoint: EndpointKey,
        route: Route,
        now: Instant,
    ) -> PeerKey {
        let key = self.peers.insert(Peer {
            session,
            shared,
            endpoint,
            route,
            announced: false,
            place: None,
            enet: None,
            pending: None,
            since: now,
            restarts: 0,
        });
        self.counters.connections.add(1);
        self.counters.handshaking.add(1);
        if let Some(peer) = self.peers.get(key) {
            peer.shared.set_key(key);
        }
        key
    }

    pub(crate) fn drive(
        &mut self,
        key: PeerKey,
        endpoint: EndpointKey,
        role: &mut Role,
        now: Instant,
        datagram: &[u8],
    ) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        if peer.enet.is_some() || self.enet.server.is_some() {
            self.receive_enet(key, now, datagram);
            self.after_drive(key, endpoint, role);
            return;
        }
        let Peer { session, shared, .. } = peer;
        session.receive(datagram, now, &mut self.buffers, |packet| {
            let counter = if shared.deliver(packet) {
                &self.counters.packets_received
            } else {
                &self.counters.dropped_inbox_full
            };
            counter.add(1);
        });
        self.after_drive(key, endpoint, role);
    }

    /// Encrypts a packet for one peer.
    pub(crate) fn send(&mut self, key: PeerKey, packet: &[u8]) {
        self.budget.give_back(packet.len());
        let Some(peer) = self.peers.get_mut(key) else {
            self.counters.dropped_not_connected.add(1);
            return;
        };
        peer.shared.unqueue(packet.len());
        self.seal(key, packet);
    }

    /// Encrypts a packet for one peer, whether or not the packet was in the peer's queue.
    pub(crate) fn seal(&mut self, key: PeerKey, packet: &[u8]) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let counter = match peer.session.send(packet, &mut self.buffers) {
            Ok(()) => &self.counters.packets_sent,
            Err(_) => &self.counters.dropped_not_connected,
        };
        counter.add(1);
        peer.shared.counts.publish(&peer.session.statistics());
        self.outgoing.address(&mut self.buffers, peer.endpoint, peer.route);
        if matches!(peer.session.state(), State::Ended(_)) {
            self.ended.push(key);
        }
    }

    /// Runs `question` on a peer's session. If the peer is gone, the reply channel closes.
    pub(crate) fn ask(&self, key: PeerKey, question: Question) {
        if let Some(peer) = self.peers.get(key) {
            question(&peer.session);
        }
    }

    /// Sends close_notify to a peer and forgets it.
    pub(crate) fn close(&mut self, key: PeerKey, endpoint: EndpointKey, role: &mut Role) {
        self.disconnect_enet(key);
        if let Some(peer) = self.peers.get_mut(key) {
            peer.session.close(&mut self.buffers);
            self.after_drive(key, endpoint, role);
        }
    }

    /// Drops a client's session because another attempt has won. Nobody is notified.
    pub(crate) fn discard(&mut self, key: PeerKey) {
        if self.peers.remove(key).is_some_and(|peer| !peer.announced) {
            self.counters.connections.subtract(1);
            self.counters.handshaking.subtract(1);
        }
    }

    /// Ends a session without notifying the other side.
    pub(crate) fn end(&mut self, key: PeerKey, endpoint: EndpointKey, role: &mut Role, reason: EndReason) {
        if let Some(peer) = self.peers.get_mut(key) {
            peer.session.end(reason);
            self.after_drive(key, endpoint, role);
        }
    }

    /// Handles the system's report that nobody listens on the server's port.
    pub(crate) fn port_unreachable(&mut self, key: PeerKey, endpoint: EndpointKey, role: &mut Role, now: Instant) {
        if let Some(peer) = self.peers.get_mut(key) {
            peer.session.port_unreachable(now);
            self.after_drive(key, endpoint, role);
        }
    }

    /// Takes a peer whose deadline may have come.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<(PeerKey, Option<EndpointKey>)> {
        let key = self.timers.pop_due(now)?;
        Some((key, self.endpoint(key)))
    }

    pub(crate) fn handle_timeout(&mut self, key: PeerKey, endpoint: EndpointKey, role: &mut Role, now: Instant) {
        if let Some(peer) = self.peers.get_mut(key) {
            if peer.session.deadline().is_some_and(|deadline| deadline <= now) {
                peer.session.handle_timeout(now, &mut self.buffers);
            }
            self.handle_enet_timeout(key, now);
            self.after_drive(key, endpoint, role);
        }
    }

    /// Called after a session was driven: addresses its datagrams, notifies its owner of a new state, and schedules its
    /// next deadline.
    pub(crate) fn after_drive(&mut self, key: PeerKey, endpoint: EndpointKey, role: &mut Role) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        self.outgoing.address(&mut self.buffers, endpoint, peer.route);
        peer.shared.counts.publish(&peer.session.statistics());
        match peer.session.state() {
            State::Handshaking => self.schedule(key),
            State::Connected => {
                if !peer.announced {
                    self.announce(key, endpoint, role);
                }
                self.schedule(key);
            }
            State::Ended(reason) => {
                let reason = reason.clone();
                self.forget(key, endpoint, role, reason);
            }
        }
    }

    /// A handshake is done: notifies the owner, unless there is no room for the connection or the owner has closed it.
    fn announce(&mut self, key: PeerKey, endpoint: EndpointKey, role: &mut Role) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let is_full = match role {
            Role::Server(listening) => peer.route.remote.is_some_and(|from| listening.is_full_for(from, key)),
            Role::Client(..) => false,
        };
        let refused = if is_full {
            Some(EndReason::ServerFull)
        } else {
            let is_first =
                peer.shared.connected(key, peer.session.handshake_info().cloned(), peer.session.max_payload());
            // Another attempt was faster, or its owner has closed it.
            (!is_first).then_some(EndReason::ClosedLocally)
        };
        if let Some(reason) = refused {
            peer.session.refuse(reason, &mut self.buffers);
            self.after_drive(key, endpoint, role);
            return;
        }
        peer.announced = true;
        self.counters.handshakes_done.add(1);
        self.counters.handshaking.subtract(1);
        match role {
            Role::Server(listening) => {
                peer.place = Some(Place::take(&listening.accept_queue));
                if let Some(pending) = peer.pending.take() {
                    listening.pending.remove(pending);
                }
                let shared = Arc::clone(&peer.shared);
                let replaced = peer.route.remote.and_then(|from| listening.promote(from, key));
                let accept_queue = Arc::clone(&listening.accept_queue);
                // First, so that the owner of the new connection finds the old one ended.
                if let Some(old) = replaced {
                    self.end(old, endpoint, role, EndReason::Replaced);
                }
                if self.enet.server.is_some() {
                    self.accept_enet(key);
                } else {
                    let connection = Connection::new(shared, Arc::clone(&self.command_queue), None);
                    accept_queue.accepted.lock().push(connection, |connection| !connection.is_over());
                }
            }
            Role::Client(_, request) => self.attempt_events.push_back((*request, endpoint, AttemptEvent::Connected)),
        }
    }

    fn forget(&mut self, key: PeerKey, endpoint: EndpointKey, role: &mut Role, reason: EndReason) {
        let Some(mut peer) = self.peers.remove(key) else { return };
        if let Some(enet) = peer.enet.take() {
            self.enet.end(enet, peer.place.take(), reason.clone());
        }
        self.counters.connections.subtract(1);
        if !peer.announced {
            self.buffers.handshake_ended(Instant::now());
            self.counters.handshaking.subtract(1);
        }
        match role {
            Role::Server(listening) => {
                if let Some(from) = peer.route.remote {
                    listening.forget(from, key);
                }
                if peer.announced {
                    peer.place = None;
                } else {
                    *listening.accept_queue.failure.lock() = Some(reason.clone());
                }
                if reason == EndReason::ServerFull {
                    self.counters.refused_connections.add(1);
                }
                if let Some(pending) = peer.pending {
                    listening.pending.remove(pending);
                }
                peer.shared.end(reason);
            }
            Role::Client(_, request) => {
                if peer.announced {
                    peer.shared.end(reason.clone());
                }
                self.attempt_events.push_back((*request, endpoint, AttemptEvent::Ended(reason)));
            }
        }
        if !peer.announced {
            // Last, because an owner that sees the count may ask for the reason.
            self.counters.handshakes_failed.add(1);
        }
    }

    fn schedule(&mut self, key: PeerKey) {
        if let Some(deadline) = self.peers.get(key).and_then(Peer::deadline) {
            self.timers.schedule(deadline, key);
        }
    }

    /// Collects the connections that `filter` accepts into `keys`.
    pub(crate) fn keys(&self, keys: &mut Vec<PeerKey>, filter: impl Fn(&Peer) -> bool) {
        keys.clear();
        keys.extend(self.peers.iter().filter(|(_, peer)| filter(peer)).map(|(key, _)| key));
    }

    /// Ends all connections for a reason that lies outside their sessions.
    pub(crate) fn fail(&mut self, reason: &EndReason) {
        for (_, peer) in self.peers.drain() {
            peer.shared.end(reason.clone());
        }
    }

    pub(crate) fn endpoint(&self, key: PeerKey) -> Option<EndpointKey> {
        self.peers.get(key).map(|peer| peer.endpoint)
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        [self.timers.next(), self.buffers.release_at(), self.enet.bandwidth_due].into_iter().flatten().min()
    }

    pub(crate) fn release_memory(&mut self, now: Instant) {
        self.buffers.release_memory(now);
    }

    pub(crate) fn has_full_batch(&self) -> bool {
        self.outgoing.is_full()
    }

    pub(crate) fn flush<'s>(&mut self, socket: impl Fn(EndpointKey) -> Option<&'s UdpSocket>, batch: &mut Batch) {
        self.outgoing.flush(&mut self.buffers, socket, batch, &self.counters);
    }
}
