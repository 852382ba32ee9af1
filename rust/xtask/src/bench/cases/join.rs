//! Many clients that join a server of 60 frames a second.

use anyhow::Result;

use crate::bench::figure::{Figure, Implementation};
use crate::bench::sitting::Bench;

/// When those not connected yet are given up.
const LIMIT: u32 = 20;

/// What a server with the engine's ways lets in without time-outs; others take all at once.
fn rate(implementation: Implementation) -> u32 {
    if implementation.owns_its_port() { 0 } else { 150 }
}

/// All at once, with the default settings of every class.
pub(super) fn of_300(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    join(bench, implementation, bench.scale(300), 0, &["default"])
}

/// All at once where that works, else 150 a second.
pub(super) fn of_1000(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    join(bench, implementation, bench.scale(1000), rate(implementation), &[])
}

pub(super) fn of_3000(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    join(bench, implementation, bench.scale(3000), 0, &[])
}

fn join(
    bench: &Bench<'_>,
    implementation: Implementation,
    clients: usize,
    per_second: u32,
    settings: &[&str],
) -> Result<Vec<Figure>> {
    let mut sitting = bench.sit_with(implementation, settings)?;
    sitting.server.tell(&format!("serve 60 {clients} {LIMIT}"))?;
    let joined = sitting.load.ask(&format!("join {clients} {per_second} {LIMIT}"))?;
    let served = sitting.server.answer()?;
    sitting.end()?;
    let share = 100.0 * joined.get("connected")? / clients as f64;
    Ok(vec![
        Figure::lower(format!("{clients} clients joining"), "s", joined.get("seconds")?),
        Figure::higher(format!("{clients} clients joining, connected within {LIMIT} s"), "%", share),
        Figure::lower(
            format!("{clients} clients joining, main thread, a client"),
            "µs",
            served.get("usec")? / clients as f64,
        ),
    ])
}

/// How a connected player fares while others join. The server looks a thousand times a second, so that what is seen is
/// not the length of its frames.
pub(super) fn round_trip_meanwhile(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    const SECONDS: u32 = 1;
    let clients = bench.scale(1000);
    let mut sitting = bench.sit(implementation)?;
    let mut player = bench.load(sitting.port)?;
    sitting.server.tell("admit 1 10")?;
    player.ask("join 1 0 10")?;
    sitting.server.answer()?;

    sitting.server.tell(&format!("serve 1000 {} {SECONDS}.5", clients + 2))?;
    sitting.load.tell(&format!("join {clients} {} {SECONDS}", rate(implementation)))?;
    let echoed = player.ask(&format!("echo 64 250 {SECONDS}"))?;
    let joined = sitting.load.answer()?;
    sitting.server.answer()?;
    sitting.end()?;
    Ok(vec![
        Figure::lower("round trip while others join, median", "ms", echoed.get("median")? / 1e3),
        Figure::lower("round trip while others join, p99", "ms", echoed.get("p99")? / 1e3),
        Figure::higher("others that joined meanwhile", "clients", joined.get("connected")?),
    ])
}
