//! Sending packets on connections, one or many at a time.

use std::sync::{Arc, Weak};

use crate::command_queue::{Command, CommandBuffer, CommandQueue};
use crate::connection_state::ConnectionState;
use crate::key::PeerKey;

/// Why a packet was not accepted. The connection stays up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The handshake is not finished, or the connection has ended.
    #[error("not connected")]
    NotConnected,
    /// The packet is larger than this connection allows.
    #[error("a packet of {length} bytes does not fit into one DTLS record: send at most {limit}")]
    TooLarge {
        /// Size of the packet in bytes.
        length: usize,
        /// Size in bytes of the largest packet on this connection
        /// ([`HandshakeInfo::max_packet`](dtls_core::HandshakeInfo::max_packet)).
        limit: usize,
    },
    /// The queue of packets to be encrypted is full: that of this connection
    /// ([`QueueLimits`](crate::QueueLimits)), or those of all connections together.
    #[error("too many packets wait to be sent")]
    Busy,
}

/// Sends packets on a connection. It keeps neither the connection nor what it holds.
pub struct Sender {
    shared: Weak<ConnectionState>,
    command_queue: Arc<CommandQueue>,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sender").field("is_gone", &self.is_gone()).finish_non_exhaustive()
    }
}

impl Sender {
    pub(crate) fn new(shared: &Arc<ConnectionState>, command_queue: &Arc<CommandQueue>) -> Self {
        Self { shared: Arc::downgrade(shared), command_queue: Arc::clone(command_queue) }
    }

    /// Whether the connection was dropped by its owner.
    pub fn is_gone(&self) -> bool {
        self.shared.upgrade().is_none_or(|shared| shared.is_gone())
    }
}

/// Reserves room for a packet in the queue of its peer. Returns the peer's key, or `None` for an empty packet.
pub(crate) fn reserve(shared: &ConnectionState, packet: &[u8]) -> Result<Option<PeerKey>, SendError> {
    if !shared.is_connected() {
        return Err(SendError::NotConnected);
    }
    let limit = shared.max_packet();
    if packet.len() > limit {
        return Err(SendError::TooLarge { length: packet.len(), limit });
    }
    if packet.is_empty() {
        return Ok(None);
    }
    if shared.queue(packet.len()) { Ok(Some(shared.key())) } else { Err(SendError::Busy) }
}

/// Packets for many connections, queued together.
#[derive(Default)]
pub struct Bundle {
    commands: CommandBuffer,
    command_queue: Option<Arc<CommandQueue>>,
}

impl Bundle {
    /// Adds a packet for the connection of `sender`. The same rules as for [`Connection::send`](crate::Connection::send)
    /// apply.
    ///
    /// # Errors
    /// See [`SendError`]. The packet is then not added.
    pub fn add(&mut self, sender: &Sender, packet: &[u8]) -> Result<(), SendError> {
        let shared = sender.shared.upgrade().ok_or(SendError::NotConnected)?;
        let Some(to) = reserve(&shared, packet)? else { return Ok(()) };
        if self.command_queue.as_ref().is_none_or(|command_queue| !Arc::ptr_eq(command_queue, &sender.command_queue)) {
            self.send();
            self.command_queue = Some(Arc::clone(&sender.command_queue));
        }
        self.commands.add(Command::Send { to, length: packet.len() }, packet);
        Ok(())
    }

    /// Queues everything that was added.
    pub fn send(&mut self) {
        if let Some(command_queue) = &self.command_queue {
            command_queue.post_all(&mut self.commands);
        }
    }
}
