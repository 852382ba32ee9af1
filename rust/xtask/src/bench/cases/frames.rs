//! What a frame costs that moves packets, by number of clients and size of packets.

use anyhow::Result;

use super::cost::{PACKET, is_limit, limit, per_packet};
use crate::bench::bench_run::{Bench, BenchRun, Task};
use crate::bench::metric::{Implementation, Metric};
use crate::bench::statistics::median;

/// Small, usual and full ones.
const SIZES: [usize; 3] = [64, 256, 1200];

pub(super) fn of_100(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    frames(bench, implementation, bench.scale(100), &SIZES, 30)
}

pub(super) fn of_500(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    frames(bench, implementation, bench.scale(500), &[PACKET], 20)
}

pub(super) fn of_1000(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    frames(bench, implementation, bench.scale(1000), &[PACKET], 12)
}

fn frames(
    bench: &Bench<'_>,
    implementation: Implementation,
    clients: usize,
    sizes: &[usize],
    repeats: usize,
) -> Result<Vec<Metric>> {
    if is_limit(implementation) {
        let limit = |size: &usize| {
            let usec = limit(bench, implementation, clients, *size)?;
            Ok(Metric::lower(on_process(Task::Echo, *size, clients), "µs", usec))
        };
        return sizes.iter().map(limit).collect();
    }
    let mut run = bench.sit(implementation)?;
    let empty = run.memory()?;
    run.admit(clients, implementation.joins_per_second(), clients)?;
    let mut metrics = costs(&mut run, Task::Echo, clients, sizes, repeats)?;
    let idle: Vec<f64> = (0..repeats)
        .map(|_| Ok(run.frame(Task::Echo, 0, PACKET)?.main_thread.as_secs_f64() * 1e6 / clients as f64))
        .collect::<Result<_>>()?;
    metrics.push(Metric::lower(format!("idle frame, {clients} clients, each"), "µs", median(&idle)));
    let memory = (run.memory()? - empty) / clients as f64;
    metrics.push(Metric::lower(format!("memory a connection, {clients} clients"), "KiB", memory));
    metrics.push(arrival(&mut run, clients)?);
    run.end()?;
    Ok(metrics)
}

/// The halves of an echo.
pub(super) fn put_and_get(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    let clients = bench.scale(100);
    let mut run = bench.sit(implementation)?;
    run.admit(clients, implementation.joins_per_second(), clients)?;
    let mut metrics = costs(&mut run, Task::Send, clients, &SIZES, 30)?;
    metrics.extend(costs(&mut run, Task::Receive, clients, &SIZES, 30)?);
    run.end()?;
    Ok(metrics)
}

/// The same packet to everybody.
pub(super) fn broadcast(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    let clients = bench.scale(1000);
    let mut run = bench.sit(implementation)?;
    run.admit(clients, implementation.joins_per_second(), clients)?;
    let metrics = costs(&mut run, Task::Broadcast, clients, &[PACKET], 20)?;
    run.end()?;
    Ok(metrics)
}

/// What a packet costs by size: on the main thread first, then in all.
fn costs(run: &mut BenchRun, task: Task, clients: usize, sizes: &[usize], repeats: usize) -> Result<Vec<Metric>> {
    let mut on_main_thread = Vec::new();
    let mut in_all = Vec::new();
    for &size in sizes {
        let cost = per_packet(run, task, clients, size, repeats)?;
        let name = format!("{}, main thread", of_packets(task, size, clients));
        on_main_thread.push(Metric::lower(name, "µs", cost.main_thread));
        in_all.push(Metric::lower(on_process(task, size, clients), "µs", cost.process));
    }
    on_main_thread.append(&mut in_all);
    Ok(on_main_thread)
}

fn of_packets(task: Task, size: usize, clients: usize) -> String {
    match task {
        Task::Echo => format!("echo of {size} B, {clients} clients"),
        Task::Receive => format!("get of {size} B, {clients} clients"),
        Task::Send => format!("put of {size} B, {clients} clients"),
        Task::Broadcast => format!("broadcast of {size} B to {clients}, each"),
    }
}

fn on_process(task: Task, size: usize, clients: usize) -> String {
    format!("{}, process", of_packets(task, size, clients))
}

/// How much of a burst one frame finds.
fn arrival(run: &mut BenchRun, clients: usize) -> Result<Metric> {
    let share = 100.0 * run.frame_at_once(clients, PACKET)?.packets as f64 / clients as f64;
    Ok(Metric::higher(format!("{clients} clients sending before one frame, arrived"), "%", share))
}

pub(super) fn burst_of_3000(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    let clients = bench.scale(3000);
    let mut run = bench.sit(implementation)?;
    run.admit(clients, implementation.joins_per_second(), clients)?;
    let metric = arrival(&mut run, clients)?;
    run.end()?;
    Ok(vec![metric])
}
