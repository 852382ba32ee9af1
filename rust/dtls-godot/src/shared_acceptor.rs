//! The acceptor of a drop-in server. Its peers share it, because the ClientHello of a client that restarts arrives at its
//! old peer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use dtls_core::{Accepted, Acceptor, CookieCheck, EndReason, IoBuffers, PendingHandshakes, PendingId, Session, Source};
use dtls_io::{Budget, Inbox, QueueLimits};
use parking_lot::Mutex;

use crate::limits::{Limits, size};

/// A server's acceptor and its limits. Cheap to clone.
#[derive(Clone)]
pub(crate) struct SharedAcceptor {
    state: Arc<Mutex<State>>,
    /// The bytes that waiting packets may use.
    budget: Arc<Budget>,
}

struct State {
    acceptor: Acceptor,
    /// How many packets may wait to be read from each new client.
    queue_limits: QueueLimits,
    /// Each with the flag that tells its peer to make room.
    pending: PendingHandshakes<Arc<AtomicBool>>,
    /// How many clients are connected. Handshakes do not count, so clients that never finish one keep nobody out.
    connected: usize,
    max_connections: usize,
    /// How many clients found the server full at the end of their handshake.
    refused: u64,
    /// Why the most recent failed handshake failed.
    failure: Option<EndReason>,
}

/// The result of a client's datagram.
pub(crate) enum Decision {
    Session(Box<Session>, Place),
    CookieAsked,
    Ignored,
    /// The server has as many clients as it may have.
    Full,
    /// The client's address has its share of the handshakes in progress.
    Busy,
}

/// A client's place on its server. Its peer holds it.
pub(crate) struct Place {
    acceptor: SharedAcceptor,
    queue_limits: QueueLimits,
    pending: Option<PendingId>,
    is_connected: bool,
    evicted: Arc<AtomicBool>,
}

impl SharedAcceptor {
    pub(crate) fn new(acceptor: Acceptor, queue_limits: QueueLimits, limits: &Limits) -> Self {
        let state = State {
            acceptor,
            queue_limits,
            pending: PendingHandshakes::new(size(limits.max_pending_connections)),
            connected: 0,
            max_connections: size(limits.max_connections),
            refused: 0,
            failure: None,
        };
        let budget = Arc::new(Budget::new(size(limits.max_queued_bytes)));
        Self { state: Arc::new(Mutex::new(state)), budget }
    }

    /// Uses other options for new clients.
    pub(crate) fn replace(&self, acceptor: Acceptor, queue_limits: QueueLimits) {
        let mut state = self.state.lock();
        state.acceptor = acceptor;
        state.queue_limits = queue_limits;
    }

    pub(crate) fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    pub(crate) fn take_failure(&self) -> Option<EndReason> {
        self.state.lock().failure.take()
    }

    /// How many clients were refused at the end of their handshake, because others had taken all places meanwhile.
    pub(crate) fn refused(&self) -> u64 {
        self.state.lock().refused
    }

    /// Handles the datagram of a client without a peer.
    pub(crate) fn accept(&self, from: SocketAddr, datagram: &[u8], now: Instant, buffers: &mut IoBuffers) -> Decision {
        let state = &mut *self.state.lock();
        let source = Source::from(from.ip());
        if state.acceptor.check_cookie(from, datagram, now) == CookieCheck::Valid {
            if state.connected >= state.max_connections {
                return Decision::Full;
            }
            if !state.pending.has_room(source) {
                return Decision::Busy;
            }
        }
        match state.acceptor.accept(from, datagram, now, buffers) {
            Accepted::CookieAsked => Decision::CookieAsked,
            Accepted::Ignored => Decision::Ignored,
            Accepted::Session(session) => {
                let evicted = Arc::<AtomicBool>::default();
                let (pending, oldest) = state.pending.insert(source, Arc::clone(&evicted));
                if let Some(oldest) = oldest {
                    oldest.store(true, Ordering::Relaxed);
                }
                let place = Place {
                    acceptor: self.clone(),
                    queue_limits: state.queue_limits,
                    pending: Some(pending),
                    is_connected: false,
                    evicted,
                };
                Decision::Session(session, place)
            }
        }
    }

    /// Whether a datagram from a peer's address is a ClientHello with a valid cookie. Answers a hello without one.
    pub(crate) fn verify(&self, from: SocketAddr, datagram: &[u8], now: Instant, buffers: &mut IoBuffers) -> bool {
        let acceptor = &self.state.lock().acceptor;
        let check = acceptor.check_cookie(from, datagram, now);
        if matches!(check, CookieCheck::Missing | CookieCheck::Invalid) {
            let _ = acceptor.ask_for_cookie(from, datagram, now, buffers);
        }
        check == CookieCheck::Valid
    }
}

impl Place {
    pub(crate) const fn acceptor(&self) -> &SharedAcceptor {
        &self.acceptor
    }

    /// An inbox for the client's packets.
    pub(crate) fn inbox(&self) -> Inbox {
        Inbox::new(self.queue_limits, Arc::clone(&self.acceptor.budget))
    }

    /// Whether the handshake has to make room for another.
    pub(crate) fn is_evicted(&self) -> bool {
        self.evicted.load(Ordering::Relaxed)
    }

    /// Called when the handshake is done. `false` if the server is full.
    pub(crate) fn connect(&mut self) -> bool {
        if let Some(pending) = self.pending.take() {
            let state = &mut *self.acceptor.state.lock();
            state.pending.remove(pending);
            if state.connected < state.max_connections {
                state.connected += 1;
                self.is_connected = true;
            } else {
                state.refused += 1;
                state.failure = Some(EndReason::ServerFull);
            }
        }
        self.is_connected
    }

    /// Called when the session has ended, possibly during its handshake.
    pub(crate) fn end(&mut self, reason: &EndReason) {
        if let Some(pending) = self.pending.take() {
            let mut state = self.acceptor.state.lock();
            state.pending.remove(pending);
            state.failure = Some(reason.clone());
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.acceptor.state.lock();
        if let Some(pending) = self.pending.take() {
            state.pending.remove(pending);
        }
        state.connected -= usize::from(self.is_connected);
    }
}
