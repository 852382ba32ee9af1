//! What a frame costs that sends back a packet of each client, by their number and by the size of packets.

use std::time::Duration;

use anyhow::Result;

use crate::bench::bench_run::{Bench, BenchRun, Frame};
use crate::bench::metric::{Implementation, Metric};
use crate::bench::statistics::median;

/// Echoes of a typical packet, as clients become more. UDPServer looks through all its peers for each datagram, so more take
/// minutes to come in.
pub(super) fn by_clients(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const SIZE: usize = 100;
    let most = if implementation.owns_its_port() { 4000 } else { 1000 };
    let mut run = bench.sit(implementation)?;
    let mut metrics = Vec::new();
    let mut total = 0;
    for clients in [10, 100, 1000, 4000].into_iter().filter(|clients| *clients <= most) {
        let clients = bench.scale(clients);
        run.admit(clients - total, implementation.joins_per_second(), clients)?;
        total = clients;
        let echo = echo(&mut run, clients, SIZE, (3000 / clients).clamp(5, 20))?;
        let in_all = |curve, usec: f64| Metric::on_curve(curve, clients, "ms", usec * clients as f64 / 1e3);
        metrics.push(in_all("frame of echoes, main thread", echo.main_thread));
        metrics.push(in_all("frame of echoes, process", echo.process));
    }
    run.end()?;
    Ok(metrics)
}

/// Small, usual and full packets.
pub(super) fn by_sizes(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    let clients = bench.scale(100);
    let mut run = bench.sit(implementation)?;
    run.admit(clients, implementation.joins_per_second(), clients)?;
    let mut metrics = Vec::new();
    for size in [64, 256, 1200] {
        let echo = echo(&mut run, clients, size, 15)?;
        let name = format!("echo of {size} B, {clients} clients");
        metrics.push(Metric::lower(format!("{name}, main thread"), "µs", echo.main_thread));
        metrics.push(Metric::lower(format!("{name}, process"), "µs", echo.process));
    }
    run.end()?;
    Ok(metrics)
}

/// What an echo costs, in microseconds.
struct Echo {
    main_thread: f64,
    process: f64,
}

/// The median over some frames, after a few to warm up.
fn echo(run: &mut BenchRun, clients: usize, size: usize, repeats: usize) -> Result<Echo> {
    const WARM_UP: usize = 3;
    let frames: Vec<Frame> =
        (0..WARM_UP + repeats).map(|_| run.frame(clients, size)).skip(WARM_UP).collect::<Result<_>>()?;
    let cost = |time: fn(&Frame) -> Duration| {
        let costs = frames.iter().map(|frame| time(frame).as_secs_f64() * 1e6 / frame.packets.max(1) as f64);
        median(&costs.collect::<Vec<_>>())
    };
    Ok(Echo { main_thread: cost(|frame| frame.main_thread), process: cost(|frame| frame.process) })
}
