//! What a frame costs that moves packets, by number of clients and size of packets.

use anyhow::Result;

use super::cost::{PACKET, is_limit, limit, per_packet};
use crate::bench::figure::{Figure, Implementation};
use crate::bench::sitting::{Bench, Sitting, Task};
use crate::bench::statistics::median;

/// Small, usual and full ones.
const SIZES: [usize; 3] = [64, 256, 1200];

pub(super) fn of_100(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    frames(bench, implementation, bench.scale(100), &SIZES, 30)
}

pub(super) fn of_500(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    frames(bench, implementation, bench.scale(500), &[PACKET], 20)
}

pub(super) fn of_1000(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    frames(bench, implementation, bench.scale(1000), &[PACKET], 12)
}

fn frames(
    bench: &Bench<'_>,
    implementation: Implementation,
    clients: usize,
    sizes: &[usize],
    repeats: usize,
) -> Result<Vec<Figure>> {
    if is_limit(implementation) {
        let limit = |size: &usize| {
            let usec = limit(bench, implementation, clients, *size)?;
            Ok(Figure::lower(on_process(Task::Echo, *size, clients), "µs", usec))
        };
        return sizes.iter().map(limit).collect();
    }
    let mut sitting = bench.sit(implementation)?;
    let empty = sitting.memory()?;
    sitting.admit(clients, implementation.joins_per_second(), clients)?;
    let mut figures = costs(&mut sitting, Task::Echo, clients, sizes, repeats)?;
    let idle: Vec<f64> = (0..repeats)
        .map(|_| Ok(sitting.frame(Task::Echo, 0, PACKET)?.main_thread.as_secs_f64() * 1e6 / clients as f64))
        .collect::<Result<_>>()?;
    figures.push(Figure::lower(format!("idle frame, {clients} clients, each"), "µs", median(&idle)));
    let memory = (sitting.memory()? - empty) / clients as f64;
    figures.push(Figure::lower(format!("memory a connection, {clients} clients"), "KiB", memory));
    figures.push(arrival(&mut sitting, clients)?);
    sitting.end()?;
    Ok(figures)
}

/// The halves of an echo.
pub(super) fn put_and_get(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    let clients = bench.scale(100);
    let mut sitting = bench.sit(implementation)?;
    sitting.admit(clients, implementation.joins_per_second(), clients)?;
    let mut figures = costs(&mut sitting, Task::Send, clients, &SIZES, 30)?;
    figures.extend(costs(&mut sitting, Task::Receive, clients, &SIZES, 30)?);
    sitting.end()?;
    Ok(figures)
}

/// The same packet to everybody.
pub(super) fn broadcast(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    let clients = bench.scale(1000);
    let mut sitting = bench.sit(implementation)?;
    sitting.admit(clients, implementation.joins_per_second(), clients)?;
    let figures = costs(&mut sitting, Task::Broadcast, clients, &[PACKET], 20)?;
    sitting.end()?;
    Ok(figures)
}

/// What a packet costs by size: on the main thread first, then in all.
fn costs(sitting: &mut Sitting, task: Task, clients: usize, sizes: &[usize], repeats: usize) -> Result<Vec<Figure>> {
    let mut on_main_thread = Vec::new();
    let mut in_all = Vec::new();
    for &size in sizes {
        let cost = per_packet(sitting, task, clients, size, repeats)?;
        let name = format!("{}, main thread", of_packets(task, size, clients));
        on_main_thread.push(Figure::lower(name, "µs", cost.main_thread));
        in_all.push(Figure::lower(on_process(task, size, clients), "µs", cost.process));
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
fn arrival(sitting: &mut Sitting, clients: usize) -> Result<Figure> {
    let share = 100.0 * sitting.frame_at_once(clients, PACKET)?.packets as f64 / clients as f64;
    Ok(Figure::higher(format!("{clients} clients sending before one frame, arrived"), "%", share))
}

pub(super) fn burst_of_3000(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    let clients = bench.scale(3000);
    let mut sitting = bench.sit(implementation)?;
    sitting.admit(clients, implementation.joins_per_second(), clients)?;
    let figure = arrival(&mut sitting, clients)?;
    sitting.end()?;
    Ok(vec![figure])
}
