//! Clients that come and go, over a network that loses datagrams.

use std::net::Ipv4Addr;
use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::Result;
use mio::{Interest, Token};

use super::{Clients, TURN};

/// How long a client stays, in milliseconds.
const STAY: Range<u64> = 5_000..35_000;

/// How long a client waits before its next packet, in milliseconds.
const PAUSE: Range<u64> = 100..900;

/// Sizes of packets, in bytes.
const SIZES: Range<usize> = 1..1200;

/// One client in so many vanishes. The others close their connections.
const VANISHING: u64 = 10;

/// What became of the clients and their packets.
#[derive(Default)]
pub(crate) struct Churned {
    pub(crate) joined: usize,
    /// Handshakes that ended in another way, or that did not end while the client stayed.
    pub(crate) not_joined: usize,
    pub(crate) sent: usize,
    pub(crate) received: usize,
}

/// When a client acts next.
struct Plan {
    send: Instant,
    leave: Instant,
}

impl Plan {
    fn new(now: Instant) -> Self {
        Self { send: now, leave: now + Duration::from_millis(fastrand::u64(STAY)) }
    }
}

impl Clients {
    /// Has `count` clients connect, send packets, and leave for others that connect. The network loses so many of a thousand
    /// datagrams each way.
    pub(crate) fn churn(&mut self, count: usize, lost_per_mille: u32, duration: Duration) -> Result<Churned> {
        let mut churned = Churned::default();
        let mut plans: Vec<Plan> = Vec::with_capacity(count);
        self.lost_per_mille = lost_per_mille;
        self.trips.reset();
        let start = Instant::now();
        while start.elapsed() < duration {
            let now = Instant::now();
            // A few at a time, as players arrive.
            if plans.len() < count {
                self.start_at(plans.len())?;
                plans.push(Plan::new(now));
            }
            for (number, plan) in plans.iter_mut().enumerate() {
                if now >= plan.leave {
                    self.replace(number, &mut churned)?;
                    *plan = Plan::new(now);
                } else if now >= plan.send {
                    plan.send = now + Duration::from_millis(fastrand::u64(PAUSE));
                    if self.clients[number].link.is_connected() {
                        churned.sent += usize::from(self.send_one(number, fastrand::usize(SIZES)));
                    }
                }
            }
            self.pump(TURN)?;
            churned.received += self.trips.count();
            self.trips.reset();
        }
        churned.joined += self.clients.iter().filter(|client| client.took.is_some()).count();
        self.leave();
        Ok(churned)
    }

    /// A client leaves, and another takes its place.
    fn replace(&mut self, number: usize, churned: &mut Churned) -> Result<()> {
        let client = &mut self.clients[number];
        match client.took {
            Some(_) => churned.joined += 1,
            None => churned.not_joined += 1,
        }
        if fastrand::u64(0..VANISHING) > 0 {
            client.link.close(&mut self.buffers);
            client.flush(&mut self.buffers);
        }
        self.start_at(number)
    }

    /// Starts a client that receives at once, in place of the one of that number if there is one.
    fn start_at(&mut self, number: usize) -> Result<()> {
        self.start(Ipv4Addr::LOCALHOST)?;
        if number + 1 < self.clients.len() {
            self.clients.swap_remove(number);
        }
        let socket = &mut self.clients[number].socket;
        self.poll.registry().register(socket, Token(number), Interest::READABLE)?;
        self.running = self.clients.len();
        Ok(())
    }
}
