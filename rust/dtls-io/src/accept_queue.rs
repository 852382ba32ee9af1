//! What the I/O threads of a server share with its owner.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use dtls_core::EndReason;
use parking_lot::Mutex;

use crate::budget::Budget;
use crate::connection::Connection;
use crate::connection_state::Ready;
use crate::pruning_queue::PruningQueue;

/// The connections that a server has for its owner, and what all of them share.
pub(crate) struct AcceptQueue {
    pub(crate) ready: Arc<Ready>,
    /// Connections that the owner has not taken yet. Pruning removes those that have ended.
    pub(crate) accepted: Mutex<PruningQueue<Connection>>,
    /// Why the most recent failed handshake failed.
    pub(crate) failure: Mutex<Option<EndReason>>,
    /// How many places are taken, on all threads.
    connected: AtomicUsize,
    max_connections: usize,
    /// Whether the owner refuses new clients.
    pub(crate) is_refusing: AtomicBool,
    pub(crate) budget: Arc<Budget>,
}

impl AcceptQueue {
    pub(crate) fn new(max_connections: usize, max_queued_bytes: usize) -> Self {
        Self {
            ready: Arc::default(),
            accepted: Mutex::default(),
            failure: Mutex::default(),
            connected: AtomicUsize::new(0),
            max_connections,
            is_refusing: AtomicBool::new(false),
            budget: Arc::new(Budget::new(max_queued_bytes)),
        }
    }

    /// Whether there is no place for a new client.
    pub(crate) fn is_full(&self) -> bool {
        self.connected.load(Ordering::Relaxed) >= self.max_connections || self.is_refusing.load(Ordering::Relaxed)
    }
}

/// One of the `max_connections` places of a server, taken by a connected client.
pub(crate) struct Place(Arc<AcceptQueue>);

impl Place {
    pub(crate) fn take(accept_queue: &Arc<AcceptQueue>) -> Self {
        accept_queue.connected.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(accept_queue))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.connected.fetch_sub(1, Ordering::Relaxed);
    }
}
