//! One command a line, each answered with one line, so that whoever measures can look at the server between the two.

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use clap::Parser;

use crate::attack::{Armed, Attack};
use crate::clients::{Clients, Joined};
use crate::link::Links;

#[derive(Parser)]
#[command(multicall = true)]
enum Command {
    /// Let those go on that began, and connect more clients, so many a second (0: all at once); wait until all are connected, or
    /// so many seconds
    Join { clients: usize, per_second: u32, limit: f64 },
    /// The same, each of the new ones from an address of its own
    Trickle { clients: usize, per_second: u32, limit: f64 },
    /// More clients begin, so many a second, until all their handshakes are under way, or so many seconds
    Begin { clients: usize, per_second: u32, limit: f64 },
    /// How many clients resumed a session
    Resumed,
    /// So many packets, one from each client in turn, beginning with the client `first`, as fast as possible
    Send { size: usize, packets: usize, first: usize },
    /// Wait for so many packets, or so many milliseconds
    Collect { packets: usize, limit: u64 },
    /// Each client sends so often for some seconds; the server is expected to send it back
    Echo { size: usize, hertz: f64, seconds: f64 },
    /// So many clients come and go, and send packets of all sizes, for some seconds; the network loses so many of a thousand
    /// datagrams
    Churn { clients: usize, lost_per_mille: u32, seconds: f64 },
    /// From now on, the network loses so many of a thousand datagrams each way
    Lose { per_mille: u32 },
    /// Prepare an attack
    Arm { attack: Attack },
    /// Attack as fast as possible for so many seconds
    Attack { seconds: f64 },
    /// Close every connection
    Leave,
}

pub(crate) fn run(server: SocketAddr, links: Links) -> Result<()> {
    // What is granted is seen when a client cannot have its socket.
    rlimit::increase_nofile_limit(u64::MAX)?;
    let mut load = Load { server, clients: Clients::new(server, links)?, attack: None };
    for line in io::stdin().lines() {
        println!("{}", load.answer(Command::try_parse_from(line?.split_whitespace())?)?);
        io::stdout().flush()?;
    }
    Ok(())
}

struct Load {
    server: SocketAddr,
    clients: Clients,
    attack: Option<Armed>,
}

impl Load {
    fn answer(&mut self, command: Command) -> Result<String> {
        let load = &mut self.clients;
        Ok(match command {
            Command::Join { clients, per_second, limit } => {
                of_joined(&load.join(clients, per_second, Duration::from_secs_f64(limit), |_| Ipv4Addr::LOCALHOST)?)
            }
            Command::Trickle { clients, per_second, limit } => {
                of_joined(&load.join(clients, per_second, Duration::from_secs_f64(limit), |number| {
                    let [high, low] = (number as u16).to_be_bytes();
                    Ipv4Addr::new(127, 77, high, low)
                })?)
            }
            Command::Begin { clients, per_second, limit } => {
                format!("answered={}", load.begin(clients, per_second, Duration::from_secs_f64(limit))?)
            }
            Command::Resumed => format!("resumed={}", load.resumed()),
            Command::Send { size, packets, first } => {
                let at = unix_seconds();
                format!("sent={} at={at:.6}", load.send(size, packets, first))
            }
            Command::Collect { packets, limit } => {
                let (received, took) = load.collect(packets, Duration::from_millis(limit))?;
                format!("received={received} seconds={:.6} at={:.6}", took.as_secs_f64(), unix_seconds())
            }
            Command::Echo { size, hertz, seconds } => {
                let (sent, trips) = load.echo(size, hertz, Duration::from_secs_f64(seconds))?;
                let (median, p99) = (trips.percentile(0.5), trips.percentile(0.99));
                format!("sent={sent} received={} median={} p99={}", trips.count(), median.as_micros(), p99.as_micros())
            }
            Command::Churn { clients, lost_per_mille, seconds } => {
                let churned = load.churn(clients, lost_per_mille, Duration::from_secs_f64(seconds))?;
                format!(
                    "joined={} not_joined={} sent={} received={}",
                    churned.joined, churned.not_joined, churned.sent, churned.received
                )
            }
            Command::Lose { per_mille } => {
                load.lose(per_mille);
                "losing=1".to_owned()
            }
            Command::Arm { attack } => {
                self.attack = Some(attack.prepare(self.server)?);
                "armed=1".to_owned()
            }
            Command::Attack { seconds } => {
                let attack = self.attack.as_mut().context("there is nothing to attack with")?;
                format!("sent={}", attack.run(Duration::from_secs_f64(seconds)))
            }
            Command::Leave => {
                load.leave();
                if let Some(attack) = &mut self.attack {
                    attack.leave();
                }
                "left=1".to_owned()
            }
        })
    }
}

/// The time on the clock that other processes read, too.
fn unix_seconds() -> f64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs_f64()
}

fn of_joined(joined: &Joined) -> String {
    let Joined { connected, took, within_a_second, median, slowest } = joined;
    format!(
        "connected={connected} seconds={:.4} within={within_a_second} median={} slowest={}",
        took.as_secs_f64(),
        median.as_micros(),
        slowest.as_micros()
    )
}
