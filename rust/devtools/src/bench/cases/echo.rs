//! What a frame costs that sends back a packet of each client, by their number and by the size of packets.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::bench::bench_run::{Bench, BenchRun, Frame};
use crate::bench::metric::{Implementation, Metric};
use crate::bench::program::Program;
use crate::bench::statistics::median;

/// Echoes of a typical packet, as clients become more.
pub(super) fn by_clients(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const SIZE: usize = 100;
    let mut run = bench.sit(implementation)?;
    let mut metrics = Vec::new();
    let mut total = 0;
    for clients in [10, 100, 1000, 4000].into_iter().filter(|clients| *clients <= implementation.most_clients()) {
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

/// Clients, and how often a second each sends.
const RATES: [(usize, u32); 5] = [(10, 20), (100, 20), (1000, 20), (4000, 5), (10_000, 2)];

/// How long clients send at a rate.
const SECONDS: u32 = 5;

/// Echoes at a server of 60 frames a second whose clients send when they like.
pub(super) fn at_a_rate(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    let mut run = bench.sit(implementation)?;
    let mut metrics = Vec::new();
    let mut total = 0;
    for (clients, hertz) in RATES.into_iter().filter(|(clients, _)| *clients <= implementation.most_clients()) {
        let clients = bench.scale(clients);
        run.admit(clients - total, implementation.joins_per_second(), clients)?;
        total = clients;
        metrics.extend(at(&mut run, &mut [], clients, hertz)?);
    }
    run.end()?;
    Ok(metrics)
}

/// As many clients as a server of two I/O threads is to hold at 20 Hz, from several loads. This takes some five cores.
pub(super) fn of_ten_thousand(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const LOADS: usize = 4;
    let each = bench.scale(2500);
    let mut run = bench.sit_with(implementation, &["io_threads=2"], implementation.trust())?;
    run.admit(each, implementation.joins_per_second(), each)?;
    let mut others = Vec::new();
    for number in 2..=LOADS {
        let mut load = bench.load(run.port, implementation.trust())?;
        run.server.tell(&format!("admit {} 60", number * each))?;
        load.ask(&format!("join {each} 0 60"))?;
        let peers = run.server.answer()?.get("peers")?;
        ensure!(peers as usize == number * each, "only {peers} of {} clients are connected", number * each);
        others.push(load);
    }
    let metrics = at(&mut run, &mut others, LOADS * each, 20)?;
    run.end()?;
    Ok(metrics.into())
}

/// What an echo takes while `clients`, who are those of the run's load and of `others`, send `hertz` times a second.
fn at(run: &mut BenchRun, others: &mut [Program], clients: usize, hertz: u32) -> Result<[Metric; 3]> {
    const SIZE: usize = 100;
    let echo = format!("echo {SIZE} {hertz} {SECONDS}");
    let (process, (served, sent, received)) = run.cpu_of(|run| {
        run.server.tell(&format!("serve 60 {} {SECONDS}.5 echo", usize::MAX >> 1))?;
        let (mut sent, mut received) = (0.0, 0.0);
        for load in others.iter_mut().chain([&mut run.load]) {
            load.tell(&echo)?;
        }
        for load in others.iter_mut().chain([&mut run.load]) {
            let echoed = load.answer()?;
            sent += echoed.get("sent")?;
            received += echoed.get("received")?;
        }
        Ok((run.server.answer()?, sent, received))
    })?;
    let name = format!("echo of {SIZE} B, {clients} clients at {hertz} Hz");
    Ok([
        Metric::lower(format!("{name}, main thread"), "µs", served.get("usec")? / received),
        Metric::lower(format!("{name}, process"), "µs", process.as_secs_f64() * 1e6 / received),
        Metric::higher(format!("{name}, sent back"), "%", 100.0 * received / sent),
    ])
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
