//! A large message over a network that loses datagrams.

use anyhow::{Result, ensure};

use super::{HERTZ, admit};
use crate::bench::bench_run::{Bench, BenchRun};
use crate::bench::metric::{Implementation, Metric};
use crate::bench::statistics::median;

const MESSAGE: usize = 1_000_000;
const LOST_PER_MILLE: u32 = 50;

/// A message to the server, which sends it back, some times.
pub(in super::super) fn under_loss(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const MESSAGES: usize = 10;
    let mut run = bench.sit_multiplayer(implementation, 1, "reliable-rpc")?;
    admit(&mut run, 1, 0)?;
    run.load.ask(&format!("lose {LOST_PER_MILLE}"))?;
    let mut to_server = Vec::new();
    let mut to_client = Vec::new();
    for _ in 0..bench.scale(MESSAGES) {
        let (there, back) = there_and_back(&mut run)?;
        to_server.push(there);
        to_client.push(back);
    }
    run.end()?;
    let name = format!("reliable message of {} MB, {} % lost each way", MESSAGE / 1_000_000, LOST_PER_MILLE / 10);
    Ok(vec![
        Metric::lower(format!("{name}, to a client"), "s", median(&to_client)),
        Metric::lower(format!("{name}, to the server"), "s", median(&to_server)),
    ])
}

/// How long each way took, in seconds.
fn there_and_back(run: &mut BenchRun) -> Result<(f64, f64)> {
    const LIMIT: u32 = 60;
    run.server.ask(&format!("frames {HERTZ}"))?;
    let sent = run.load.ask(&format!("send {MESSAGE} 1 0"))?.get("at")?;
    let collected = run.load.ask(&format!("collect 1 {LIMIT}000"))?;
    let arrived = run.server.ask("calls")?.get("first")?;
    ensure!(collected.get("received")? == 1.0, "no answer within {LIMIT} s");
    Ok((arrived - sent, collected.get("at")? - arrived))
}
