//! What an RPC and its answer cost a server.

use anyhow::Result;

use super::{Calls, SIZE, admit, call};
use crate::bench::bench_run::Bench;
use crate::bench::metric::{Implementation, Metric};

/// Each client calls 20 times a second, reliably or not.
pub(in super::super) fn by_clients(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const PER_SECOND: u32 = 20;
    const SECONDS: u32 = 3;
    let mut metrics = Vec::new();
    for delivery in ["unreliable", "reliable"] {
        for clients in [100, 500] {
            let clients = bench.scale(clients);
            let mut run = bench.sit_multiplayer(implementation, clients, delivery)?;
            admit(&mut run, clients, implementation.joins_per_second())?;
            call(&mut run, PER_SECOND, 1)?;
            let (cpu, Calls { served, echoed }) = run.cpu_of(|run| call(run, PER_SECOND, SECONDS))?;
            run.end()?;
            let name = format!("{delivery} RPC of {SIZE} B and its answer, {clients} clients");
            let count = served.get("calls")?.max(1.0);
            let answered = 100.0 * echoed.get("received")? / echoed.get("sent")?;
            metrics.push(Metric::lower(format!("{name}, main thread"), "µs", served.get("usec")?));
            metrics.push(Metric::lower(format!("{name}, process"), "µs", cpu.as_secs_f64() * 1e6 / count));
            metrics.push(Metric::higher(format!("{name}, answered"), "%", answered));
        }
    }
    Ok(metrics)
}

/// As many clients as an ENet server can have, nearly, each of which calls 5 times a second.
pub(in super::super) fn of_thousands(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const PER_SECOND: u32 = 5;
    const SECONDS: u32 = 5;
    let clients = bench.scale(4000);
    let mut run = bench.sit_multiplayer(implementation, clients, "unreliable")?;
    admit(&mut run, clients, implementation.joins_per_second())?;
    let Calls { served, echoed } = call(&mut run, PER_SECOND, SECONDS)?;
    run.end()?;
    let name = format!("{clients} clients that call {PER_SECOND} times a second");
    let expected = (clients as f64) * f64::from(PER_SECOND * SECONDS);
    Ok(vec![
        Metric::higher(format!("{name}, connected at the end"), "%", 100.0 * served.get("peers")? / clients as f64),
        Metric::higher(format!("{name}, answered"), "%", 100.0 * echoed.get("received")? / expected),
        Metric::lower(format!("{name}, round trip, median"), "ms", echoed.get("median")? / 1e3),
        Metric::lower(format!("{name}, main thread, a call"), "µs", served.get("usec")?),
    ])
}
