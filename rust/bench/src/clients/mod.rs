//! Clients, each with a socket of its own, as players have.

mod churn;

use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use dtls_core::IoBuffers;
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};

use crate::link::{Link, Links};
use crate::round_trips::RoundTrips;

/// How long to wait for the sockets when a timer may be due soon.
const TURN: Duration = Duration::from_millis(1);

/// So many hellos go out between two looks at the answers.
const HELLOS: usize = 16;

/// How often timers are looked at.
const TIMERS: Duration = Duration::from_millis(20);

/// The largest datagram, and the largest message of a player.
const BUFFER: usize = 1 << 20;

struct Client {
    socket: UdpSocket,
    link: Link,
    since: Instant,
    /// How long it took to connect, once it has.
    took: Option<Duration>,
    /// How many of a thousand datagrams the network loses, each way.
    lost_per_mille: u32,
}

impl Client {
    /// Takes the next datagram, if there is one, and sends what the link has to say to it.
    fn receive(
        &mut self,
        buffer: &mut [u8],
        now: Instant,
        buffers: &mut IoBuffers,
        on_packet: impl FnMut(&[u8]),
    ) -> bool {
        let Ok(length) = self.socket.recv(buffer) else { return false };
        if self.is_lost() {
            return true;
        }
        self.link.receive(&buffer[..length], now, buffers, on_packet);
        self.flush(buffers);
        true
    }

    /// Sends what the link has to say. What the system does not take is lost, as the network may lose it.
    fn flush(&self, buffers: &mut IoBuffers) {
        while let Some(datagram) = buffers.outgoing().pop() {
            if !self.is_lost() {
                let _ = self.socket.send(datagram);
            }
        }
    }

    /// Whether the network loses the next datagram.
    fn is_lost(&self) -> bool {
        self.lost_per_mille > 0 && fastrand::u32(0..1000) < self.lost_per_mille
    }
}

pub(crate) struct Clients {
    server: SocketAddr,
    links: Links,
    clients: Vec<Client>,
    /// So many of `clients` receive; the others have begun, and wait for [`Clients::join`].
    running: usize,
    lost_per_mille: u32,
    poll: Poll,
    events: Events,
    buffers: IoBuffers,
    buffer: Vec<u8>,
    /// When timers were looked at last.
    timers: Instant,
    trips: RoundTrips,
}

/// How a [`join`](Clients::join) went.
pub(crate) struct Joined {
    /// All clients that are connected now, with those from before.
    pub(crate) connected: usize,
    /// From the start until the last of them was.
    pub(crate) took: Duration,
    /// The new clients that were connected a second after they had begun, or sooner.
    pub(crate) within_a_second: usize,
    /// Of the new clients that are connected: how long half of them took at most.
    pub(crate) median: Duration,
    /// And all of them.
    pub(crate) slowest: Duration,
}

impl Clients {
    pub(crate) fn new(server: SocketAddr, links: Links) -> Result<Self> {
        Ok(Self {
            server,
            links,
            clients: Vec::new(),
            running: 0,
            lost_per_mille: 0,
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            buffers: IoBuffers::new(),
            buffer: vec![0; BUFFER],
            timers: Instant::now(),
            trips: RoundTrips::new(),
        })
    }

    /// Lets those go on that [began](Self::begin), and connects `count` more clients, so many a second (0: all at once), the
    /// first from the address `from(0)`. Returns when all clients are connected, or after `limit`.
    pub(crate) fn join(
        &mut self,
        count: usize,
        per_second: u32,
        limit: Duration,
        from: fn(usize) -> Ipv4Addr,
    ) -> Result<Joined> {
        const PROMPT: Duration = Duration::from_secs(1);
        let start = Instant::now();
        let first = self.clients.len();
        let waiting = self.running;
        loop {
            let due = waiting + due(first + count - waiting, per_second, start.elapsed());
            for number in self.running..due.min(self.running + HELLOS) {
                if number == self.clients.len() {
                    self.start(from(number - first))?;
                }
                let socket = &mut self.clients[number].socket;
                self.poll.registry().register(socket, Token(number), Interest::READABLE)?;
                self.running += 1;
            }
            self.pump(if self.running < due { Duration::ZERO } else { TURN })?;
            let connected = self.clients.iter().filter(|client| client.link.is_connected()).count();
            let took = start.elapsed();
            if connected == first + count || took >= limit {
                let mut times: Vec<_> = self.clients[first..].iter().filter_map(|client| client.took).collect();
                times.sort_unstable();
                return Ok(Joined {
                    connected,
                    took,
                    within_a_second: times.iter().filter(|took| **took <= PROMPT).count(),
                    median: times.get(times.len() / 2).copied().unwrap_or_default(),
                    slowest: times.last().copied().unwrap_or_default(),
                });
            }
        }
    }

    /// Has `count` more clients begin, each as if it had a machine of its own: the server has their handshakes under way
    /// before any goes on, which is for [`join`](Self::join) to do. How many the server has answered.
    pub(crate) fn begin(&mut self, count: usize, per_second: u32, limit: Duration) -> Result<usize> {
        let start = Instant::now();
        let first = self.clients.len();
        let mut proven = vec![false; count];
        loop {
            while self.clients.len() < first + due(count, per_second, start.elapsed()) {
                self.start(Ipv4Addr::LOCALHOST)?;
            }
            let now = Instant::now();
            let mut answered = 0;
            for (client, proven) in self.clients[first..].iter_mut().zip(&mut proven) {
                // Only the question for its cookie is answered; what comes then stays in the socket.
                *proven = *proven || client.receive(&mut self.buffer, now, &mut self.buffers, |_| {});
                if *proven && client.socket.peek(&mut self.buffer).is_ok() {
                    answered += 1;
                } else {
                    client.link.handle_timer(now, &mut self.buffers);
                    client.flush(&mut self.buffers);
                }
            }
            if answered == count || start.elapsed() >= limit {
                return Ok(answered);
            }
            thread::sleep(TURN);
        }
    }

    /// How many clients did not have to begin from nothing.
    pub(crate) fn resumed(&self) -> usize {
        self.clients.iter().filter(|client| client.link.is_resumed()).count()
    }

    fn start(&mut self, address: Ipv4Addr) -> Result<()> {
        let socket = UdpSocket::bind((address, 0).into()).context("no socket for a client")?;
        socket.connect(self.server)?;
        let since = Instant::now();
        let link = self.links.make(since, &mut self.buffers)?;
        let client = Client { socket, link, since, took: None, lost_per_mille: self.lost_per_mille };
        client.flush(&mut self.buffers);
        self.clients.push(client);
        Ok(())
    }

    fn handle_timers(&mut self, now: Instant) {
        for client in &mut self.clients[..self.running] {
            client.link.handle_timer(now, &mut self.buffers);
            client.flush(&mut self.buffers);
        }
    }

    /// Receives what arrives within `patience`, but waits no longer than for the first.
    fn pump(&mut self, patience: Duration) -> Result<()> {
        self.poll.poll(&mut self.events, Some(patience))?;
        let now = Instant::now();
        if now.duration_since(self.timers) >= TIMERS {
            self.timers = now;
            self.handle_timers(now);
        }
        for event in &self.events {
            let Some(client) = self.clients.get_mut(event.token().0) else { continue };
            let trips = &mut self.trips;
            while client.receive(&mut self.buffer, now, &mut self.buffers, |packet| trips.record(packet)) {}
            if client.took.is_none() && client.link.is_connected() {
                client.took = Some(client.since.elapsed());
            }
        }
        Ok(())
    }

    /// `packets` in all, one from each client in turn, beginning with the client `first`, as fast as they can be sealed and
    /// sent; how many were.
    pub(crate) fn send(&mut self, size: usize, packets: usize, first: usize) -> usize {
        (first..first + packets).filter(|turn| self.send_one(turn % self.clients.len(), size)).count()
    }

    fn send_one(&mut self, client: usize, size: usize) -> bool {
        let Some(client) = self.clients.get_mut(client) else { return false };
        let packet = &mut self.buffer[..size];
        self.trips.stamp(packet);
        let is_sent = client.link.send(packet, Instant::now(), &mut self.buffers);
        client.flush(&mut self.buffers);
        is_sent
    }

    /// Waits for so many packets; how many came, and how long it took from the first to the last.
    pub(crate) fn collect(&mut self, packets: usize, limit: Duration) -> Result<(usize, Duration)> {
        self.trips.reset();
        let start = Instant::now();
        let mut first = None;
        let mut last = start;
        while self.trips.count() < packets && start.elapsed() < limit {
            let before = self.trips.count();
            self.pump(TURN)?;
            if self.trips.count() > before {
                last = Instant::now();
                first.get_or_insert(last);
            }
        }
        Ok((self.trips.count(), last.saturating_duration_since(first.unwrap_or(last))))
    }

    /// Each client sends `hertz` times a second, one after the other; how many were sent, and how those that came back
    /// fared.
    pub(crate) fn echo(&mut self, size: usize, hertz: f64, duration: Duration) -> Result<(usize, &mut RoundTrips)> {
        /// For the last ones to come back.
        const GRACE: Duration = Duration::from_millis(100);
        self.trips.reset();
        let start = Instant::now();
        let mut sent = 0;
        let mut turn = 0;
        while start.elapsed() < duration {
            let due = (start.elapsed().as_secs_f64() * hertz * self.clients.len() as f64) as usize;
            for turn in turn..due {
                sent += usize::from(self.send_one(turn % self.clients.len(), size));
            }
            turn = due;
            self.pump(TURN)?;
        }
        let end = Instant::now();
        while self.trips.count() < sent && end.elapsed() < GRACE {
            self.pump(TURN)?;
        }
        Ok((sent, &mut self.trips))
    }

    /// From now on, the network loses so many of a thousand datagrams each way.
    pub(crate) fn lose(&mut self, per_mille: u32) {
        self.lost_per_mille = per_mille;
        for client in &mut self.clients {
            client.lost_per_mille = per_mille;
        }
    }

    /// Says goodbye to the server, and gives all sockets back.
    pub(crate) fn leave(&mut self) {
        self.running = 0;
        for mut client in self.clients.drain(..) {
            client.link.close(&mut self.buffers);
            client.flush(&mut self.buffers);
        }
    }
}

/// How many of `count` clients have begun by now.
fn due(count: usize, per_second: u32, elapsed: Duration) -> usize {
    match per_second {
        0 => count,
        rate => count.min((elapsed.as_secs_f64() * f64::from(rate)) as usize + 1),
    }
}
