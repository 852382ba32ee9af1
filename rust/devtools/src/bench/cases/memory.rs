//! What clients cost that all join at once, while they do and once it is quiet.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::bench::bench_run::Bench;
use crate::bench::metric::{Implementation, Metric};

/// What a burst has used is to be given back by then.
const QUIET: Duration = Duration::from_secs(3);

/// Clients that trickle in would be too kind: a handshake needs many times what is left of it, and only where all are half
/// open at once does it show what of that stays.
pub(super) fn of_a_storm(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    /// To begin, and again to join.
    const LIMIT: u32 = 30;
    /// The engine does not always let everyone in.
    const ENOUGH: f64 = 0.95;
    let clients = bench.scale(1000);
    let mut run = bench.sit(implementation)?;
    let idle = run.memory()?;
    run.server.tell(&format!("admit {clients} {}", 2 * LIMIT))?;
    let rate = implementation.joins_per_second();
    let answered = run.load.ask(&format!("begin {clients} {rate} {LIMIT}"))?.get("answered")?;
    let half_open = run.memory()?;
    let connected = run.load.ask(&format!("join 0 {rate} {LIMIT}"))?.get("connected")?;
    run.server.answer()?;
    let share = answered.min(connected) / clients as f64;
    ensure!(share >= ENOUGH, "{answered} began and {connected} joined of {clients}");
    // A game's frames go on when nothing arrives.
    run.server.ask(&format!("serve 60 {} {} echo", clients + 1, QUIET.as_secs()))?;
    let left = run.memory()?;
    run.end()?;
    let each = |memory: f64| (memory - idle) / clients as f64;
    let name = format!("memory a connection, {clients} joining at once");
    Ok(vec![
        Metric::lower(format!("{name}, all half open"), "KiB", each(half_open)),
        Metric::lower(format!("{name}, {} s later", QUIET.as_secs()), "KiB", each(left)),
    ])
}
