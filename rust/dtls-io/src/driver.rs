//! The I/O thread.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use dtls_core::{EndReason, State};
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};
use parking_lot::Mutex;
use slotmap::{Key as _, KeyData, SlotMap};

use crate::batch::Batch;
use crate::client::Opening;
use crate::endpoint::{Endpoint, EndpointKey, PeerKey, Role};
use crate::handshakes::SLICE;
use crate::mailbox::{Letter, Letters, Mailbox};
use crate::sessions::Sessions;
use crate::socket;
use crate::statistics::Counters;

/// The waker's token; no key of an endpoint is this number.
const WAKER: Token = Token(usize::MAX);

/// How long more packets to send are waited for after some came. A frame hands them over one by one, and to wake a thread that
/// sleeps costs the frame more than all else that a packet does.
const LINGER: Duration = Duration::from_micros(50);

/// An I/O thread that runs. Dropping it has the thread say close_notify to all, and waits for its end.
pub(crate) struct Thread {
    mailbox: Arc<Mailbox>,
    counters: Arc<Counters>,
    handle: Mutex<Option<JoinHandle<()>>>,
}

impl Thread {
    /// Starts a thread for `sockets`.
    pub(crate) fn start(name: &str, sockets: Sockets) -> io::Result<Self> {
        let mailbox = Mailbox::new(Waker::new(sockets.poll.registry(), WAKER)?);
        let counters = Arc::<Counters>::default();
        let driver = (Arc::clone(&mailbox), Arc::clone(&counters));
        let handle = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || Driver::new(sockets, driver.0, driver.1).run())?;
        Ok(Self { mailbox, counters, handle: Mutex::new(Some(handle)) })
    }

    pub(crate) fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.mailbox.post(Letter::Stop);
        if let Some(handle) = self.handle.get_mut().take() {
            // A thread that panicked has nothing left to wait for.
            let _ = handle.join();
        }
    }
}

/// The sockets of an I/O thread, and who tells when they have something.
pub(crate) struct Sockets {
    poll: Poll,
    endpoints: SlotMap<EndpointKey, Endpoint>,
}

impl Sockets {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { poll: Poll::new()?, endpoints: SlotMap::with_key() })
    }

    pub(crate) fn add(&mut self, mut socket: UdpSocket, role: Role) -> io::Result<EndpointKey> {
        let Self { poll, endpoints } = self;
        endpoints.try_insert_with_key(|key| {
            let token = Token(key.data().as_ffi() as usize);
            poll.registry().register(&mut socket, token, Interest::READABLE)?;
            Ok(Endpoint { socket, role, readable: false })
        })
    }

    fn remove(&mut self, key: EndpointKey) -> Option<Endpoint> {
        let mut endpoint = self.endpoints.remove(key)?;
        // Closing the socket would deregister it anyway.
        let _ = self.poll.registry().deregister(&mut endpoint.socket);
        Some(endpoint)
    }
}

/// What an I/O thread works with.
struct Driver {
    sockets: Sockets,
    mailbox: Arc<Mailbox>,
    /// The endpoints whose `readable` is set.
    readable: Vec<EndpointKey>,
    sessions: Sessions,
    batch: Batch,
    /// Scratch for a datagram whose turn has come.
    datagram: Vec<u8>,
    /// Scratch for a list of peers.
    peers: Vec<PeerKey>,
    /// Until when more packets to send are waited for.
    linger_until: Instant,
    running: bool,
}

impl Drop for Driver {
    /// However the thread ends, nobody waits for it.
    fn drop(&mut self) {
        self.mailbox.close();
    }
}

impl Driver {
    fn new(sockets: Sockets, mailbox: Arc<Mailbox>, counters: Arc<Counters>) -> Self {
        Self {
            sockets,
            sessions: Sessions::new(Arc::clone(&mailbox), counters),
            mailbox,
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
        let mut letters = Letters::default();
        while self.running {
            if self.wait(&mut events).is_err() {
                // Only a signal or a system out of resources does this; the next turn tries again.
                std::thread::yield_now();
            }
            let now = Instant::now();
            for event in &events {
                self.mark_readable(event.token());
            }
            self.receive(now);
            self.mailbox.take(&mut letters);
            if !letters.bytes.is_empty() {
                self.linger_until = now + LINGER;
            }
            self.open_letters(&mut letters, now);
            self.work_on_handshakes(now);
            self.handle_timers(now);
            self.flush();
            self.leave_deserted(now);
            self.sessions.release_memory(now);
        }
    }

    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        if !self.readable.is_empty() || !self.sessions.handshakes.is_empty() {
            return self.sockets.poll.poll(events, Some(Duration::ZERO));
        }
        if Instant::now() < self.linger_until {
            std::thread::yield_now();
            return self.sockets.poll.poll(events, Some(Duration::ZERO));
        }
        let due = self.sessions.next_deadline();
        let poll = &mut self.sockets.poll;
        self.mailbox.sleep(|may_sleep| {
            let patience = if may_sleep {
                due.map(|at| at.saturating_duration_since(Instant::now()))
            } else {
                Some(Duration::ZERO)
            };
            poll.poll(events, patience)
        })
    }

    fn mark_readable(&mut self, token: Token) {
        let key = KeyData::from_ffi(token.0 as u64).into();
        if let Some(endpoint) = self.sockets.endpoints.get_mut(key)
            && !std::mem::replace(&mut endpoint.readable, true)
        {
            self.readable.push(key);
        }
    }

    /// Takes a batch of datagrams from every socket that has some.
    fn receive(&mut self, now: Instant) {
        // In place, so that a turn allocates nothing: what is still readable moves to the front.
        let waiting = self.readable.len();
        let mut kept = 0;
        for place in 0..waiting {
            let key = self.readable[place];
            let Some(Endpoint { socket, role, readable }) = self.sockets.endpoints.get_mut(key) else { continue };
            let sessions = &mut self.sessions;
            let received = self.batch.receive(socket, |from, datagram| {
                sessions.receive(key, role, from, datagram, now);
            });
            match received.map_err(|error| error.kind()) {
                Err(io::ErrorKind::WouldBlock) => *readable = false,
                // What Windows calls a reset. A server's socket, that it tells of clients which have gone, serves others too.
                Err(io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset) => {
                    if let Role::Client(peer, _) = *role {
                        sessions.port_unreachable(peer, key, role, now);
                    }
                }
                // An error is about one datagram, and more may wait behind it.
                _ => {}
            }
            if *readable {
                self.readable[kept] = key;
                kept += 1;
            }
            self.flush();
        }
        self.readable.truncate(kept);
    }

    fn open_letters(&mut self, letters: &mut Letters, now: Instant) {
        let Letters { letters, bytes } = letters;
        let mut packets = bytes.as_slice();
        for letter in letters.drain(..) {
            match letter {
                Letter::Send { to, length } => {
                    let (packet, rest) = packets.split_at(length);
                    packets = rest;
                    self.sessions.send(to, packet);
                    self.flush_if_full();
                }
                Letter::Broadcast { length, except } => {
                    let (packet, rest) = packets.split_at(length);
                    packets = rest;
                    self.broadcast(packet, except);
                }
                Letter::Close(peer) => self.close(peer),
                Letter::Ask(peer, question) => self.sessions.ask(peer, question),
                Letter::Open(opening) => self.open(*opening, now),
                Letter::Replace(acceptor, max_queued_packets) => {
                    for endpoint in self.sockets.endpoints.values_mut() {
                        if let Role::Server(listening) = &mut endpoint.role {
                            listening.acceptor = *acceptor;
                            listening.max_queued_packets = max_queued_packets;
                            break;
                        }
                    }
                }
                Letter::Stop => self.stop(),
            }
        }
        bytes.clear();
    }

    fn broadcast(&mut self, packet: &[u8], except: Option<PeerKey>) {
        let mut peers = std::mem::take(&mut self.peers);
        self.sessions.keys(&mut peers);
        for peer in &peers {
            if Some(*peer) != except {
                self.sessions.seal(*peer, packet);
                self.flush_if_full();
            }
        }
        self.peers = peers;
    }

    fn close(&mut self, peer: PeerKey) {
        if let Some(key) = self.sessions.endpoint(peer)
            && let Some(endpoint) = self.sockets.endpoints.get_mut(key)
        {
            self.sessions.close(peer, key, &mut endpoint.role);
            self.flush_if_full();
        }
    }

    /// Connects through a socket of its own to the first of the host's addresses that gives one.
    fn open(&mut self, mut opening: Opening, now: Instant) {
        let mut failure = None;
        while let Some(address) = opening.addresses.pop_front() {
            if opening.shared.is_over() {
                return;
            }
            match socket::connected(address) {
                Ok(socket) => return self.start(opening, address, socket, now),
                Err(error) => failure = Some(error),
            }
        }
        let words = failure.map_or_else(String::new, |error| error.to_string());
        opening.shared.end(EndReason::NoSocket(words));
    }

    fn start(&mut self, opening: Opening, address: SocketAddr, socket: UdpSocket, now: Instant) {
        let shared = Arc::clone(&opening.shared);
        {
            let mut inner = shared.inner.lock();
            inner.remote = Some(address);
            inner.local_port = socket.local_addr().ok().map(|address| address.port());
        }
        match self.sockets.add(socket, Role::Client(PeerKey::null(), Box::new(opening))) {
            Ok(key) => {
                if let Some(Endpoint { role: Role::Client(peer, opening), .. }) = self.sockets.endpoints.get_mut(key) {
                    match self.sessions.connect(opening, key, now) {
                        Some(started) => *peer = started,
                        None => self.sessions.deserted.push(key),
                    }
                }
                // Whoever closed it meanwhile had no name for it yet. Under the lock, so that one of the two sees the other.
                if matches!(shared.inner.lock().state, State::Ended(_)) {
                    self.close(shared.key());
                }
            }
            Err(error) => shared.end(EndReason::NoSocket(error.to_string())),
        }
    }

    fn stop(&mut self) {
        self.running = false;
        let mut peers = std::mem::take(&mut self.peers);
        self.sessions.keys(&mut peers);
        for peer in peers {
            self.close(peer);
        }
    }

    fn work_on_handshakes(&mut self, now: Instant) {
        let start = Instant::now();
        let mut datagram = std::mem::take(&mut self.datagram);
        while let Some((key, from)) = self.sessions.handshakes.next(&mut datagram) {
            if let Some(endpoint) = self.sockets.endpoints.get_mut(key) {
                self.sessions.receive_handshake(key, &mut endpoint.role, from, &datagram, now);
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

    /// Closes the sockets of clients whose connection is over, or has them try the host's next address.
    fn leave_deserted(&mut self, now: Instant) {
        while let Some(key) = self.sessions.deserted.pop() {
            if let Some(Endpoint { role: Role::Client(_, opening), .. }) = self.sockets.remove(key)
                && !opening.shared.is_over()
            {
                self.open(*opening, now);
            }
        }
    }

    fn flush_if_full(&mut self) {
        if self.sessions.has_full_batch() {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.sessions.flush(&self.sockets.endpoints, &mut self.batch);
    }
}
