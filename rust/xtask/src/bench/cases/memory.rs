//! What clients cost that all join at once, while they do and once it is quiet.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::bench::figure::{Figure, Implementation};
use crate::bench::sitting::Bench;

/// What a burst has used is to be given back by then.
const QUIET: Duration = Duration::from_secs(10);

/// Clients that trickle in would be too kind: a handshake needs many times what is left of it, and only where all are half
/// open at once does it show what of that stays.
pub(super) fn of_1000(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    const LIMIT: u32 = 60;
    let clients = bench.scale(1000);
    let mut sitting = bench.sit(implementation)?;
    let idle = sitting.memory()?;
    sitting.server.tell(&format!("admit {clients} {LIMIT}"))?;
    let rate = implementation.joins_per_second();
    let answered = sitting.load.ask(&format!("begin {clients} {rate} {LIMIT}"))?.get("answered")?;
    let half_open = sitting.memory()?;
    let connected = sitting.load.ask(&format!("join 0 0 {LIMIT}"))?.get("connected")?;
    sitting.server.answer()?;
    ensure!(answered.min(connected) as usize == clients, "{answered} began and {connected} joined of {clients}");
    // A game's frames go on when nothing arrives.
    sitting.server.ask(&format!("serve 60 {} {} echo", clients + 1, QUIET.as_secs()))?;
    let left = sitting.memory()?;
    sitting.end()?;
    let each = |memory: f64| (memory - idle) / clients as f64;
    let name = format!("memory a connection, {clients} joining at once");
    Ok(vec![
        Figure::lower(format!("{name}, all half open"), "KiB", each(half_open)),
        Figure::lower(format!("{name}, {} s later", QUIET.as_secs()), "KiB", each(left)),
    ])
}
