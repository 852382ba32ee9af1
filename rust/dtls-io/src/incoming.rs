//! Incoming datagrams: which connection each belongs to, and which clients get one.

use std::sync::Arc;
use std::time::Instant;

use dtls_core::{CookieCheck, EndReason, Session, Source, is_hello_fragment, is_protected_data};

use crate::connection_state::ConnectionState;
use crate::endpoint::Role;
use crate::handshakes::{Handshakes, Origin, Work};
use crate::key::{EndpointKey, PeerKey};
use crate::route::Route;
use crate::sessions::Sessions;

/// Takes the datagrams of a socket to their sessions.
pub(crate) struct Incoming<'t> {
    pub(crate) endpoint: EndpointKey,
    pub(crate) role: &'t mut Role,
    pub(crate) sessions: &'t mut Sessions,
    pub(crate) handshakes: &'t mut Handshakes,
    pub(crate) now: Instant,
}

impl Incoming<'_> {
    /// Handles a datagram that arrived at the socket.
    pub(crate) fn receive(&mut self, route: Route, datagram: &[u8]) {
        let counters = self.sessions.counters();
        counters.datagrams_received.add(1);
        counters.bytes_received.add(datagram.len());
        match *self.role {
            Role::Client(peer, _) => self.drive(peer, datagram),
            Role::Server(_) => self.receive_at_server(route, datagram),
        }
    }

    fn drive(&mut self, peer: PeerKey, datagram: &[u8]) {
        self.sessions.drive(peer, self.endpoint, self.role, self.now, datagram);
    }

    /// Handles a client's datagram: at once if that is cheap, otherwise when its turn comes.
    fn receive_at_server(&mut self, route: Route, datagram: &[u8]) {
        let (Role::Server(listening), Some(from)) = (&*self.role, route.remote) else { return };
        let origin = Origin { endpoint: self.endpoint, from, route };
        let Some(peer) = listening.newest(from).and_then(|key| self.sessions.peer(key)) else {
            self.receive_hello(origin, datagram);
            return;
        };
        if is_hello_fragment(datagram) && self.handshakes.has_hello_of(from) {
            self.defer(origin, Work::HelloFragment, datagram);
            return;
        }
        let is_for_connected = peer.announced || (listening.is_restarting(from) && is_protected_data(datagram));
        if peer.session.is_foreign_hello(datagram) {
            if peer.may_restart(self.now) {
                self.receive_hello(origin, datagram);
            } else {
                self.sessions.counters().dropped_restarts.add(1);
            }
        } else if is_for_connected {
            if let Some(connected) = listening.oldest(from) {
                self.drive(connected, datagram);
            }
        } else if peer.session.is_plausible(datagram) {
            self.defer(origin, Work::Flight, datagram);
        } else {
            self.sessions.counters().ignored.add(1);
        }
    }

    /// Handles a possible ClientHello. The cookie is verified before the datagram may wait for its turn.
    fn receive_hello(&mut self, origin: Origin, datagram: &[u8]) {
        let Origin { from, endpoint, route } = origin;
        let Role::Server(listening) = &mut *self.role else { return };
        let now = self.now;
        let counters = self.sessions.counters();
        match listening.acceptor.check_cookie(from, datagram, now) {
            CookieCheck::Valid if listening.accept_queue.is_full() && listening.oldest(from).is_none() => {
                counters.refused_connections.add(1);
            }
            CookieCheck::Valid => self.defer(origin, Work::Hello, datagram),
            CookieCheck::Missing if !listening.answers.take() => counters.dropped_hellos.add(1),
            CookieCheck::Invalid if !listening.answers.take_for_invalid(now) => counters.dropped_hellos.add(1),
            CookieCheck::Missing | CookieCheck::Invalid => {
                self.sessions
                    .accept(endpoint, route, |buffers| listening.acceptor.ask_for_cookie(from, datagram, now, buffers));
            }
            CookieCheck::NoHello if is_hello_fragment(datagram) && self.handshakes.has_hello_of(from) => {
                self.defer(origin, Work::HelloFragment, datagram);
            }
            CookieCheck::NoHello => counters.ignored.add(1),
        }
    }

    fn defer(&mut self, origin: Origin, work: Work, datagram: &[u8]) {
        if !self.handshakes.defer(origin, work, datagram, self.now) {
            self.sessions.counters().dropped_handshakes_busy.add(1);
        }
    }

    /// Handles a deferred datagram whose turn has come.
    pub(crate) fn receive_handshake(&mut self, origin: Origin, datagram: &[u8]) {
        let Role::Server(listening) = &*self.role else { return };
        let newest = listening.newest(origin.from);
        match newest.and_then(|key| Some((key, self.sessions.peer(key)?))) {
            Some((key, peer)) if !peer.session.is_foreign_hello(datagram) => self.drive(key, datagram),
            _ => self.start_handshake(origin, newest, datagram),
        }
    }

    /// Starts the handshake of a client with a valid cookie, whether or not its address already has a session.
    fn start_handshake(&mut self, origin: Origin, newest: Option<PeerKey>, datagram: &[u8]) {
        let Origin { endpoint, from, route } = origin;
        let Role::Server(listening) = &mut *self.role else { return };
        let (acceptor, now) = (&mut listening.acceptor, self.now);
        let accepted = self.sessions.accept(endpoint, route, |buffers| acceptor.accept(from, datagram, now, buffers));
        let Some(session) = accepted else { return };
        let old = newest.and_then(|key| Some((key, self.sessions.peer(key)?)));
        let restarts = old.map_or(0, |(_, peer)| peer.restarts_of_next(now));
        if let Some((key, _)) = old.filter(|(_, peer)| !peer.announced) {
            self.sessions.end(key, endpoint, self.role, EndReason::Replaced);
        }
        self.add_client(*session, origin, restarts);
    }

    fn add_client(&mut self, mut session: Session, origin: Origin, restarts: u32) {
        let Origin { endpoint, from, route } = origin;
        let Role::Server(listening) = &mut *self.role else { return };
        if let Some(timeout) = listening.idle_timeout {
            session.set_default_idle_timeout(timeout);
        }
        let ready = Arc::downgrade(&listening.accept_queue.ready);
        let shared =
            ConnectionState::new(Some(from), ready, listening.limits, Arc::clone(&listening.accept_queue.budget));
        shared.inner.lock().local_port = Some(listening.port);
        let key = self.sessions.insert(session, shared, endpoint, route, self.now);
        let (pending, evicted) = listening.pending.insert(Source::from(from.ip()), key);
        if let Some(peer) = self.sessions.peer_mut(key) {
            peer.pending = Some(pending);
            peer.restarts = restarts;
        }
        listening.add(from, key);
        self.sessions.after_drive(key, endpoint, self.role);
        if let Some(oldest) = evicted {
            self.sessions.end(oldest, endpoint, self.role, EndReason::TooManyHandshakes);
        }
    }
}
