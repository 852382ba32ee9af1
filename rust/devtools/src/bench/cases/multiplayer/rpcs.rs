//! What an RPC and its answer cost a server.

use std::time::Duration;

use anyhow::Result;

use super::{Calls, SIZE, admit, call, connect};
use crate::bench::bench_run::Bench;
use crate::bench::metric::{Implementation, Metric};
use crate::bench::usage;

/// Each client calls 20 times a second, reliably or not.
pub(in super::super) fn by_clients(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const PER_SECOND: u32 = 20;
    const SECONDS: u32 = 3;
    let mut metrics = Vec::new();
    for (delivery, message) in [("unreliable", "unreliable-rpc"), ("reliable", "reliable-rpc")] {
        for clients in [100, 500] {
            let clients = bench.scale(clients);
            let mut run = bench.sit_multiplayer(implementation, clients, message)?;
            admit(&mut run, clients, implementation.joins_per_second())?;
            call(&mut run, PER_SECOND, 1)?;
            let before = usage::main_thread_cpu(run.server.id())?;
            let (process, Calls { served, echoed }) = run.cpu_of(|run| call(run, PER_SECOND, SECONDS))?;
            let main_thread = usage::main_thread_cpu(run.server.id())? - before;
            run.end()?;
            let name = format!("{delivery} RPC of {SIZE} B and its answer, {clients} clients");
            let each = |cpu: Duration, calls: f64| cpu.as_secs_f64() * 1e6 / calls.max(1.0);
            let calls = served.get("calls")?;
            let answered = 100.0 * echoed.get("received")? / echoed.get("sent")?;
            metrics.push(Metric::lower(format!("{name}, main thread"), "µs", served.get("usec")?));
            metrics.push(Metric::lower(format!("{name}, main thread's CPU time"), "µs", each(main_thread, calls)));
            metrics.push(Metric::lower(format!("{name}, process"), "µs", each(process, calls)));
            metrics.push(Metric::higher(format!("{name}, answered"), "%", answered));
        }
    }
    Ok(metrics)
}

/// As many clients as an ENet server can have, nearly, each of which calls 5 times a second, or sends bytes.
pub(in super::super) fn of_thousands(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const PER_SECOND: u32 = 5;
    const SECONDS: u32 = 5;
    /// While all join, round trips are long, and ENet drops a part of what is unreliable. It takes that back step by step.
    const SETTLE_SECONDS: u32 = 10;
    let clients = bench.scale(4000);
    let mut metrics = Vec::new();
    for (what, message) in [("RPCs", "unreliable-rpc"), ("send_bytes()", "bytes")] {
        let mut run = bench.sit_multiplayer(implementation, clients, message)?;
        connect(&mut run, clients, implementation.joins_per_second())?;
        call(&mut run, PER_SECOND, SETTLE_SECONDS)?;
        let Calls { served, echoed } = call(&mut run, PER_SECOND, SECONDS)?;
        run.end()?;
        let name = format!("{clients} clients, {PER_SECOND} {what} a second each");
        let connected = 100.0 * served.get("peers")? / clients as f64;
        let answered = 100.0 * echoed.get("received")? / echoed.get("sent")?;
        metrics.push(Metric::higher(format!("{name}, connected at the end"), "%", connected));
        metrics.push(Metric::higher(format!("{name}, answered"), "%", answered));
        metrics.push(Metric::lower(format!("{name}, round trip, median"), "ms", echoed.get("median")? / 1e3));
        metrics.push(Metric::lower(format!("{name}, main thread"), "µs", served.get("usec")?));
    }
    Ok(metrics)
}
