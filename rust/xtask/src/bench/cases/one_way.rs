//! How much goes through in one direction, as fast as it can.

use anyhow::Result;

use crate::bench::bench_run::{Bench, BenchRun, Task};
use crate::bench::metric::{Implementation, Metric};

const CLIENTS: usize = 50;

/// So many in each measurement.
const PACKETS: usize = 50_000;

/// Small ones are counted, full ones weighed.
pub(super) fn throughput(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const SMALL: usize = 64;
    const FULL: usize = 1200;
    let packets = bench.scale(PACKETS);
    let mut run = bench.sit(implementation)?;
    run.admit(CLIENTS, implementation.joins_per_second(), CLIENTS)?;
    let mut metrics = Vec::new();
    for (direction, measure) in [("clients to server", to_server as Measure), ("server to clients", to_clients)] {
        for size in [SMALL, FULL] {
            let flow = measure(&mut run, packets, size)?;
            let what = format!("{direction}, {size} B");
            metrics.push(if size == SMALL {
                Metric::higher(format!("{what}, packets"), "1/s", flow.per_second)
            } else {
                Metric::higher(format!("{what}, bytes"), "MB/s", flow.per_second * size as f64 / 1e6)
            });
            metrics.push(Metric::higher(format!("{what}, arrived"), "%", flow.arrived));
        }
    }
    run.end()?;
    Ok(metrics)
}

type Measure = fn(&mut BenchRun, usize, usize) -> Result<Flow>;

struct Flow {
    per_second: f64,
    /// In percent.
    arrived: f64,
}

/// The load sends as fast as it can; the server looks a thousand times a second.
fn to_server(run: &mut BenchRun, packets: usize, size: usize) -> Result<Flow> {
    const SECONDS: f64 = 1.5;
    run.server.tell(&format!("serve 1000 {} {SECONDS} receive", usize::MAX >> 1))?;
    let sent = run.load.ask(&format!("flood {size} {packets}"))?.get("sent")?;
    let served = run.server.answer()?;
    let received = served.get("packets")?;
    Ok(Flow { per_second: received * 1e6 / served.get("span")?, arrived: 100.0 * received / sent })
}

/// The server's script puts packets as fast as they are taken.
fn to_clients(run: &mut BenchRun, packets: usize, size: usize) -> Result<Flow> {
    const SECONDS: f64 = 1.5;
    const LIMIT_MSEC: u32 = 2000;
    run.load.tell(&format!("collect {packets} {LIMIT_MSEC}"))?;
    let sent = run.server.ask(&format!("pour {packets} {SECONDS} {}", Task::Send.command(size)))?;
    let collected = run.load.answer()?;
    let received = collected.get("received")?;
    Ok(Flow { per_second: received / collected.get("seconds")?, arrived: 100.0 * received / sent.get("packets")? })
}
