//! What letting a client in costs a server.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::bench::bench_run::{Bench, BenchRun};
use crate::bench::metric::Implementation::{self, Batched, DropIn, Engine, Native};
use crate::bench::metric::Metric;

/// How many clients come at once.
const RUSH: usize = 30;

/// Another way to be trusted than by a P-256 certificate.
struct Other {
    name: &'static str,
    /// What the server calls it.
    arguments: &'static [&'static str],
    /// What the load calls it.
    trust: &'static str,
    /// Who has it.
    implementations: &'static [Implementation],
}

const OTHERS: [Other; 3] = [
    Other { name: "RSA-2048", arguments: &["rsa"], trust: "certificate", implementations: &[Engine, DropIn, Native] },
    Other { name: "PSK", arguments: &["psk"], trust: "psk", implementations: &[DropIn, Native, Batched] },
    Other { name: "resumed", arguments: &[], trust: "resumption", implementations: &[DropIn, Native, Batched] },
];

/// The server's side: the CPU time of its process.
///
/// Clients that come one by one find caches that have forgotten all about handshakes; those of a rush do not.
pub(super) fn cost(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const WARM_UP: usize = 10;
    /// Slow enough for all implementations to keep up.
    const PER_SECOND: u32 = 150;
    let clients = bench.scale(240);
    let mut run = bench.sit(implementation)?;
    run.admit(WARM_UP, PER_SECOND, WARM_UP)?;
    // Waking up to see that nobody has come costs too, and is no handshake's.
    let (idle_second, _) = run.cpu_of(|run| run.server.ask(&format!("admit {} 1", usize::MAX >> 1)))?;
    let start = Instant::now();
    let (one_by_one, admitted) = run.cpu_of(|run| run.admit(clients, PER_SECOND, WARM_UP + clients))?;
    let one_by_one = one_by_one.saturating_sub(idle_second.mul_f64(start.elapsed().as_secs_f64()));
    let main_thread = admitted.get("usec")?;
    let mut metrics = vec![
        Metric::lower("handshake, P-256, one by one, server's process", "µs", each(one_by_one, clients)),
        Metric::lower(in_a_rush("P-256"), "µs", rushes(&mut run, clients, WARM_UP + clients, idle_second)?),
        Metric::lower("handshake, P-256, one by one, time in the script's calls", "µs", main_thread / clients as f64),
    ];
    run.end()?;
    for Other { name, arguments, trust, implementations } in OTHERS {
        if implementations.contains(&implementation) {
            let mut run = bench.sit_with(implementation, arguments, trust)?;
            // The first are remembered, and resumed by those who follow.
            run.admit(RUSH, PER_SECOND, RUSH)?;
            let usec = rushes(&mut run, clients / 2, RUSH, idle_second)?;
            let resumed = run.load.ask("resumed")?.get("resumed")? as usize;
            ensure!(trust != "resumption" || resumed >= clients / 2, "only {resumed} sessions were resumed");
            metrics.push(Metric::lower(in_a_rush(name), "µs", usec));
            run.end()?;
        }
    }
    Ok(metrics)
}

fn in_a_rush(trust: &str) -> String {
    format!("handshake, {trust}, {RUSH} at once, server's process")
}

/// What each of some `clients` costs that come in rushes, in microseconds, where there are `total` already.
fn rushes(run: &mut BenchRun, clients: usize, mut total: usize, idle_second: Duration) -> Result<f64> {
    let rushes = clients.div_ceil(RUSH);
    let start = Instant::now();
    let (spent, ()) = run.cpu_of(|run| {
        for _ in 0..rushes {
            total += RUSH;
            run.admit(RUSH, 0, total)?;
        }
        Ok(())
    })?;
    Ok(each(spent.saturating_sub(idle_second.mul_f64(start.elapsed().as_secs_f64())), rushes * RUSH))
}

fn each(spent: Duration, count: usize) -> f64 {
    spent.as_secs_f64() * 1e6 / count as f64
}
