//! Clients for `cargo xtask bench`, without Godot: so cheap that what is measured is the server.
//!
//! It takes one command a line and answers each with one line, so that whoever measures can look at the server between
//! the two.

mod attack;
mod clients;
#[cfg(target_os = "linux")]
mod clock;
mod hello;
mod host;
#[cfg(target_os = "linux")]
mod limit;
mod link;
mod round_trips;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;

use crate::attack::Attack;
use crate::clients::Clients;
use crate::hello::Hellos;
use crate::host::Host;
use crate::link::Trust;

#[derive(Parser)]
struct Arguments {
    /// The server to load
    server: SocketAddr,
    /// What to speak with it
    #[arg(value_enum, default_value_t = Trust::Certificate)]
    trust: Trust,
}

/// One command a line.
#[derive(Parser)]
#[command(multicall = true)]
enum Command {
    /// Connect more clients, so many a second (0: all at once), and wait until they are, or so many seconds
    Join { clients: usize, per_second: u32, limit: f64 },
    /// Connect more clients, each from an address of its own, so many a second; how long each took
    Trickle { clients: usize, per_second: u32, limit: f64 },
    /// Send ClientHellos as fast as possible for so many seconds
    Attack { attack: Attack, seconds: f64 },
    /// More clients begin, so many a second, until all their handshakes are under way, or so many seconds; `join 0` goes on
    Begin { clients: usize, per_second: u32, limit: f64 },
    /// How many clients resumed a session
    Resumed,
    /// Each of some clients sends one packet of `size` bytes
    Burst { size: usize, first: usize, clients: usize },
    /// So many packets, from each client in turn, as fast as possible
    Flood { size: usize, packets: usize },
    /// Wait for so many packets, or so many milliseconds
    Collect { packets: usize, limit: u64 },
    /// Each client sends so often for some seconds; the server is expected to send it back
    Echo { size: usize, hertz: f64, seconds: f64 },
    /// First ClientHellos, each from a port of its own
    Hello { count: usize },
    /// Be a server, for clients that are to be measured
    Host { certificate: PathBuf, key: PathBuf },
    /// Let so many clients of others in, or wait so many seconds
    Admit { clients: usize, limit: f64 },
    #[cfg(target_os = "linux")]
    /// Without a server: what an echo costs at least
    LimitOfEcho { clients: usize, size: usize },
    #[cfg(target_os = "linux")]
    /// Without a server: what a handshake costs at least
    LimitOfHandshake { count: usize },
    /// Close every connection
    Leave,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    // What is granted is seen when a client cannot have its socket.
    rlimit::increase_nofile_limit(u64::MAX)?;
    let mut load = Clients::new(arguments.server, arguments.trust)?;
    let mut hellos = Hellos::new(arguments.server)?;
    let mut host = None;
    for line in io::stdin().lines() {
        let line = line?;
        let answer = match Command::try_parse_from(line.split_whitespace())? {
            Command::Join { clients, per_second, limit } => {
                let joined = load.join(clients, per_second, Duration::from_secs_f64(limit))?;
                format!("connected={} seconds={:.4}", joined.connected, joined.took.as_secs_f64())
            }
            Command::Trickle { clients, per_second, limit } => {
                let took = load.trickle(clients, per_second, Duration::from_secs_f64(limit))?;
                let within = took.iter().filter(|took| **took <= Duration::from_secs(1)).count();
                let p99 = took.get((clients * 99).div_ceil(100) - 1).copied().unwrap_or(Duration::MAX);
                let median = took.get(clients / 2).copied().unwrap_or(Duration::MAX);
                format!(
                    "connected={} within={within} median={} p99={}",
                    took.len(),
                    median.as_secs_f64().min(limit),
                    p99.as_secs_f64().min(limit)
                )
            }
            Command::Attack { attack, seconds } => {
                format!("sent={}", attack::run(arguments.server, attack, Duration::from_secs_f64(seconds))?)
            }
            Command::Begin { clients, per_second, limit } => {
                format!("answered={}", load.begin(clients, per_second, Duration::from_secs_f64(limit))?)
            }
            Command::Resumed => format!("resumed={}", load.resumed()),
            Command::Burst { size, first, clients } => format!("sent={}", load.burst(size, first, clients)),
            Command::Flood { size, packets } => format!("sent={}", load.flood(size, packets)),
            Command::Collect { packets, limit } => {
                let (received, took) = load.collect(packets, Duration::from_millis(limit))?;
                format!("received={received} seconds={:.6}", took.as_secs_f64())
            }
            Command::Echo { size, hertz, seconds } => {
                let (sent, trips) = load.echo(size, hertz, Duration::from_secs_f64(seconds))?;
                format!(
                    "sent={sent} received={} median={} p99={}",
                    trips.count(),
                    trips.percentile(0.5).as_micros(),
                    trips.percentile(0.99).as_micros()
                )
            }
            Command::Hello { count } => {
                hellos.send(count)?;
                format!("closed={} answered={}", hellos.closed, hellos.answered)
            }
            Command::Host { certificate, key } => {
                format!("port={}", host.insert(Host::new(&certificate, &key)?).port()?)
            }
            Command::Admit { clients, limit } => {
                let host = host.as_mut().context("it is no server")?;
                format!("admitted={}", host.admit(clients, Duration::from_secs_f64(limit)))
            }
            #[cfg(target_os = "linux")]
            Command::LimitOfEcho { clients, size } => {
                let limit = limit::echo(clients, size)?;
                format!("openssl={:.3} kernel={:.3}", limit.openssl, limit.kernel)
            }
            #[cfg(target_os = "linux")]
            Command::LimitOfHandshake { count } => {
                let limit = limit::handshake(count)?;
                format!("client={:.3} server={:.3}", limit.client, limit.server)
            }
            Command::Leave => {
                load.leave();
                "left=1".to_owned()
            }
        };
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}
