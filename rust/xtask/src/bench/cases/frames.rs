//! What a frame of echoes costs, by number of clients and size of packets.

use std::time::Duration;

use anyhow::Result;

use crate::bench::figure::{Figure, Implementation};
use crate::bench::sitting::{Bench, Frame, Sitting};
use crate::bench::statistics::median;

/// A typical packet of a game.
const PACKET: usize = 100;

const PER_SECOND: u32 = 150;

/// As fast as a server that owns its port takes them.
const AT_ONCE: u32 = 0;

pub(super) fn of_100(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    frames(bench, implementation, bench.scale(100), &[64, 256, 1200], 40)
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
    if implementation == Implementation::Limit {
        return sizes.iter().map(|size| limit(bench, clients, *size)).collect();
    }
    let mut sitting = bench.sit(implementation)?;
    let empty = sitting.memory()?;
    let rate = if implementation.owns_its_port() { AT_ONCE } else { PER_SECOND };
    sitting.admit(clients, rate, clients)?;

    let mut figures = Vec::new();
    for size in sizes {
        let cost = per_echo(&mut sitting, clients, *size, repeats)?;
        let what = echo_of(*size, clients);
        figures.push(Figure::lower(format!("{what}, main thread"), "µs", cost.main_thread));
        figures.push(Figure::lower(process_of(&what), "µs", cost.process));
    }
    let idle: Vec<f64> = (0..repeats)
        .map(|_| Ok(sitting.frame(0, PACKET)?.main_thread.as_secs_f64() * 1e6 / clients as f64))
        .collect::<Result<_>>()?;
    figures.push(Figure::lower(format!("idle frame, {clients} clients, each"), "µs", median(&idle)));
    let memory = (sitting.memory()? - empty) / clients as f64;
    figures.push(Figure::lower(format!("memory a connection, {clients} clients"), "KiB", memory));
    figures.push(arrival(&mut sitting, clients)?);
    sitting.end()?;
    Ok(figures)
}

fn echo_of(size: usize, clients: usize) -> String {
    format!("echo of {size} B, {clients} clients")
}

fn process_of(what: &str) -> String {
    format!("{what}, process")
}

/// What OpenSSL and the kernel need for the same.
fn limit(bench: &Bench<'_>, clients: usize, size: usize) -> Result<Figure> {
    let limit = bench.limit(&format!("limit-of-echo {clients} {size}"))?;
    let usec = limit.get("openssl")? + limit.get("kernel")?;
    Ok(Figure::lower(process_of(&echo_of(size, clients)), "µs", usec))
}

/// How much of a burst one frame finds.
fn arrival(sitting: &mut Sitting, clients: usize) -> Result<Figure> {
    let share = 100.0 * sitting.frame_at_once(clients, PACKET)?.found as f64 / clients as f64;
    Ok(Figure::higher(format!("{clients} clients sending before one frame, arrived"), "%", share))
}

pub(super) fn burst_of_3000(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    let clients = bench.scale(3000);
    let mut sitting = bench.sit(implementation)?;
    sitting.admit(clients, AT_ONCE, clients)?;
    let figure = arrival(&mut sitting, clients)?;
    sitting.end()?;
    Ok(vec![figure])
}

/// Whether a client costs more where there are many.
pub(super) fn scale(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    let (few, many) = (bench.scale(100), bench.scale(4000));
    let mut sitting = bench.sit(implementation)?;
    sitting.admit(few, AT_ONCE, few)?;
    let at_few = per_echo(&mut sitting, few, PACKET, 40)?;
    sitting.admit(many - few, AT_ONCE, many)?;
    let at_many = per_echo(&mut sitting, many, PACKET, 8)?;
    sitting.end()?;
    let factor = format!("an echo at {many} clients against {few}");
    Ok(vec![
        Figure::lower(format!("echo, {many} clients, main thread"), "µs", at_many.main_thread),
        Figure::lower(format!("echo, {many} clients, process"), "µs", at_many.process),
        Figure::lower(format!("{factor}, main thread"), "×", at_many.main_thread / at_few.main_thread),
        Figure::lower(format!("{factor}, process"), "×", at_many.process / at_few.process),
    ])
}

/// In microseconds.
struct Cost {
    main_thread: f64,
    process: f64,
}

/// The median over some frames, after a few to warm up.
fn per_echo(sitting: &mut Sitting, clients: usize, size: usize, repeats: usize) -> Result<Cost> {
    const WARM_UP: usize = 3;
    let frames: Vec<Frame> =
        (0..WARM_UP + repeats).map(|_| sitting.frame(clients, size)).skip(WARM_UP).collect::<Result<_>>()?;
    let cost = |time: fn(&Frame) -> Duration| {
        let costs = frames.iter().map(|frame| time(frame).as_secs_f64() * 1e6 / frame.found.max(1) as f64);
        median(&costs.collect::<Vec<_>>())
    };
    Ok(Cost { main_thread: cost(|frame| frame.main_thread), process: cost(|frame| frame.process) })
}
