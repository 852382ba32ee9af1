//! The connections of a server that have something for their owner, as its thread sees them.
//!
//! `tests/connection_state.rs` includes this file, too.

use std::sync::Arc;

use crate::connection_state::{ConnectionState, Ready, ReadyOutcome};
use crate::pruning_queue::PruningQueue;

/// Takes connections from the list that the I/O threads add to.
pub(crate) struct ReadyConnections {
    listed: Arc<Ready>,
    /// Connections taken from the list, for as long as they have packets or a new state.
    active: Vec<Arc<ConnectionState>>,
    /// Connections that have nothing but a state that is new to the owner.
    news: PruningQueue<Arc<ConnectionState>>,
}

impl ReadyConnections {
    pub(crate) fn new(listed: Arc<Ready>) -> Self {
        Self { listed, active: Vec::new(), news: PruningQueue::default() }
    }

    /// Reports the tags of those that have packets, on every call until they are read, and of those whose state has
    /// changed since the last call.
    pub(crate) fn report(&mut self, mut on_tag: impl FnMut(i64)) {
        self.active.extend(self.listed.lock().drain());
        self.active.extend(self.news.drain());
        self.active.retain(|shared| {
            let (stays, tag) = shared.look();
            tag.into_iter().for_each(&mut on_tag);
            stays
        });
    }

    /// How many the next [`take_packets`](Self::take_packets) looks at, in addition to those listed until then.
    pub(crate) const fn active(&self) -> usize {
        self.active.len()
    }

    /// Takes every waiting packet, with its connection's tag.
    pub(crate) fn take_packets(&mut self, mut on_packet: impl FnMut(i64, &[u8])) {
        self.active.extend(self.listed.lock().drain());
        self.active.retain(|shared| match shared.take_packets(&mut on_packet) {
            ReadyOutcome::Waits => true,
            ReadyOutcome::HasNews => {
                // Pruning removes dropped connections, in case the owner never asks for news.
                self.news.push(Arc::clone(shared), |shared| !shared.is_gone());
                false
            }
            ReadyOutcome::Done => false,
        });
    }
}
