//! What a session costs over raw OpenSSL, and beside another Rust crate, on one core.
//!
//! All do the same work, and agree on P-256 certificates, X25519 and AES-128-GCM. Each asks for a cookie.

mod other;
mod pair;
mod raw;
mod session;

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::identity::Identity;
use other::Other;
use pair::Pair;
use raw::Raw;
use session::Sessions;

/// Small, usual and full packets of a game, in bytes.
const SIZES: [usize; 3] = [64, 256, 1200];

/// So many handshakes.
const HANDSHAKES: usize = 500;

/// Packets between two looks at the clock, which costs as much as a tenth of one.
const BATCH: u32 = 100;

/// So many batches of each size.
const BATCHES: usize = 1000;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Implementation {
    /// Raw OpenSSL, which nothing over it can beat
    Openssl,
    /// Our sessions
    DtlsCore,
    /// The other crate
    Dimpl,
}

/// The server's side of a handshake, and sealing and opening a packet by size: medians, as `name=microseconds`.
pub(crate) fn measure(implementation: Implementation) -> Result<String> {
    let identity = Identity::new()?;
    match implementation {
        Implementation::Openssl => {
            let raw = Raw::new(&identity)?;
            of(|| raw.connect())
        }
        Implementation::DtlsCore => {
            let mut sessions = Sessions::new(identity)?;
            of(|| sessions.connect())
        }
        Implementation::Dimpl => {
            let other = Other::new(&identity)?;
            of(|| other.connect())
        }
    }
}

/// `connect` makes a pair, and tells what that took the server.
fn of<P: Pair>(mut connect: impl FnMut() -> Result<(P, Duration)>) -> Result<String> {
    let mut handshakes = (0..HANDSHAKES).map(|_| Ok(connect()?.1)).collect::<Result<Vec<_>>>()?;
    let mut figures = format!("handshake={}", median(&mut handshakes));
    for size in SIZES {
        let (mut pair, _) = connect()?;
        let packet = vec![0x42; size];
        let (mut sealing, mut opening) = (Vec::new(), Vec::new());
        for _ in 0..BATCHES {
            let start = Instant::now();
            let datagrams = (0..BATCH).map(|_| pair.seal(black_box(&packet))).collect::<Result<Vec<_>>>()?;
            sealing.push(start.elapsed() / BATCH);
            let start = Instant::now();
            for datagram in datagrams {
                ensure!(pair.open(datagram)? == size, "a packet was lost");
            }
            opening.push(start.elapsed() / BATCH);
        }
        write!(figures, " seal-{size}={} open-{size}={}", median(&mut sealing), median(&mut opening))?;
    }
    Ok(figures)
}

/// The middle of some times, in microseconds: what now and then interrupts the work counts for nothing.
fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
}
