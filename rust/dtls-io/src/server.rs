//! A server that owns its port.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dtls_core::{Acceptor, EndReason, MAX_PACKET, OptionsError, ServerConfig};

use crate::accept_queue::AcceptQueue;
use crate::budget::QueueLimits;
use crate::command_queue::Command;
use crate::connection::{Connection, SendError};
use crate::connection_state::{ConnectionState, ReadyOutcome};
use crate::driver;
use crate::endpoint::Role;
use crate::listening::Listening;
use crate::pruning_queue::PruningQueue;
use crate::socket;
use crate::sockets::Sockets;
use crate::statistics::Statistics;
use crate::threads::Thread;

/// How a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerSettings {
    /// The local address; `None` for all, of both families.
    pub address: Option<IpAddr>,
    /// The UDP port; 0 has the system pick one.
    pub port: u16,
    /// How many handshakes may be under way at once on each thread; the oldest makes room for a new one.
    pub max_pending: usize,
    /// How many connections there may be.
    pub max_connections: usize,
    /// How many bytes of packets all connections together may have waiting, to be read or to be sealed.
    pub max_queued_bytes: usize,
    /// After how long without a packet from its client a connection ends, if its options say nothing; `None` for never.
    pub idle_timeout: Option<Duration>,
    /// How many I/O threads share the port, at least 1; more than one on Linux only.
    pub threads: usize,
}

/// A DTLS server on a UDP port. Dropping it says close_notify to all and frees the port.
pub struct Server {
    threads: Vec<Thread>,
    accept_queue: Arc<AcceptQueue>,
    /// Taken from the queue's list, for as long as they have packets or news.
    active: Vec<Arc<ConnectionState>>,
    /// Those of them whose state is new to the owner, and which have nothing else.
    news: PruningQueue<Arc<ConnectionState>>,
    /// How many packets were broadcast.
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
    /// When the system does not give the port, or a thread.
    pub fn listen(config: &ServerConfig, settings: ServerSettings) -> io::Result<Self> {
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
                QueueLimits::of(config.transport()),
                settings.idle_timeout,
            )));
            let mut sockets = Sockets::new()?;
            sockets.add(socket, role)?;
            let thread = driver::start("dtls-server", sockets, Arc::clone(&accept_queue.budget))?;
            thread.counters().receive_buffer.set(receive_buffer);
            thread.counters().send_buffer.set(send_buffer);
            threads.push(thread);
        }
        Ok(Self {
            threads,
            accept_queue,
            active: Vec::new(),
            news: PruningQueue::default(),
            broadcasts: AtomicU64::new(0),
            port,
        })
    }

    /// The UDP port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Lets new clients in with `config`; connections that are there stay.
    ///
    /// # Errors
    /// When OpenSSL is out of memory.
    pub fn replace(&self, config: &ServerConfig) -> Result<(), OptionsError> {
        let limits = QueueLimits::of(config.transport());
        for thread in &self.threads {
            let acceptor = Acceptor::new(config.clone())?;
            thread.command_queue().post(Command::Replace(Box::new(acceptor), limits));
        }
        Ok(())
    }

    /// Whether [`accept`](Self::accept) has a connection.
    pub fn has_accepted(&self) -> bool {
        !self.accept_queue.accepted.lock().is_empty()
    }

    /// The oldest connection whose handshake is done and that was not handed out yet.
    pub fn accept(&self) -> Option<Connection> {
        self.accept_queue
            .accepted
            .lock()
            .pop()
            .map(|connection| connection.take(self.broadcasts.load(Ordering::Relaxed)))
    }

    /// Why a handshake failed, if one has since the last call; the last of several.
    pub fn take_failure(&self) -> Option<EndReason> {
        self.accept_queue.failure.lock().take()
    }

    /// Names, by their tags, the connections that have packets to read, for as long as they have, or whose state has
    /// changed since the last call. It costs what is active, not what is connected.
    pub fn ready(&mut self, mut on_tag: impl FnMut(i64)) {
        self.active.extend(self.accept_queue.ready.lock().drain());
        if !self.news.is_empty() {
            self.active.extend(self.news.drain());
            // Some had packets again since they were set aside.
            self.active.sort_unstable_by_key(Arc::as_ptr);
            self.active.dedup_by(|one, other| Arc::ptr_eq(one, other));
        }
        self.active.retain(|shared| {
            let (stays, tag) = shared.look();
            tag.into_iter().for_each(&mut on_tag);
            stays
        });
    }

    /// How many connections the next [`take_packets`](Self::take_packets) looks at, besides those that get packets until
    /// then.
    pub const fn active(&self) -> usize {
        self.active.len()
    }

    /// Takes every packet that waits, each with its connection's tag, oldest first.
    pub fn take_packets(&mut self, mut on_packet: impl FnMut(i64, &[u8])) {
        self.active.extend(self.accept_queue.ready.lock().drain());
        self.active.retain(|shared| match shared.take_packets(&mut on_packet) {
            ReadyOutcome::Waits => true,
            ReadyOutcome::HasNews => {
                // Whoever never asks for news does not keep what is gone.
                self.news.push(Arc::clone(shared), |shared| !shared.is_gone());
                false
            }
            ReadyOutcome::Done => false,
        });
    }

    /// Sends one packet to every connection that was handed out, but `except`: sealed on the I/O threads, from one copy. An
    /// empty one is nothing to send.
    ///
    /// # Errors
    /// [`SendError::TooLarge`] above [`MAX_PACKET`]; [`SendError::Busy`] when too many bytes wait already, and then nobody
    /// gets it.
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

    /// Whether a thread has failed, by a fault of this library. Its connections have ended, and nobody can join any more.
    pub fn has_failed(&self) -> bool {
        self.threads.iter().any(Thread::has_failed)
    }

    /// What was counted on all threads.
    pub fn statistics(&self) -> Statistics {
        let counts = self.threads.iter().map(|thread| thread.counters().read());
        let queued_bytes = self.accept_queue.budget.used() as u64;
        Statistics { queued_bytes, ..counts.fold(Statistics::default(), Statistics::plus) }
    }
}
