//! Whether a client costs more where there are many.

use anyhow::Result;

use super::cost::{PACKET, is_limit, limit, per_packet};
use crate::bench::bench_run::{Bench, Task};
use crate::bench::metric::{Implementation, Metric};

/// The length of a frame of echoes as clients become more, as far as they come in without taking minutes: UDPServer looks
/// through all its peers for each datagram.
pub(super) fn by_clients(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const MAIN_THREAD: &str = "frame of echoes, main thread";
    const PROCESS: &str = "frame of echoes, process";
    let most = match implementation {
        Implementation::Native | Implementation::Batch | Implementation::Udp => 10_000,
        _ => 3000,
    };
    let counts = [10, 30, 100, 300, 1000, 3000, 10_000].into_iter().filter(|clients| *clients <= most);
    let counts = counts.map(|clients| bench.scale(clients));
    let frame =
        |curve, clients, usec_each: f64| Metric::on_curve(curve, clients, "ms", usec_each * clients as f64 / 1e3);
    if is_limit(implementation) {
        let limit = |clients| Ok(frame(PROCESS, clients, limit(bench, implementation, clients, PACKET)?));
        return counts.map(limit).collect();
    }
    let mut run = bench.sit(implementation)?;
    let mut metrics = Vec::new();
    let mut total = 0;
    for clients in counts {
        run.admit(clients - total, implementation.joins_per_second(), clients)?;
        total = clients;
        let repeats = (3000 / clients).clamp(5, 30);
        let cost = per_packet(&mut run, Task::Echo, clients, PACKET, repeats)?;
        metrics.push(frame(MAIN_THREAD, clients, cost.main_thread));
        metrics.push(frame(PROCESS, clients, cost.process));
    }
    run.end()?;
    Ok(metrics)
}

/// Few against many, as a factor.
pub(super) fn scale(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    let (few, many) = (bench.scale(100), bench.scale(4000));
    let mut run = bench.sit(implementation)?;
    run.admit(few, implementation.joins_per_second(), few)?;
    let at_few = per_packet(&mut run, Task::Echo, few, PACKET, 40)?;
    run.admit(many - few, implementation.joins_per_second(), many)?;
    let at_many = per_packet(&mut run, Task::Echo, many, PACKET, 8)?;
    run.end()?;
    let factor = format!("an echo at {many} clients against {few}");
    Ok(vec![
        Metric::lower(format!("echo, {many} clients, main thread"), "µs", at_many.main_thread),
        Metric::lower(format!("echo, {many} clients, process"), "µs", at_many.process),
        Metric::lower(format!("{factor}, main thread"), "×", at_many.main_thread / at_few.main_thread),
        Metric::lower(format!("{factor}, process"), "×", at_many.process / at_few.process),
    ])
}
