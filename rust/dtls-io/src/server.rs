//! A server that owns its port.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use dtls_core::{Acceptor, EndReason, OptionsError, ServerConfig};
use parking_lot::Mutex;

use crate::connection::Connection;
use crate::driver::{Sockets, Thread};
use crate::endpoint::{Listening, Role};
use crate::mailbox::Letter;
use crate::pruned::Pruned;
use crate::shared::{After, Ready, Shared};
use crate::socket;
use crate::statistics::Statistics;

/// How a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerSettings {
    /// The local address; `None` for all, of both families.
    pub address: Option<IpAddr>,
    /// The UDP port; 0 has the system pick one.
    pub port: u16,
    /// How many handshakes may be under way at once on each thread; the oldest makes room for a new one.
    pub max_pending: usize,
    /// How many I/O threads share the port, at least 1; more than one on Linux only.
    pub threads: usize,
}

/// Where an I/O thread leaves what its server is to see.
pub(crate) struct Door {
    pub(crate) ready: Arc<Ready>,
    /// Those that nobody has taken yet; such as have ended make room for others.
    pub(crate) accepted: Mutex<Pruned<Connection>>,
    /// Why the last handshake that failed did so.
    pub(crate) failure: Mutex<Option<EndReason>>,
}

/// A DTLS server on a UDP port. Dropping it says close_notify to all and frees the port.
pub struct Server {
    threads: Vec<Thread>,
    door: Arc<Door>,
    /// Taken from the door's list, for as long as they have something.
    active: Vec<Arc<Shared>>,
    /// Those of them whose state is new to the owner, and which have nothing else.
    news: Pruned<Arc<Shared>>,
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
        let door = Arc::new(Door { ready: Arc::default(), accepted: Mutex::default(), failure: Mutex::default() });
        let shared = settings.threads > 1;
        let mut port = settings.port;
        let mut threads = Vec::with_capacity(settings.threads);
        for _ in 0..settings.threads.max(1) {
            let socket = socket::listen(settings.address, port, shared)?;
            port = socket.local_addr()?.port();
            let (receive_buffer, send_buffer) = socket::buffers(&socket);
            let role = Role::Server(Box::new(Listening {
                acceptor: Acceptor::new(config.clone())?,
                by_address: HashMap::new(),
                pending: VecDeque::new(),
                max_pending: settings.max_pending,
                door: Arc::clone(&door),
                port,
                max_queued_packets: config.transport().max_queued_packets,
            }));
            let mut sockets = Sockets::new()?;
            sockets.add(socket, role)?;
            let thread = Thread::start("dtls-server", sockets)?;
            thread.counters().receive_buffer.set(receive_buffer);
            thread.counters().send_buffer.set(send_buffer);
            threads.push(thread);
        }
        Ok(Self { threads, door, active: Vec::new(), news: Pruned::default(), port })
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
        let max_queued_packets = config.transport().max_queued_packets;
        for thread in &self.threads {
            let acceptor = Acceptor::new(config.clone())?;
            thread.mailbox().post(Letter::Replace(Box::new(acceptor), max_queued_packets));
        }
        Ok(())
    }

    /// Whether [`accept`](Self::accept) has a connection.
    pub fn has_accepted(&self) -> bool {
        !self.door.accepted.lock().is_empty()
    }

    /// The oldest connection whose handshake is done and that was not handed out yet.
    pub fn accept(&self) -> Option<Connection> {
        self.door.accepted.lock().pop()
    }

    /// Why a handshake failed, if one has since the last call; the last of several.
    pub fn take_failure(&self) -> Option<EndReason> {
        self.door.failure.lock().take()
    }

    /// Names, by their tags, the connections that have packets to read, for as long as they have, or whose state has
    /// changed since the last call. It costs what is active, not what is connected.
    pub fn ready(&mut self, mut on_tag: impl FnMut(i64)) {
        self.active.extend(self.door.ready.lock().drain());
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
        self.active.extend(self.door.ready.lock().drain());
        self.active.retain(|shared| match shared.take_packets(&mut on_packet) {
            After::Waits => true,
            After::HasNews => {
                // Whoever never asks for news does not keep what is gone.
                self.news.push(Arc::clone(shared), |shared| !shared.is_gone());
                false
            }
            After::Done => false,
        });
    }

    /// Sends one packet to every connection but `except`: sealed on the I/O threads, from one copy. An empty one is nothing to
    /// send.
    pub fn broadcast(&self, packet: &[u8], except: Option<&Connection>) {
        if packet.is_empty() {
            return;
        }
        for thread in &self.threads {
            let except = except.and_then(|connection| connection.key_in(thread.mailbox()));
            thread.mailbox().post_with(Letter::Broadcast { length: packet.len(), except }, packet);
        }
    }

    /// What was counted on all threads.
    pub fn statistics(&self) -> Statistics {
        self.threads.iter().map(|thread| thread.counters().read()).fold(Statistics::default(), Statistics::plus)
    }
}
