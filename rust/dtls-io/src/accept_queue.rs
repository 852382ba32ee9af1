//! What the I/O threads of a server share with its owner.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    /// How many clients are connected, on all threads.
    pub(crate) connected: AtomicUsize,
    max_connections: usize,
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
            budget: Arc::new(Budget::new(max_queued_bytes)),
        }
    }

    /// Whether `max_connections` clients are connected.
    pub(crate) fn is_full(&self) -> bool {
        self.connected.load(Ordering::Relaxed) >= self.max_connections
    }
}
