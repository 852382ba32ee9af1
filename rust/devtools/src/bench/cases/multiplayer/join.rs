//! How soon clients are in.

use anyhow::Result;

use super::{HERTZ, join};
use crate::bench::bench_run::Bench;
use crate::bench::metric::{Implementation, Metric};

/// Clients one after the other, in the process of the server, and many at once.
pub(in super::super) fn one_and_all(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const ONES: usize = 100;
    /// When those not connected yet are given up.
    const LIMIT: u32 = 10;
    let ones = bench.scale(ONES);
    let mut run = bench.sit_multiplayer(implementation, ones, "reliable-rpc")?;
    run.server.ask(&format!("frames {HERTZ}"))?;
    let entered = run.server.ask(&format!("enter {ones}"))?;
    run.end()?;

    let all = bench.scale(500);
    let mut run = bench.sit_multiplayer(implementation, all, "reliable-rpc")?;
    run.server.ask(&format!("frames {HERTZ}"))?;
    let joined = join(&mut run, all, 0, LIMIT)?;
    run.end()?;
    let one = "from create_client() until both sides emit peer_connected";
    let name = format!("{all} clients joining at once");
    Ok(vec![
        Metric::lower(format!("{one}, median"), "frames", entered.get("median")?),
        Metric::lower(format!("{one}, slowest of {ones}"), "frames", entered.get("slowest")?),
        Metric::higher(
            format!("{name}, connected within {LIMIT} s"),
            "%",
            100.0 * joined.get("connected")? / all as f64,
        ),
        Metric::lower(format!("{name}, until the last is connected"), "s", joined.get("seconds")?),
    ])
}
