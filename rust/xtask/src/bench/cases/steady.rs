//! A game at its usual pace: clients send 20 times a second, the server has 60 frames.

use anyhow::Result;

use crate::bench::bench_run::Bench;
use crate::bench::metric::{Implementation, Metric};

pub(super) fn echo_at_20_hertz(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const SECONDS: u32 = 3;
    let clients = bench.scale(1000);
    let mut run = bench.sit(implementation)?;
    run.admit(clients, implementation.joins_per_second(), clients)?;
    // The server goes on for a little longer than its load.
    run.server.tell(&format!("serve 60 {} {SECONDS}.5 echo", usize::MAX >> 1))?;
    let (process, echoed) = run.cpu_of(|run| run.load.ask(&format!("echo 100 20 {SECONDS}")))?;
    let served = run.server.answer()?;
    run.end()?;
    let received = echoed.get("received")?;
    let what = format!("{clients} clients at 20 Hz");
    Ok(vec![
        Metric::lower(format!("{what}, process, an echo"), "µs", process.as_secs_f64() * 1e6 / received.max(1.0)),
        Metric::lower(format!("{what}, main thread, a frame"), "µs", served.get("usec")? / served.get("frames")?),
        Metric::higher(format!("{what}, came back"), "%", 100.0 * received / echoed.get("sent")?),
        Metric::lower(format!("{what}, round trip, median"), "ms", echoed.get("median")? / 1e3),
        Metric::lower(format!("{what}, round trip, p99"), "ms", echoed.get("p99")? / 1e3),
    ])
}
