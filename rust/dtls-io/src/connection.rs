//! A connection, as seen by its owner's thread.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};

use dtls_core::{EndReason, HandshakeInfo, Session, State, Statistics};
use slotmap::Key as _;

use crate::command_queue::{Command, CommandQueue};
use crate::connection_state::ConnectionState;
use crate::key::PeerKey;
use crate::sender::{self, SendError, Sender};
use crate::threads::Thread;

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
        if let Some(to) = sender::reserve(&self.shared, packet)? {
            self.command_queue.post_with(Command::Send { to, length: packet.len() }, packet);
        }
        Ok(())
    }

    /// Sends packets on this connection without being its owner.
    pub fn sender(&self) -> Sender {
        Sender::new(&self.shared, &self.command_queue)
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

    /// How many packets, and how many bytes, are in that queue.
    pub(crate) fn queued(&self) -> (usize, usize) {
        self.shared.queued()
    }

    /// Its key, if `command_queue` is that of its I/O thread.
    pub(crate) fn key_in(&self, command_queue: &Arc<CommandQueue>) -> Option<PeerKey> {
        Arc::ptr_eq(&self.command_queue, command_queue).then(|| self.shared.key())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.abandon();
        self.close();
    }
}
