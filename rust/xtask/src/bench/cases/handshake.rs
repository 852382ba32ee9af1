//! What letting a client in costs, and how long it takes.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::bench::figure::{Figure, Implementation};
use crate::bench::program::Program;
use crate::bench::sitting::Bench;

/// P-256, the server's side: the CPU time of its process.
///
/// Clients that come one by one find caches that have forgotten all about handshakes; those of a rush do not.
pub(super) fn cost(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    const WARM_UP: usize = 10;
    /// Slow enough for all implementations to keep up.
    const PER_SECOND: u32 = 150;
    /// So many at once.
    const RUSH: usize = 30;
    const ONE_BY_ONE: &str = "handshake, one by one, server's process";
    const IN_A_RUSH: &str = "handshake, 30 at once, server's process";
    let clients = bench.scale(300);
    if implementation == Implementation::Limit {
        let usec = bench.limit(&format!("limit-of-handshake {clients}"))?.get("openssl")?;
        return Ok(vec![Figure::lower(IN_A_RUSH, "µs", usec)]);
    }
    let mut sitting = bench.sit(implementation)?;
    sitting.admit(WARM_UP, PER_SECOND, WARM_UP)?;
    // Waking up to see that nobody has come costs too, and is no handshake's.
    let (idle_second, _) = sitting.cpu_of(|sitting| sitting.server.ask(&format!("admit {} 1", usize::MAX >> 1)))?;
    let mut total = WARM_UP + clients;
    let start = Instant::now();
    let (one_by_one, admitted) = sitting.cpu_of(|sitting| sitting.admit(clients, PER_SECOND, total))?;
    let one_by_one = one_by_one.saturating_sub(idle_second.mul_f64(start.elapsed().as_secs_f64()));
    let main_thread = admitted.get("usec")?;
    let rushes = clients.div_ceil(RUSH);
    let start = Instant::now();
    let (in_a_rush, ()) = sitting.cpu_of(|sitting| {
        for _ in 0..rushes {
            total += RUSH;
            sitting.admit(RUSH, 0, total)?;
        }
        Ok(())
    })?;
    let in_a_rush = in_a_rush.saturating_sub(idle_second.mul_f64(start.elapsed().as_secs_f64()));
    sitting.end()?;
    let each = |spent: Duration, count: usize| spent.as_secs_f64() * 1e6 / count as f64;
    Ok(vec![
        Figure::lower(ONE_BY_ONE, "µs", each(one_by_one, clients)),
        Figure::lower(IN_A_RUSH, "µs", each(in_a_rush, rushes * RUSH)),
        Figure::lower("handshake, one by one, time in the script's calls", "µs", main_thread / clients as f64),
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
