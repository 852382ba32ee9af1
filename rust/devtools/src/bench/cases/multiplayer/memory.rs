//! What clients cost while they are connected.

use anyhow::Result;

use super::{HERTZ, admit, call};
use crate::bench::bench_run::{Bench, BenchRun};
use crate::bench::metric::{Implementation, Metric};

/// Of clients that came one after the other, then after they have called, and of clients that came at once.
pub(in super::super) fn of_a_client(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const ONE_BY_ONE: u32 = 150;
    const PER_SECOND: u32 = 5;
    const SECONDS: u32 = 3;
    let clients = bench.scale(1000);
    let mut run = bench.sit_multiplayer(implementation, clients, "reliable-rpc")?;
    let idle = in_peace(&mut run)?;
    admit(&mut run, clients, ONE_BY_ONE)?;
    let joined = in_peace(&mut run)? - idle;
    call(&mut run, PER_SECOND, SECONDS)?;
    let called = in_peace(&mut run)? - idle;
    run.end()?;

    let mut run = bench.sit_multiplayer(implementation, clients, "reliable-rpc")?;
    let idle = in_peace(&mut run)?;
    admit(&mut run, clients, 0)?;
    let stormed = in_peace(&mut run)? - idle;
    run.end()?;
    let each = |what: &str, memory: f64| {
        Metric::lower(format!("memory a client of {clients}, {what}"), "KiB", memory / clients as f64)
    };
    Ok(vec![
        each("joined one after the other", joined),
        each("after they have called", called),
        each("joined at once", stormed),
    ])
}

/// The memory after frames without calls.
fn in_peace(run: &mut BenchRun) -> Result<f64> {
    const SECONDS: u32 = 3;
    run.server.ask(&format!("frames {HERTZ}"))?;
    // They go on answering pings.
    run.load.ask(&format!("collect 1 {}", SECONDS * 1000))?;
    run.memory()
}
