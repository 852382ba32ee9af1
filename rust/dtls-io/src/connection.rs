//! A connection as its owner's thread has it.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};

use dtls_core::{EndReason, HandshakeInfo, Session, State, Statistics};
use slotmap::Key as _;

use crate::command_queue::{Command, CommandBuffer, CommandQueue};
use crate::connection_state::ConnectionState;
use crate::key::PeerKey;
use crate::threads::Thread;

/// Why a packet was not taken. The connection lives on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The handshake is not done, or the connection has ended.
    #[error("not connected")]
    NotConnected,
    /// Larger than the connection's packets may be, in bytes.
    #[error("a packet of {length} bytes does not fit into one DTLS record: send at most {limit}")]
    TooLarge {
        /// Bytes of the packet.
        length: usize,
        /// Bytes of the largest packet on this connection ([`HandshakeInfo::max_packet`]).
        limit: usize,
    },
    /// As many wait to be sealed as may (`Transport::max_queued_packets`, `Transport::max_queued_bytes`, and those of all
    /// connections).
    #[error("too many packets wait to be sent")]
    Busy,
}

/// One end of a DTLS connection whose socket an I/O thread owns. Dropping it says close_notify.
pub struct Connection {
    shared: Arc<ConnectionState>,
    command_queue: Arc<CommandQueue>,
    /// A client's connections keep their thread; a server's do not keep the server.
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

    /// Where the connection stands.
    pub fn state(&self) -> State {
        self.shared.inner.lock().state.clone()
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.shared.is_over()
    }

    /// Whether packets flow: what [`state`](Self::state) says, without a lock.
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

    /// Hands a packet of 1 to [`HandshakeInfo::max_packet`] bytes over for sealing; an empty one is nothing to send.
    ///
    /// # Errors
    /// See [`SendError`].
    pub fn send(&self, packet: &[u8]) -> Result<(), SendError> {
        if let Some(to) = self.reserve(packet)? {
            self.command_queue.post_with(Command::Send { to, length: packet.len() }, packet);
        }
        Ok(())
    }

    /// The peer to send to, with a place in its queue; `None` for an empty packet.
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

    /// Says close_notify if connected, and ends.
    pub fn close(&self) {
        self.shared.end(EndReason::ClosedLocally);
        if !self.shared.key().is_null() {
            self.command_queue.post(Command::Close(self.shared.key()));
        }
    }

    /// The other side's address, once it is known.
    pub fn remote_address(&self) -> Option<SocketAddr> {
        self.shared.inner.lock().remote
    }

    /// This side's port, once there is one.
    pub fn local_port(&self) -> Option<u16> {
        self.shared.inner.lock().local_port
    }

    /// How many packets were lost because as many waited to be read as may.
    pub fn overflowed(&self) -> u64 {
        self.shared.inner.lock().inbox.dropped()
    }

    /// Whether it is a client's connection to a server of this process.
    pub const fn is_server(&self) -> bool {
        self.thread.is_none()
    }

    /// Has the I/O thread look at the session, and waits for what `question` finds, usually well under a millisecond.
    /// `None` when there is no session any more, or none yet.
    pub fn ask<A: Send + 'static>(&self, question: impl FnOnce(&Session) -> A + Send + 'static) -> Option<A> {
        let key = self.shared.key();
        if key.is_null() {
            return None;
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let question = move |session: &Session| {
            // Nobody waits any more only if the asking thread has ended.
            let _ = answer.send(question(session));
        };
        self.command_queue.post(Command::Ask(key, Box::new(question)));
        answered.recv().ok()
    }

    /// What the two sides have agreed on, once connected, and also when it is over.
    pub fn handshake_info(&self) -> Option<Arc<HandshakeInfo>> {
        self.shared.inner.lock().handshake_info.clone()
    }

    /// What the connection did, also when it is over. Nothing is waited for.
    pub fn statistics(&self) -> Statistics {
        self.shared.counts.read()
    }

    /// The largest packet in bytes that leaves in one datagram at the current MTU; 0 unless connected.
    pub fn max_payload(&self) -> usize {
        self.shared.max_payload()
    }

    /// Its server hands it out, after so many broadcasts.
    pub(crate) fn take(self, broadcasts: u64) -> Self {
        self.shared.take(broadcasts);
        self
    }

    /// Names this connection in [`Server::ready`](crate::Server::ready). Not zero.
    pub fn set_tag(&self, tag: i64) {
        self.shared.set_tag(tag);
    }

    /// Its key on the I/O thread of `command_queue`, if it is that thread's.
    pub(crate) fn key_in(&self, command_queue: &Arc<CommandQueue>) -> Option<PeerKey> {
        Arc::ptr_eq(&self.command_queue, command_queue).then(|| self.shared.key())
    }
}

/// Packets for many connections, handed over at once.
#[derive(Default)]
pub struct Bundle {
    commands: CommandBuffer,
    command_queue: Option<Arc<CommandQueue>>,
}

impl Bundle {
    /// Adds a packet for `connection`, as [`Connection::send`] takes it.
    ///
    /// # Errors
    /// See [`SendError`]; the packet is left out.
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

    /// Hands over what was added.
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
