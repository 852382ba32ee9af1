//! A connection of an ENet host, as seen by its owner's thread.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};

use dtls_enet::limits::{MINIMUM_FRAGMENT, PACKET_OVERHEAD};
use dtls_enet::{Compression, HostOptions, HostQueue, Mode, SendError, Statistics};
use parking_lot::Mutex;

use super::command::EnetCommand;
use super::event_queue::ConnectionId;
use crate::command_queue::Command;
use crate::connection::Connection;

/// What the owner's thread and the I/O thread share about an ENet connection.
#[derive(Debug, Default)]
pub(crate) struct EnetState {
    /// Whether packets can be sent.
    is_connected: AtomicBool,
    channel_count: AtomicU8,
    /// Bytes that wait in the ENet peer to be sent or acknowledged, as of its last turn.
    queued: AtomicUsize,
    statistics: Mutex<Statistics>,
    /// On a client: what replaced the compression of its options.
    compression: Mutex<Option<Compression>>,
}

impl EnetState {
    /// Packets can be sent from now on.
    pub(crate) fn begin(&self, channel_count: u8) {
        self.channel_count.store(channel_count, Ordering::Relaxed);
        self.is_connected.store(true, Ordering::Release);
    }

    pub(crate) fn compression(&self) -> Option<Compression> {
        *self.compression.lock()
    }

    /// No packet can be sent any more.
    pub(crate) fn end(&self) {
        self.is_connected.store(false, Ordering::Release);
    }

    /// How many bytes wait in the ENet peer.
    pub(crate) fn publish_queued(&self, bytes: usize) {
        self.queued.store(bytes, Ordering::Release);
    }

    pub(crate) fn publish(&self, statistics: Statistics) {
        self.publish_queued(statistics.queued_data);
        *self.statistics.lock() = statistics;
    }
}

/// One end of an ENet connection over DTLS. Dropping it ends the connection at once, and tells the other side.
///
/// It is a [`Connection`], whose packets are those of ENet.
#[derive(Debug)]
pub struct EnetConnection {
    connection: Connection,
    id: ConnectionId,
    state: Arc<EnetState>,
    max_packet: usize,
    max_queued: usize,
    host_queue: HostQueue,
}

impl Deref for EnetConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl EnetConnection {
    pub(crate) fn new(
        connection: Connection,
        id: ConnectionId,
        state: Arc<EnetState>,
        options: &HostOptions,
        host_queue: HostQueue,
    ) -> Self {
        let (max_packet, max_queued) = (options.maximum_packet_size, options.maximum_queued_data);
        Self { connection, id, state, max_packet, max_queued, host_queue }
    }

    /// Its name in events.
    pub const fn id(&self) -> ConnectionId {
        self.id
    }

    /// Whether packets can be sent: ENet is connected, too.
    pub fn is_enet_connected(&self) -> bool {
        self.state.is_connected.load(Ordering::Acquire) && self.connection.is_connected()
    }

    /// How many channels both sides have, once connected.
    pub fn channel_count(&self) -> u8 {
        self.state.channel_count.load(Ordering::Relaxed)
    }

    /// Figures of ENet, as of the I/O thread's last turn with it. Does not block.
    pub fn enet_statistics(&self) -> Statistics {
        *self.state.statistics.lock()
    }

    /// Queues a packet.
    ///
    /// # Errors
    /// See [`SendError`]. The connection stays up.
    pub fn send(&self, channel: u8, mode: Mode, packet: &[u8]) -> Result<(), SendError> {
        self.reserve(channel, packet)?;
        let to = self.connection.key();
        let command = EnetCommand::Send { to, channel, mode, length: packet.len() };
        self.connection.command_queue().post_with(Command::Enet(command), packet);
        Ok(())
    }

    /// Reserves room for a packet.
    pub(crate) fn reserve(&self, channel: u8, packet: &[u8]) -> Result<(), SendError> {
        if !self.is_enet_connected() {
            return Err(SendError::NotConnected);
        }
        let count = self.channel_count();
        if channel >= count {
            return Err(SendError::NoSuchChannel { channel, count });
        }
        let (size, maximum) = (packet.len(), self.max_packet);
        if size > maximum {
            return Err(SendError::TooLarge { size, maximum });
        }
        // First what is on its way to the ENet peer, so that a packet that arrives there meanwhile counts twice, not never.
        let (packets, bytes) = self.connection.queued();
        let queued = most_room(packets, bytes) + self.state.queued.load(Ordering::Acquire);
        let room = most_room(1, size);
        if queued + room > self.max_queued || !self.host_queue.announce(queued, room) {
            return Err(SendError::QueueFull);
        }
        if self.connection.queue(size) {
            return Ok(());
        }
        self.host_queue.arrived(room);
        Err(SendError::QueueFull)
    }

    /// On a client: changes how datagrams are compressed from now on. The server must use the same.
    pub fn set_compression(&self, compression: Compression) {
        // First for a peer that is yet to be made.
        *self.state.compression.lock() = Some(compression);
        let command = EnetCommand::Compress(Some(self.connection.key()), compression);
        self.connection.command_queue().post(Command::Enet(command));
    }

    /// Ends the connection once the other side knows, as ENet's `enet_peer_disconnect` does. What was sent before leaves
    /// first, but is not sent again.
    pub fn disconnect(&self) {
        self.state.end();
        self.connection.command_queue().post(Command::Enet(EnetCommand::Disconnect(self.connection.key())));
    }
}

/// The most room that packets can take in an ENet peer, which counts each of their fragments.
pub(crate) const fn most_room(packets: usize, bytes: usize) -> usize {
    bytes + (packets + bytes / MINIMUM_FRAGMENT as usize) * PACKET_OVERHEAD
}
