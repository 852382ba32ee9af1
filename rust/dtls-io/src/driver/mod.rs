//! The I/O thread.

mod connecting;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dtls_core::EndReason;
use mio::Events;

use crate::attempts::Requests;
use crate::batch::Batch;
use crate::budget::Budget;
use crate::command_queue::{Command, CommandBuffer, CommandQueue};
use crate::endpoint::{Endpoint, Role};
use crate::enet::layer::Hosting;
use crate::handshakes::{Handshakes, SLICE};
use crate::incoming::Incoming;
use crate::key::{EndpointKey, PeerKey};
use crate::sessions::Sessions;
use crate::sockets::Sockets;
use crate::statistics::Counters;
use crate::threads::Thread;

/// How long the thread waits for more packets to send after some arrived. A frame queues its packets one by one, and
/// waking a sleeping thread costs the frame more than everything else about a packet.
const LINGER: Duration = Duration::from_micros(50);

/// After this many failed reads in a row, a socket rests for [`REST`].
const MAX_FAILURES: u32 = 64;

/// How long a socket rests whose reads fail. If its buffer is full, the system does not report that more arrives.
const REST: Duration = Duration::from_millis(1);

/// How many batches of datagrams one turn takes from a socket, so that a flood does not delay everything else for long.
const BATCHES: usize = 8;

/// Starts an I/O thread for `sockets`. The waiting packets of their connections count against `budget`. The clients of a
/// server speak ENet if there is an `enet_server`.
pub(crate) fn start(
    name: &str,
    sockets: Sockets,
    budget: Arc<Budget>,
    enet_server: Option<Hosting>,
) -> io::Result<Thread> {
    let command_queue = CommandQueue::new(sockets.waker()?);
    let counters = Arc::<Counters>::default();
    let sessions = Sessions::new(Arc::clone(&command_queue), Arc::clone(&budget), Arc::clone(&counters), enet_server);
    let driver = (Arc::clone(&command_queue), Arc::clone(&budget));
    Thread::start(name, command_queue, budget, counters, move || {
        Driver::new(sockets, sessions, driver.0, driver.1).run()
    })
}

/// The state of an I/O thread.
struct Driver {
    sockets: Sockets,
    command_queue: Arc<CommandQueue>,
    /// The endpoints whose `readable` is set.
    readable: Vec<EndpointKey>,
    sessions: Sessions,
    handshakes: Handshakes,
    /// Clients that are not connected to their host yet.
    requests: Requests,
    budget: Arc<Budget>,
    batch: Batch,
    /// Scratch buffer for a deferred datagram whose turn has come.
    datagram: Vec<u8>,
    /// Scratch buffer for a list of peers.
    peers: Vec<PeerKey>,
    /// How long to wait for more packets to send.
    linger_until: Instant,
    running: bool,
}

impl Drop for Driver {
    /// However the thread ends, nobody keeps waiting for it.
    fn drop(&mut self) {
        let reason = if std::thread::panicking() { EndReason::ThreadFailed } else { EndReason::ClosedLocally };
        self.sessions.fail(&reason);
        self.requests.shared().for_each(|shared| shared.end(reason.clone()));
        if let (EndReason::ThreadFailed, Some(listening)) = (&reason, self.sockets.listening()) {
            *listening.accept_queue.failure.lock() = Some(reason);
        }
        // Last, because the owner learns of a failure from this.
        self.command_queue.channel.close();
    }
}

impl Driver {
    fn new(sockets: Sockets, sessions: Sessions, command_queue: Arc<CommandQueue>, budget: Arc<Budget>) -> Self {
        Self {
            sockets,
            sessions,
            handshakes: Handshakes::default(),
            requests: Requests::default(),
            command_queue,
            budget,
            readable: Vec::new(),
            batch: Batch::new(),
            datagram: Vec::new(),
            peers: Vec::new(),
            linger_until: Instant::now(),
            running: true,
        }
    }

    fn run(mut self) {
        let mut events = Events::with_capacity(256);
        let mut commands = CommandBuffer::default();
        while self.running {
            if self.wait(&mut events).is_err() {
                // This happens only on a signal or when the system is out of resources. The next turn tries again.
                std::thread::sleep(Duration::from_millis(1));
            }
            let now = Instant::now();
            for event in &events {
                self.sockets.mark_readable(event.token(), &mut self.readable);
            }
            self.sockets.wake_rested(now, &mut self.readable);
            self.receive(now);
            self.command_queue.channel.receive(&mut commands);
            if !commands.bytes.is_empty() {
                self.linger_until = now + LINGER;
            }
            self.handle_commands(&mut commands, now);
            self.work_on_handshakes(now);
            self.handle_timers(now);
            self.drive_enet(now);
            // Before sockets are closed, so that the datagrams that end a connection are sent.
            self.flush();
            self.handle_attempts(now);
            self.drive_enet(now);
            self.flush();
            self.sessions.release_memory(now);
        }
    }

    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        let has_work = self.handshakes.has_work(|source| self.sockets.may_start(source));
        if !self.readable.is_empty() || has_work {
            return self.sockets.poll.poll(events, Some(Duration::ZERO));
        }
        if Instant::now() < self.linger_until {
            std::thread::yield_now();
            return self.sockets.poll.poll(events, Some(Duration::ZERO));
        }
        let deadlines = [self.sessions.next_deadline(), self.requests.next_deadline(), self.sockets.rested_at];
        let due = deadlines.into_iter().flatten().min();
        let poll = &mut self.sockets.poll;
        self.command_queue.channel.sleep(CommandBuffer::is_empty, |may_sleep| {
            let patience = if may_sleep {
                due.map(|at| at.saturating_duration_since(Instant::now()))
            } else {
                Some(Duration::ZERO)
            };
            poll.poll(events, patience)
        })
    }

    /// Receives datagrams from every readable socket.
    fn receive(&mut self, now: Instant) {
        // In place, so that a turn allocates nothing: sockets that are still readable move to the front.
        let waiting = self.readable.len();
        let mut kept = 0;
        for place in 0..waiting {
            let key = self.readable[place];
            let has_more = (0..BATCHES).all(|_| self.receive_batch(key, now));
            if let Some(Endpoint { role: Role::Server(listening), .. }) = self.sockets.endpoints.get_mut(key) {
                listening.answers.begin_turn(!has_more);
            }
            if has_more {
                self.readable[kept] = key;
                kept += 1;
            }
        }
        self.readable.truncate(kept);
    }

    /// Receives a batch of datagrams from a socket. Returns whether it may have more.
    fn receive_batch(&mut self, endpoint: EndpointKey, now: Instant) -> bool {
        let Self { sockets, sessions, handshakes, batch, .. } = self;
        let Some(place) = sockets.endpoints.get_mut(endpoint) else { return false };
        let Endpoint { socket, role, readable, failures, .. } = place;
        let mut incoming = Incoming { endpoint, role, sessions, handshakes, now };
        let received = batch.receive(socket, |route, datagram| incoming.receive(route, datagram));
        match received.map_err(|error| error.kind()) {
            Ok(_) => *failures = 0,
            Err(io::ErrorKind::WouldBlock) => *readable = false,
            Err(error) => {
                // Windows reports an unreachable port as a reset. On a server's socket, this only means that some
                // client has gone; the socket also serves others.
                if matches!(error, io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset)
                    && let Role::Client(peer, _) = *role
                {
                    sessions.port_unreachable(peer, endpoint, role, now);
                }
                // An error concerns one datagram, and more may wait behind it, unless the error persists.
                *failures = failures.saturating_add(1);
                if *failures >= MAX_FAILURES {
                    *readable = false;
                    sockets.rested_at = Some(now + REST);
                }
            }
        }
        let readable = *readable;
        self.flush();
        readable
    }

    fn handle_commands(&mut self, buffer: &mut CommandBuffer, now: Instant) {
        let CommandBuffer { commands, bytes } = buffer;
        let mut packets = bytes.as_slice();
        for command in commands.drain(..) {
            match command {
                Command::Send { to, length } => {
                    let (packet, rest) = packets.split_at(length);
                    packets = rest;
                    self.sessions.send(to, packet);
                    self.flush_if_full();
                }
                Command::Broadcast { length, except, number } => {
                    let (packet, rest) = packets.split_at(length);
                    packets = rest;
                    self.broadcast(packet, except, number);
                    self.budget.give_back(length);
                }
                Command::Close(peer) => self.close(peer),
                Command::Ask(peer, question) => self.sessions.ask(peer, question),
                Command::Connect(request) => {
                    let key = self.requests.insert(*request);
                    self.try_next_address(key, None, now);
                }
                Command::Replace(acceptor, limits) => {
                    if let Some(listening) = self.sockets.listening_mut() {
                        listening.acceptor = *acceptor;
                        listening.limits = limits;
                    }
                }
                Command::Enet(command) => self.sessions.handle_enet_command(command, &mut packets, now),
                Command::Stop => self.stop(),
            }
        }
        buffer.clear();
        self.close_ended();
    }

    fn close_ended(&mut self) {
        while let Some(peer) = self.sessions.ended.pop() {
            self.close(peer);
        }
    }

    fn broadcast(&mut self, packet: &[u8], except: Option<PeerKey>, number: u64) {
        let mut peers = std::mem::take(&mut self.peers);
        self.sessions.keys(&mut peers, |peer| peer.shared.was_taken_before(number));
        for peer in &peers {
            if Some(*peer) != except {
                self.sessions.seal(*peer, packet);
                self.flush_if_full();
            }
        }
        self.peers = peers;
    }

    fn close(&mut self, peer: PeerKey) {
        let Some(key) = self.sessions.endpoint(peer) else {
            // This may be an attempt that has ended while others of its request are in progress.
            while let Some(key) = self.requests.closed() {
                self.finish(key, None, None);
            }
            return;
        };
        if let Some(endpoint) = self.sockets.endpoints.get_mut(key) {
            self.sessions.close(peer, key, &mut endpoint.role);
            self.flush_if_full();
        }
    }

    fn stop(&mut self) {
        self.running = false;
        let mut peers = std::mem::take(&mut self.peers);
        self.sessions.keys(&mut peers, |_| true);
        for peer in peers {
            self.close(peer);
        }
    }

    fn work_on_handshakes(&mut self, now: Instant) {
        let start = Instant::now();
        let mut datagram = std::mem::take(&mut self.datagram);
        while let Some(origin) = self.handshakes.next(&mut datagram, now, |source| self.sockets.may_start(source)) {
            let endpoint = origin.endpoint;
            if let Some(Endpoint { role, .. }) = self.sockets.endpoints.get_mut(endpoint) {
                let Self { sessions, handshakes, .. } = self;
                Incoming { endpoint, role, sessions, handshakes, now }.receive_handshake(origin, &datagram);
                self.flush_if_full();
            }
            if start.elapsed() >= SLICE {
                break;
            }
        }
        self.datagram = datagram;
    }

    fn handle_timers(&mut self, now: Instant) {
        while let Some((peer, key)) = self.sessions.pop_due(now) {
            if let Some(key) = key
                && let Some(endpoint) = self.sockets.endpoints.get_mut(key)
            {
                self.sessions.handle_timeout(peer, key, &mut endpoint.role, now);
                self.flush_if_full();
            }
        }
    }

    /// Has the ENet peers send for which something happened in this turn.
    fn drive_enet(&mut self, now: Instant) {
        self.sessions.share_bandwidth(now);
        while let Some(peer) = self.sessions.next_touched() {
            while !self.sessions.drive_enet(peer, now) {
                self.flush_if_full();
            }
            self.flush_if_full();
        }
        self.close_ended();
    }

    fn flush_if_full(&mut self) {
        if self.sessions.has_full_batch() {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.sessions.flush(|key| Some(&self.sockets.endpoints.get(key)?.socket), &mut self.batch);
    }
}
