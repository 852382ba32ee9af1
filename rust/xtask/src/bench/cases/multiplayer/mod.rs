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

/// As many clients join as the server can have, who are not measured while they do: the engine lets one in a frame.
fn admit(run: &mut BenchRun, clients: usize, per_second: u32) -> Result<()> {
    const HERTZ: u32 = 1000;
    const LIMIT: u32 = 30;
    run.server.ask(&format!("frames {HERTZ}"))?;
    let connected = join(run, clients, per_second, LIMIT)?.get("connected")?;
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
