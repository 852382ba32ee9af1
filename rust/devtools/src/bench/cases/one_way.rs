//! How much goes through in one direction, as fast as it can.

use anyhow::Result;

use crate::bench::bench_run::{Bench, BenchRun};
use crate::bench::metric::{Implementation, Metric};

const CLIENTS: usize = 50;

/// In each direction, and of each size.
const PACKETS: usize = 30_000;

/// Small ones are counted, full ones weighed.
pub(super) fn throughput(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    let packets = bench.scale(PACKETS);
    let mut run = bench.sit(implementation)?;
    run.admit(CLIENTS, implementation.joins_per_second(), CLIENTS)?;
    let mut metrics = Vec::new();
    for size in [64, 1200] {
        let (per_second, arrived) = to_server(&mut run, packets, size)?;
        metrics.push(flow("clients to server", size, per_second));
        metrics.push(Metric::higher(format!("clients to server, {size} B, arrived"), "%", arrived));
    }
    for size in [64, 1200] {
        metrics.push(flow("server to clients", size, to_clients(&mut run, packets, size, 1)?));
    }
    metrics.push(flow("server to clients, 8 in a row", 1200, to_clients(&mut run, packets, 1200, 8)?));
    run.end()?;
    Ok(metrics)
}

fn flow(direction: &str, size: usize, per_second: f64) -> Metric {
    let name = format!("{direction}, {size} B");
    if size < 1000 {
        Metric::higher(format!("{name}, packets"), "1/s", per_second)
    } else {
        Metric::higher(format!("{name}, bytes"), "MB/s", per_second * size as f64 / 1e6)
    }
}

/// The load sends as fast as it can; the server looks a thousand times a second. How many packets it gets a second, and how
/// many percent of those sent.
fn to_server(run: &mut BenchRun, packets: usize, size: usize) -> Result<(f64, f64)> {
    const SECONDS: u32 = 1;
    run.server.tell(&format!("serve 1000 {} {SECONDS} receive", usize::MAX >> 1))?;
    let sent = run.load.ask(&format!("send {size} {packets} 0"))?.get("sent")?;
    let served = run.server.answer()?;
    let received = served.get("packets")?;
    Ok((received * 1e6 / served.get("span")?, 100.0 * received / sent))
}

/// The server's script puts packets as fast as they are taken, so many in a row for each client. How many the clients get a
/// second.
fn to_clients(run: &mut BenchRun, packets: usize, size: usize, in_a_row: usize) -> Result<f64> {
    const SECONDS: f64 = 1.5;
    const LIMIT_MSEC: u32 = 2000;
    run.load.tell(&format!("collect {packets} {LIMIT_MSEC}"))?;
    run.server.ask(&format!("pour {size} {packets} {in_a_row} {SECONDS}"))?;
    let collected = run.load.answer()?;
    Ok(collected.get("received")? / collected.get("seconds")?)
}
