//! A server's side of its socket: the sessions of each address, and what new ones get.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use dtls_core::{Acceptor, PendingHandshakes};

use crate::accept_queue::AcceptQueue;
use crate::answers::Answers;
use crate::budget::QueueLimits;
use crate::key::PeerKey;

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
    pub(crate) fn newest(&self, from: SocketAddr) -> Option<PeerKey> {
        self.restarting.get(&from).or_else(|| self.by_address.get(&from)).copied()
    }

    /// The session for an address; while its client restarts, the one from before.
    pub(crate) fn oldest(&self, from: SocketAddr) -> Option<PeerKey> {
        self.by_address.get(&from).copied()
    }

    /// Whether the client at an address has a session that is to replace another.
    pub(crate) fn is_restarting(&self, from: SocketAddr) -> bool {
        self.restarting.contains_key(&from)
    }

    /// Adds the session of a client whose handshake starts.
    pub(crate) fn add(&mut self, from: SocketAddr, key: PeerKey) {
        match self.by_address.entry(from) {
            Entry::Occupied(_) => self.restarting.insert(from, key),
            Entry::Vacant(place) => {
                place.insert(key);
                None
            }
        };
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
