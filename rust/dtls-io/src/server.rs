//! A server that owns its port.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dtls_core::{Acceptor, EndReason, MAX_PACKET, OptionsError, ServerConfig};

use crate::accept_queue::AcceptQueue;
use crate::budget::QueueLimits;
use crate::command_queue::{Command, CommandQueue};
use crate::connection::Connection;
use crate::driver;
use crate::endpoint::Role;
use crate::enet::layer::Hosting;
use crate::listening::Listening;
use crate::ready_connections::ReadyConnections;
use crate::sender::SendError;
use crate::socket;
use crate::sockets::Sockets;
use crate::statistics::Statistics;
use crate::threads::Thread;

/// Settings for [`Server::listen`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerSettings {
    /// The local address; `None` for all addresses, IPv4 and IPv6.
    pub address: Option<IpAddr>,
    /// The UDP port; 0 lets the system pick one.
    pub port: u16,
    /// How many handshakes may be in progress at once on each thread. The oldest makes room for a new one.
    pub max_pending: usize,
    /// How many connections there may be.
    pub max_connections: usize,
    /// How many packets may wait for each connection, to be read and again to be encrypted.
    pub queue_limits: QueueLimits,
    /// How many bytes of packets may wait for all connections together, to be read or to be encrypted.
    pub max_queued_bytes: usize,
    /// A connection ends after this time without a packet from its client, unless its options set another; `None` for
    /// never.
    pub idle_timeout: Option<Duration>,
    /// How many I/O threads share the port, at least 1. On systems other than Linux, there is always one.
    pub threads: usize,
}

impl Default for ServerSettings {
    /// All addresses, any port, one thread, no idle time-out, and the limits of a large game server: 4096 handshakes,
    /// 16384 connections, 256 MiB of waiting packets.
    fn default() -> Self {
        Self {
            address: None,
            port: 0,
            max_pending: 4096,
            max_connections: 16_384,
            queue_limits: QueueLimits::default(),
            max_queued_bytes: 256 * 1024 * 1024,
            idle_timeout: None,
            threads: 1,
        }
    }
}

/// A DTLS server on a UDP port. Dropping it sends close_notify to all clients and frees the port.
pub struct Server {
    threads: Vec<Thread>,
    accept_queue: Arc<AcceptQueue>,
    ready: ReadyConnections,
    /// How many packets have been broadcast.
    broadcasts: AtomicU64,
    port: u16,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Server").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Server {
    /// Opens the port and starts the I/O threads.
    ///
    /// # Errors
    /// When the system does not grant the port or a thread.
    pub fn listen(config: &ServerConfig, settings: ServerSettings) -> io::Result<Self> {
        Self::listen_with(config, settings, || None)
    }

    /// The same with clients that speak ENet, if `enet` makes a host for each thread.
    pub(crate) fn listen_with(
        config: &ServerConfig,
        settings: ServerSettings,
        enet: impl Fn() -> Option<Hosting>,
    ) -> io::Result<Self> {
        let accept_queue = Arc::new(AcceptQueue::new(settings.max_connections, settings.max_queued_bytes));
        let mut port = settings.port;
        let mut threads = Vec::with_capacity(settings.threads);
        for socket in socket::listen(settings.address, port, settings.threads)? {
            port = socket.local_addr()?.port();
            let (receive_buffer, send_buffer) = socket::buffers(&socket);
            let role = Role::Server(Box::new(Listening::new(
                Acceptor::new(config.clone())?,
                settings.max_pending,
                Arc::clone(&accept_queue),
                port,
                settings.queue_limits,
                settings.idle_timeout,
            )));
            let mut sockets = Sockets::new()?;
            sockets.add(socket, role)?;
            let thread = driver::start("dtls-server", sockets, Arc::clone(&accept_queue.budget), enet())?;
            thread.counters().receive_buffer.set(receive_buffer);
            thread.counters().send_buffer.set(send_buffer);
            threads.push(thread);
        }
        Ok(Self {
            threads,
            ready: ReadyConnections::new(Arc::clone(&accept_queue.ready)),
            accept_queue,
            broadcasts: AtomicU64::new(0),
            port,
        })
    }

    /// The UDP port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Uses `config` and `queue_limits` for new clients. Existing connections stay.
    ///
    /// # Errors
    /// When OpenSSL is out of memory.
    pub fn replace(&self, config: &ServerConfig, queue_limits: QueueLimits) -> Result<(), OptionsError> {
        for thread in &self.threads {
            let acceptor = Acceptor::new(config.clone())?;
            thread.command_queue().post(Command::Replace(Box::new(acceptor), queue_limits));
        }
        Ok(())
    }

    /// Whether [`accept`](Self::accept) would return a connection.
    pub fn has_accepted(&self) -> bool {
        !self.accept_queue.accepted.lock().is_empty()
    }

    /// The oldest connection that has finished its handshake and was not handed out yet.
    pub fn accept(&self) -> Option<Connection> {
        self.accept_queue
            .accepted
            .lock()
            .pop()
            .map(|connection| connection.take(self.broadcasts.load(Ordering::Relaxed)))
    }

    /// Why the most recent failed handshake failed, if one has failed since the last call.
    pub fn take_failure(&self) -> Option<EndReason> {
        self.accept_queue.failure.lock().take()
    }

    /// Reports the tags of the connections that have packets to read, on every call until they are read, and of those
    /// whose state has changed since the last call. The cost depends on how many connections are active, not on how
    /// many exist.
    pub fn ready(&mut self, on_tag: impl FnMut(i64)) {
        self.ready.report(on_tag);
    }

    /// How many connections the next [`take_packets`](Self::take_packets) looks at, in addition to those that receive
    /// packets until then.
    pub const fn active(&self) -> usize {
        self.ready.active()
    }

    /// Takes every waiting packet, with its connection's tag. Each connection's packets come oldest first.
    pub fn take_packets(&mut self, on_packet: impl FnMut(i64, &[u8])) {
        self.ready.take_packets(on_packet);
    }

    /// Sends one packet to every connection that was handed out, except `except`. The I/O threads encrypt it from a
    /// single copy. An empty packet is ignored.
    ///
    /// # Errors
    /// [`SendError::TooLarge`] above [`MAX_PACKET`]; [`SendError::Busy`] when too many bytes already wait. In both
    /// cases nobody receives it.
    pub fn broadcast(&self, packet: &[u8], except: Option<&Connection>) -> Result<(), SendError> {
        if packet.len() > MAX_PACKET {
            return Err(SendError::TooLarge { length: packet.len(), limit: MAX_PACKET });
        }
        if packet.is_empty() {
            return Ok(());
        }
        if !self.accept_queue.budget.take(packet.len() * self.threads.len()) {
            return Err(SendError::Busy);
        }
        let number = self.broadcasts.fetch_add(1, Ordering::Relaxed) + 1;
        for thread in &self.threads {
            let except = except.and_then(|connection| connection.key_in(thread.command_queue()));
            thread.command_queue().post_with(Command::Broadcast { length: packet.len(), except, number }, packet);
        }
        Ok(())
    }

    /// Whether new clients are refused as if the server were full.
    pub fn refuse_new_clients(&self, refuse: bool) {
        self.accept_queue.is_refusing.store(refuse, Ordering::Relaxed);
    }

    /// The commands of its threads.
    pub(crate) fn command_queues(&self) -> impl Iterator<Item = &Arc<CommandQueue>> {
        self.threads.iter().map(Thread::command_queue)
    }

    /// Whether a thread has failed because of a bug in this library. Its connections have ended, and no client can join
    /// any more.
    pub fn has_failed(&self) -> bool {
        self.threads.iter().any(Thread::has_failed)
    }

    /// The statistics of all threads together.
    pub fn statistics(&self) -> Statistics {
        let counts = self.threads.iter().map(|thread| thread.counters().read());
        let queued_bytes = self.accept_queue.budget.used() as u64;
        Statistics { queued_bytes, ..counts.fold(Statistics::default(), Statistics::plus) }
    }
}
