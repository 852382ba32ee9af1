//! Sending packets on connections, one or many at a time.

use std::sync::Arc;

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
        /// Size in bytes of the largest packet on this connection ([`HandshakeInfo::max_packet`](dtls_core::HandshakeInfo::max_packet)).
        limit: usize,
    },
    /// The queue of packets to be encrypted is full: that of this connection
    /// ([`QueueLimits`](crate::QueueLimits)), or those of all connections together.
    #[error("too many packets wait to be sent")]
    Busy,
}

/// Sends packets on a connection. It does not keep the connection open.
#[derive(Clone)]
pub struct Sender {
    pub(crate) shared: Arc<ConnectionState>,
    pub(crate) command_queue: Arc<CommandQueue>,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sender").field("is_connected", &self.shared.is_connected()).finish_non_exhaustive()
    }
}

impl Sender {
    /// Whether the connection was dropped by its owner.
    pub fn is_gone(&self) -> bool {
        self.shared.is_gone()
    }

    pub(crate) fn send(&self, packet: &[u8]) -> Result<(), SendError> {
        if let Some(to) = self.reserve(packet)? {
            self.command_queue.post_with(Command::Send { to, length: packet.len() }, packet);
        }
        Ok(())
    }

    /// Reserves room in the peer's queue. Returns the peer's key, or `None` for an empty packet.
    fn reserve(&self, packet: &[u8]) -> Result<Option<PeerKey>, SendError> {
        if !self.shared.is_connected() {
            return Err(SendError::NotConnected);
        }
        let limit = self.shared.max_packet();
        if packet.len() > limit {
            return Err(SendError::TooLarge { length: packet.len(), limit });
        }
        if packet.is_empty() {
            return Ok(None);
        }
        if self.shared.queue(packet.len()) { Ok(Some(self.shared.key())) } else { Err(SendError::Busy) }
    }
}

/// Packets for many connections, queued together.
#[derive(Default)]
pub struct Bundle {
    commands: CommandBuffer,
    command_queue: Option<Arc<CommandQueue>>,
}

impl Bundle {
    /// Adds a packet for the connection of `sender`. The same rules as for [`Connection::send`](crate::Connection::send) apply.
    ///
    /// # Errors
    /// See [`SendError`]. The packet is then not added.
    pub fn add(&mut self, sender: &Sender, packet: &[u8]) -> Result<(), SendError> {
        let Some(to) = sender.reserve(packet)? else { return Ok(()) };
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
