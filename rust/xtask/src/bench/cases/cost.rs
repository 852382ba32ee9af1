//! What a packet costs, of a server or of its parts.

use std::time::Duration;

use anyhow::Result;

use crate::bench::bench_run::{Bench, BenchRun, Frame, Task};
use crate::bench::metric::Implementation;
use crate::bench::statistics::median;

/// A typical packet of a game.
pub(super) const PACKET: usize = 100;

/// In microseconds.
pub(super) struct Cost {
    pub(super) main_thread: f64,
    pub(super) process: f64,
}

/// The median over some frames, after a few to warm up.
pub(super) fn per_packet(run: &mut BenchRun, task: Task, clients: usize, size: usize, repeats: usize) -> Result<Cost> {
    const WARM_UP: usize = 3;
    let frames: Vec<Frame> =
        (0..WARM_UP + repeats).map(|_| run.frame(task, clients, size)).skip(WARM_UP).collect::<Result<_>>()?;
    let cost = |time: fn(&Frame) -> Duration| {
        let costs = frames.iter().map(|frame| time(frame).as_secs_f64() * 1e6 / frame.packets.max(1) as f64);
        median(&costs.collect::<Vec<_>>())
    };
    Ok(Cost { main_thread: cost(|frame| frame.main_thread), process: cost(|frame| frame.process) })
}

/// Whether there is no server but its parts.
pub(super) fn is_limit(implementation: Implementation) -> bool {
    matches!(implementation, Implementation::Limit | Implementation::Kernel)
}

/// What an echo costs OpenSSL and the kernel, or the kernel alone, in microseconds.
pub(super) fn limit(bench: &Bench<'_>, implementation: Implementation, clients: usize, size: usize) -> Result<f64> {
    let limit = bench.load_alone()?.ask(&format!("limit-of-echo {clients} {size}"))?;
    let openssl = if implementation == Implementation::Limit { limit.get("openssl")? } else { 0.0 };
    Ok(openssl + limit.get("kernel")?)
}
