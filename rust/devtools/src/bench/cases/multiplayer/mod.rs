//! Multiplayer servers with RPCs: the engine's peer, the engine's with DTLS, and ours.

pub(super) mod join;
pub(super) mod memory;
pub(super) mod message;
pub(super) mod rpcs;

use anyhow::{Result, ensure};

use crate::bench::bench_run::BenchRun;
use crate::bench::program::Answer;

/// Frames of a server that is measured.
const HERTZ: u32 = 60;

/// Bytes in a call, and in its answer.
const SIZE: usize = 100;

/// `clients` more join, so many a second, or all at once with 0.
fn join(run: &mut BenchRun, clients: usize, per_second: u32, limit: u32) -> Result<Answer> {
    run.load.ask(&format!("join {clients} {per_second} {limit}"))
}

/// `clients` join who are not measured while they do: the engine lets one in for each frame. How many did.
fn connect(run: &mut BenchRun, clients: usize, per_second: u32) -> Result<f64> {
    const HERTZ: u32 = 1000;
    const LIMIT: u32 = 30;
    run.server.ask(&format!("frames {HERTZ}"))?;
    join(run, clients, per_second, LIMIT)?.get("connected")
}

/// The same, of whom none may be missing.
fn admit(run: &mut BenchRun, clients: usize, per_second: u32) -> Result<()> {
    let connected = connect(run, clients, per_second)?;
    ensure!(connected as usize == clients, "only {connected} of {clients} clients joined");
    Ok(())
}

/// What the server tells of calls, and the load of answers.
struct Calls {
    served: Answer,
    echoed: Answer,
}

/// Each client calls so often for some seconds.
fn call(run: &mut BenchRun, hertz: u32, seconds: u32) -> Result<Calls> {
    run.server.ask(&format!("frames {HERTZ}"))?;
    let echoed = run.load.ask(&format!("echo {SIZE} {hertz} {seconds}"))?;
    Ok(Calls { served: run.server.ask("calls")?, echoed })
}
