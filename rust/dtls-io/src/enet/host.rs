//! A server or a client that speaks ENet, as seen by its owner's thread.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use dtls_core::{ClientConfig, EndReason, ServerConfig};
use dtls_enet::{Compression, Host, HostOptions, Mode, SendError};

use super::command::EnetCommand;
use super::connection::{EnetConnection, EnetState};
use super::event_queue::{Batch, ConnectionId, EventQueue, Queued};
use super::layer::{EnetRequest, Hosting};
use crate::budget::QueueLimits;
use crate::client::{ConnectError, connect_with};
use crate::command_queue::{Command, CommandQueue};
use crate::server::{Server, ServerSettings};

/// Something that happened at an [`EnetHost`], in order.
#[derive(Debug)]
pub enum EnetEvent<'a> {
    /// Packets can be exchanged from now on.
    Connected {
        /// Names the connection in later events.
        id: ConnectionId,
        /// On a server, the connection. A client has it already.
        connection: Option<EnetConnection>,
        /// On a server, what the client gave to [`EnetHost::connect`].
        data: u32,
    },
    /// A packet arrived.
    Received {
        /// From whom.
        id: ConnectionId,
        /// Its channel.
        channel: u8,
        /// How it was sent.
        mode: Mode,
        /// Its bytes.
        packet: &'a [u8],
    },
    /// The connection is over. Comes only after [`Connected`](Self::Connected), and is the last of a connection.
    Disconnected {
        /// Which one.
        id: ConnectionId,
        /// Why.
        reason: EndReason,
    },
}

/// How a client of an [`EnetHost`] connects.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EnetClientSettings {
    /// The local address of the socket; `None` for any.
    pub local: Option<SocketAddr>,
    /// How many channels the connection has if the server allows it, at least 1: 255.
    pub channel_count: u8,
    /// What the server is given with [`EnetEvent::Connected`].
    pub data: u32,
    /// A random number, by which the server's answer is recognized.
    pub connect_id: u32,
    /// How many packets may wait to be taken in a batch of events.
    pub queue_limits: QueueLimits,
}

impl Default for EnetClientSettings {
    fn default() -> Self {
        Self { local: None, channel_count: u8::MAX, data: 0, connect_id: 0, queue_limits: QueueLimits::default() }
    }
}

/// A server with its clients, or a client. ENet runs on I/O threads. In each frame, the owner takes what has happened:
///
/// ```no_run
/// # use dtls_io::{EnetEvent, EnetHost};
/// # fn frame(host: &mut EnetHost) {
/// host.take_batch();
/// while let Some(event) = host.next_event() {
///     match event {
///         EnetEvent::Connected { id, .. } => println!("{id} joins"),
///         EnetEvent::Received { id, packet, .. } => println!("{id} sends {} bytes", packet.len()),
///         EnetEvent::Disconnected { id, reason } => println!("{id} leaves: {reason}"),
///     }
/// }
/// # }
/// ```
///
/// An owner that takes no events loses none: what has no room is not acknowledged, and its sender tries again. Dropping a
/// server disconnects all clients, and frees the port.
pub struct EnetHost {
    server: Option<Server>,
    /// Of all threads that its connections are on.
    command_queues: Vec<Arc<CommandQueue>>,
    queue: Arc<EventQueue>,
    batch: Batch,
}

impl std::fmt::Debug for EnetHost {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("EnetHost").field("server", &self.server).finish_non_exhaustive()
    }
}

impl EnetHost {
    /// Opens the port, and starts the I/O threads. [`ServerSettings::queue_limits`] limits the packets of a connection in a
    /// batch of events, and [`ServerSettings::max_queued_bytes`] those of all.
    ///
    /// # Errors
    /// When the system does not grant the port or a thread.
    pub fn listen(config: &ServerConfig, settings: ServerSettings, options: HostOptions) -> io::Result<Self> {
        let queue = Arc::new(EventQueue::new(settings.queue_limits, settings.max_queued_bytes));
        let outgoing = outgoing_limits(&options);
        let host = Host::new(options, Instant::now());
        let server = Server::listen_with(config, ServerSettings { queue_limits: outgoing, ..settings }, || {
            Some(Hosting { host: host.for_another_thread(Instant::now()), queue: Arc::clone(&queue) })
        })?;
        let command_queues = server.command_queues().map(Arc::clone).collect();
        Ok(Self { server: Some(server), command_queues, queue, batch: Batch::default() })
    }

    /// Starts to connect to a server by name or address. Watch the state of the returned connection, which may also end
    /// before there is an event.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub fn connect(
        host: &str,
        port: u16,
        config: ClientConfig,
        options: HostOptions,
        settings: &EnetClientSettings,
    ) -> Result<(Self, EnetConnection), ConnectError> {
        let queue = Arc::new(EventQueue::new(settings.queue_limits, usize::MAX));
        let (id, state) = (queue.next_id(), Arc::<EnetState>::default());
        let enet = Host::new(options.clone(), Instant::now());
        let host_queue = enet.queue().clone();
        let request = EnetRequest {
            hosting: Hosting { host: enet, queue: Arc::clone(&queue) },
            id,
            state: Arc::clone(&state),
            channel_count: settings.channel_count,
            data: settings.data,
            connect_id: settings.connect_id,
        };
        let connection =
            connect_with(host, port, config, outgoing_limits(&options), settings.local, Some(Box::new(request)))?;
        let command_queues = vec![Arc::clone(connection.command_queue())];
        let host = Self { server: None, command_queues, queue, batch: Batch::default() };
        Ok((host, EnetConnection::new(connection, id, state, &options, host_queue)))
    }

    /// The server, if it is one.
    pub const fn server(&self) -> Option<&Server> {
        self.server.as_ref()
    }

    /// Whether a thread has failed because of a bug in this library. Its connections have ended, without events.
    pub fn has_failed(&self) -> bool {
        self.command_queues.iter().any(|command_queue| !command_queue.channel.is_open())
    }

    /// Takes what has happened since the last call, once all events of that are taken.
    pub fn take_batch(&mut self) {
        if self.batch.is_empty() && self.queue.take(&mut self.batch) {
            self.command(|| EnetCommand::Deliver);
        }
    }

    /// The oldest event of the batch.
    pub fn next_event(&mut self) -> Option<EnetEvent<'_>> {
        let (event, packet) = self.batch.pop()?;
        Some(match event {
            Queued::Connected { id, connection, data } => EnetEvent::Connected { id, connection, data },
            Queued::Received { id, channel, mode, .. } => EnetEvent::Received { id, channel, mode, packet },
            Queued::Disconnected { id, reason, place } => {
                drop(place);
                EnetEvent::Disconnected { id, reason }
            }
        })
    }

    /// Queues a packet for several connections of this host, whose threads share its bytes. A connection that cannot be
    /// sent to is left out.
    ///
    /// # Errors
    /// Why the last connection was left out, if one was.
    pub fn send_to_many<'c>(
        &self,
        connections: impl Iterator<Item = &'c EnetConnection>,
        channel: u8,
        mode: Mode,
        packet: &[u8],
    ) -> Result<(), SendError> {
        let mut outcome = Ok(());
        let mut to = vec![Vec::new(); self.command_queues.len()];
        for connection in connections {
            let thread = self.command_queues.iter().position(|other| Arc::ptr_eq(other, connection.command_queue()));
            match (connection.reserve(channel, packet), thread) {
                (Ok(()), Some(thread)) => to[thread].push(connection.key()),
                (Ok(()), None) => {}
                (Err(error), _) => outcome = Err(error),
            }
        }
        for (command_queue, to) in self.command_queues.iter().zip(to) {
            if !to.is_empty() {
                let command = EnetCommand::SendToMany { to, channel, mode, length: packet.len() };
                command_queue.post_with(Command::Enet(command), packet);
            }
        }
        outcome
    }

    /// Changes how a server compresses datagrams from now on. See also [`EnetConnection::set_compression`].
    pub fn set_compression(&self, compression: Compression) {
        self.command(|| EnetCommand::Compress(None, compression));
    }

    fn command(&self, command: impl Fn() -> EnetCommand) {
        self.command_queues.iter().for_each(|command_queue| command_queue.post(Command::Enet(command())));
    }
}

/// Limits for the packets that wait for an I/O thread: those that ENet has for packets that wait to be acknowledged.
const fn outgoing_limits(options: &HostOptions) -> QueueLimits {
    QueueLimits { packets: usize::MAX, bytes: options.maximum_queued_data }
}
