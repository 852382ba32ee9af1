//! A server that stops and opens the same port again.

use anyhow::{Result, ensure};

use crate::bench::figure::{Figure, Implementation};
use crate::bench::sitting::Bench;

/// From the call to stop to the moment that a client, which starts when the port is open again, is connected.
pub(super) fn on_the_same_port(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    const PLAYERS: usize = 20;
    let mut sitting = bench.sit(implementation)?;
    sitting.admit(PLAYERS, implementation.joins_per_second(), PLAYERS)?;
    let restarted = sitting.server.ask("restart")?;
    ensure!(restarted.get("error")? == 0.0, "the port is not free again");
    sitting.load.ask("leave")?;
    sitting.server.tell("serve 60 1 10 echo")?;
    let joined = sitting.load.ask("join 1 0 10")?;
    sitting.server.answer()?;
    sitting.end()?;
    let msec = restarted.get("usec")? / 1e3 + joined.get("seconds")? * 1e3;
    Ok(vec![Figure::lower("restart on the same port, until connected", "ms", msec)])
}
