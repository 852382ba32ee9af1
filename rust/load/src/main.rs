//! Clients for `cargo xtask bench`, without Godot: so cheap that what is measured is the server.
//!
//! It takes one command a line and answers each with one line, so that whoever measures can look at the server between
//! the two.

#[cfg(target_os = "linux")]
mod clock;
mod fleet;
mod hello;
#[cfg(target_os = "linux")]
mod limit;
#[cfg(target_os = "linux")]
mod raw;
mod round_trips;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;

use crate::fleet::Fleet;
use crate::hello::Hellos;

#[derive(Parser)]
struct Arguments {
    /// The server to load
    server: SocketAddr,
}

/// One command a line.
#[derive(Parser)]
#[command(multicall = true)]
enum Command {
    /// Connect more clients, so many a second (0: all at once), and wait until they are, or so many seconds
    Join { clients: usize, per_second: u32, limit: f64 },
    /// Each of some clients sends one packet of `size` bytes
    Burst { size: usize, first: usize, clients: usize },
    /// Wait for so many packets, or so many milliseconds
    Collect { packets: usize, limit: u64 },
    /// Each client sends so often for some seconds; the server is expected to send it back
    Echo { size: usize, hertz: f64, seconds: f64 },
    /// First ClientHellos, each from a port of its own
    Hello { count: usize },
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
    let mut fleet = Fleet::new(arguments.server)?;
    let mut hellos = Hellos::new(arguments.server)?;
    for line in io::stdin().lines() {
        let line = line?;
        let answer = match Command::try_parse_from(line.split_whitespace())? {
            Command::Join { clients, per_second, limit } => {
                let joined = fleet.join(clients, per_second, Duration::from_secs_f64(limit))?;
                format!("connected={} seconds={:.4}", joined.connected, joined.took.as_secs_f64())
            }
            Command::Burst { size, first, clients } => format!("sent={}", fleet.burst(size, first, clients)),
            Command::Collect { packets, limit } => {
                format!("received={}", fleet.collect(packets, Duration::from_millis(limit))?)
            }
            Command::Echo { size, hertz, seconds } => {
                let (sent, trips) = fleet.echo(size, hertz, Duration::from_secs_f64(seconds))?;
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
            #[cfg(target_os = "linux")]
            Command::LimitOfEcho { clients, size } => {
                let limit = limit::echo(clients, size)?;
                format!("openssl={:.3} kernel={:.3}", limit.openssl, limit.kernel)
            }
            #[cfg(target_os = "linux")]
            Command::LimitOfHandshake { count } => format!("openssl={:.3}", limit::handshake(count)?),
            Command::Leave => {
                fleet.leave();
                "left=1".to_owned()
            }
        };
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}
