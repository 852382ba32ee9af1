//! A connection, as seen by its owner's thread.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};

use dtls_core::{EndReason, HandshakeInfo, Session, State, Statistics};
use slotmap::Key as _;

use crate::command_queue::{Command, CommandBuffer, CommandQueue};
use crate::connection_state::ConnectionState;
use crate::key::PeerKey;
use crate::threads::Thread;

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
        /// Size in bytes of the largest packet on this connection ([`HandshakeInfo::max_packet`]).
        limit: usize,
    },
    /// The queue of packets to be encrypted is full: that of this connection
    /// ([`QueueLimits`](crate::QueueLimits)), or those of all connections together.
    #[error("too many packets wait to be sent")]
    Busy,
}

/// One end of a DTLS connection whose socket an I/O thread owns. Dropping it sends close_notify.
pub struct Connection {
    shared: Arc<ConnectionState>,
    command_queue: Arc<CommandQueue>,
    /// A client's connection keeps its thread alive; a server's connection does not keep the server alive.
    thread: Option<Arc<Thread>>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Connection").field("state", &self.state()).finish_non_exhaustive()
    }
}

impl Connection {
    pub(crate) fn new(
        shared: Arc<ConnectionState>,
        command_queue: Arc<CommandQueue>,
        thread: Option<Arc<Thread>>,
    ) -> Self {
        Self { shared, command_queue, thread }
    }

    /// The state of the connection.
    pub fn state(&self) -> State {
        self.shared.inner.lock().state.clone()
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.shared.is_over()
    }

    /// Whether the connection is connected: the same as [`state`](Self::state), but without a lock.
    pub fn is_connected(&self) -> bool {
        self.shared.is_connected()
    }

    /// How many packets wait to be read.
    pub fn available(&self) -> usize {
        self.shared.inner.lock().inbox.len()
    }

    /// Moves the oldest packet into `buffer`; `false` when none waits.
    pub fn receive(&self, buffer: &mut Vec<u8>) -> bool {
        buffer.clear();
        match self.shared.inner.lock().inbox.pop() {
            Some(packet) => {
                buffer.extend_from_slice(packet);
                true
            }
            None => false,
        }
    }

    /// Queues a packet of 1 to [`HandshakeInfo::max_packet`] bytes for encryption. An empty packet is ignored.
    ///
    /// # Errors
    /// See [`SendError`].
    pub fn send(&self, packet: &[u8]) -> Result<(), SendError> {
        if let Some(to) = self.reserve(packet)? {
            self.command_queue.post_with(Command::Send { to, length: packet.len() }, packet);
        }
        Ok(())
    }

    /// Reserves room in the peer's queue. Returns the peer's key, or `None` for an empty packet.
    fn reserve(&self, packet: &[u8]) -> Result<Option<PeerKey>, SendError> {
        if !self.is_connected() {
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

    /// Ends the connection, and sends close_notify if connected.
    pub fn close(&self) {
        self.shared.end(EndReason::ClosedLocally);
        if !self.shared.key().is_null() {
            self.command_queue.post(Command::Close(self.shared.key()));
        }
    }

    /// The other side's address, if known.
    pub fn remote_address(&self) -> Option<SocketAddr> {
        self.shared.inner.lock().remote
    }

    /// This side's port, if there is one.
    pub fn local_port(&self) -> Option<u16> {
        self.shared.inner.lock().local_port
    }

    /// How many packets were dropped because the inbox was full.
    pub fn overflowed(&self) -> u64 {
        self.shared.inner.lock().inbox.dropped()
    }

    /// Whether this is the server's end of a connection, in the process of the server.
    pub const fn is_server(&self) -> bool {
        self.thread.is_none()
    }

    /// Runs `question` on the session, on the I/O thread, and waits for its result, usually well under a millisecond.
    /// `None` when the session does not exist yet or no longer exists.
    pub fn ask<A: Send + 'static>(&self, question: impl FnOnce(&Session) -> A + Send + 'static) -> Option<A> {
        let key = self.shared.key();
        if key.is_null() {
            return None;
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let question = move |session: &Session| {
            // This fails only if the asking thread has ended.
            let _ = answer.send(question(session));
        };
        self.command_queue.post(Command::Ask(key, Box::new(question)));
        answered.recv().ok()
    }

    /// What the two sides have negotiated, once connected, and also after the end.
    pub fn handshake_info(&self) -> Option<Arc<HandshakeInfo>> {
        self.shared.inner.lock().handshake_info.clone()
    }

    /// What the connection has done, also after the end. Does not block.
    pub fn statistics(&self) -> Statistics {
        self.shared.counts.read()
    }

    /// The largest packet in bytes that fits into one datagram at the current MTU; 0 unless connected.
    pub fn max_payload(&self) -> usize {
        self.shared.max_payload()
    }

    /// Marks the connection as handed out by its server, after `broadcasts` broadcasts.
    pub(crate) fn take(self, broadcasts: u64) -> Self {
        self.shared.take(broadcasts);
        self
    }

    /// Sets the tag that [`Server::ready`](crate::Server::ready) reports for this connection. Must not be zero.
    pub fn set_tag(&self, tag: i64) {
        self.shared.set_tag(tag);
    }

    pub(crate) fn key(&self) -> PeerKey {
        self.shared.key()
    }

    pub(crate) const fn command_queue(&self) -> &Arc<CommandQueue> {
        &self.command_queue
    }

    /// Reserves room in the queue of packets to be sent; `false` if there is none.
    pub(crate) fn queue(&self, length: usize) -> bool {
        self.shared.queue(length)
    }

    /// Its key, if `command_queue` is that of its I/O thread.
    pub(crate) fn key_in(&self, command_queue: &Arc<CommandQueue>) -> Option<PeerKey> {
        Arc::ptr_eq(&self.command_queue, command_queue).then(|| self.shared.key())
    }
}

/// Packets for many connections, queued together.
#[derive(Default)]
pub struct Bundle {
    commands: CommandBuffer,
    command_queue: Option<Arc<CommandQueue>>,
}

impl Bundle {
    /// Adds a packet for `connection`. The same rules as for [`Connection::send`] apply.
    ///
    /// # Errors
    /// See [`SendError`]. The packet is then not added.
    pub fn add(&mut self, connection: &Connection, packet: &[u8]) -> Result<(), SendError> {
        let Some(to) = connection.reserve(packet)? else { return Ok(()) };
        if self
            .command_queue
            .as_ref()
            .is_none_or(|command_queue| !Arc::ptr_eq(command_queue, &connection.command_queue))
        {
            self.send();
            self.command_queue = Some(Arc::clone(&connection.command_queue));
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

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.abandon();
        self.close();
    }
}
