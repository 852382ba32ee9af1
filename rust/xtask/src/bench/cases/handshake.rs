//! What letting a client in costs, and how long it takes.

use anyhow::{Result, ensure};

use crate::bench::figure::{Figure, Implementation};
use crate::bench::program::Program;
use crate::bench::sitting::Bench;

/// Slow enough for all implementations to keep up.
const PER_SECOND: u32 = 150;

/// P-256, the server's side: the time in its calls, and of its process.
pub(super) fn cost(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    const WARM_UP: usize = 10;
    let clients = bench.scale(300);
    let mut sitting = bench.sit(implementation)?;
    sitting.admit(WARM_UP, PER_SECOND, WARM_UP)?;
    let (process, admitted) = sitting.cpu_of(|sitting| sitting.admit(clients, PER_SECOND, WARM_UP + clients))?;
    let main_thread = admitted.get("usec")?;
    sitting.end()?;
    Ok(vec![
        Figure::lower("handshake, server's main thread", "µs", main_thread / clients as f64),
        Figure::lower("handshake, server's process", "µs", process.as_secs_f64() * 1e6 / clients as f64),
    ])
}

/// In a game of 60 frames a second.
pub(super) fn frames_to_connected(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    const CONNECTED: f64 = 2.0; // PacketPeerDTLS.STATUS_CONNECTED
    let client = Program::start("the client", bench.script("frames", implementation))?;
    let answer = client.answer()?;
    ensure!(answer.get("status")? == CONNECTED, "the client did not connect");
    Ok(vec![
        Figure::lower("frames to CONNECTED at 60 Hz", "frames", answer.get("frames")?),
        Figure::lower("time to CONNECTED at 60 Hz", "ms", answer.get("usec")? / 1e3),
    ])
}
