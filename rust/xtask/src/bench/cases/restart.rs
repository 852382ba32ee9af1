//! A server that stops and opens the same port again.

use anyhow::{Result, ensure};

use crate::bench::bench_run::Bench;
use crate::bench::metric::{Implementation, Metric};

/// From the call to stop to the moment that a client, which starts when the port is open again, is connected.
pub(super) fn on_the_same_port(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const PLAYERS: usize = 20;
    let mut run = bench.sit(implementation)?;
    run.admit(PLAYERS, implementation.joins_per_second(), PLAYERS)?;
    let restarted = run.server.ask("restart")?;
    ensure!(restarted.get("error")? == 0.0, "the port is not free again");
    run.load.ask("leave")?;
    run.server.tell("serve 60 1 10 echo")?;
    let joined = run.load.ask("join 1 0 10")?;
    run.server.answer()?;
    run.end()?;
    let msec = restarted.get("usec")? / 1e3 + joined.get("seconds")? * 1e3;
    Ok(vec![Metric::lower("restart on the same port, until connected", "ms", msec)])
}
