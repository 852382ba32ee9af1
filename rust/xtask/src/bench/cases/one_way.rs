//! How much goes through in one direction, as fast as it can.

use anyhow::Result;

use crate::bench::figure::{Figure, Implementation};
use crate::bench::sitting::{Bench, Sitting, Task};

const CLIENTS: usize = 50;

/// So many in each measurement.
const PACKETS: usize = 50_000;

/// Small ones are counted, full ones weighed.
pub(super) fn throughput(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    const SMALL: usize = 64;
    const FULL: usize = 1200;
    let packets = bench.scale(PACKETS);
    let mut sitting = bench.sit(implementation)?;
    sitting.admit(CLIENTS, implementation.joins_per_second(), CLIENTS)?;
    let mut figures = Vec::new();
    for (direction, measure) in [("clients to server", to_server as Measure), ("server to clients", to_clients)] {
        for size in [SMALL, FULL] {
            let flow = measure(&mut sitting, packets, size)?;
            let what = format!("{direction}, {size} B");
            figures.push(if size == SMALL {
                Figure::higher(format!("{what}, packets"), "1/s", flow.per_second)
            } else {
                Figure::higher(format!("{what}, bytes"), "MB/s", flow.per_second * size as f64 / 1e6)
            });
            figures.push(Figure::higher(format!("{what}, arrived"), "%", flow.arrived));
        }
    }
    sitting.end()?;
    Ok(figures)
}

type Measure = fn(&mut Sitting, usize, usize) -> Result<Flow>;

struct Flow {
    per_second: f64,
    /// In percent.
    arrived: f64,
}

/// The load sends as fast as it can; the server looks a thousand times a second.
fn to_server(sitting: &mut Sitting, packets: usize, size: usize) -> Result<Flow> {
    const SECONDS: f64 = 1.5;
    sitting.server.tell(&format!("serve 1000 {} {SECONDS} receive", usize::MAX >> 1))?;
    let sent = sitting.load.ask(&format!("flood {size} {packets}"))?.get("sent")?;
    let served = sitting.server.answer()?;
    let received = served.get("packets")?;
    Ok(Flow { per_second: received * 1e6 / served.get("span")?, arrived: 100.0 * received / sent })
}

/// The server's script puts packets as fast as they are taken.
fn to_clients(sitting: &mut Sitting, packets: usize, size: usize) -> Result<Flow> {
    const SECONDS: f64 = 1.5;
    const LIMIT_MSEC: u32 = 2000;
    sitting.load.tell(&format!("collect {packets} {LIMIT_MSEC}"))?;
    let sent = sitting.server.ask(&format!("pour {packets} {SECONDS} {}", Task::Send.command(size)))?;
    let collected = sitting.load.answer()?;
    let received = collected.get("received")?;
    Ok(Flow { per_second: received / collected.get("seconds")?, arrived: 100.0 * received / sent.get("packets")? })
}
