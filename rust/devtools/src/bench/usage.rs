//! What a process has used, as the system counts it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// The time that all threads of a process have spent on processors.
#[cfg(target_os = "linux")]
pub(crate) fn cpu(process: u32) -> Result<Duration> {
    use nix::time::{clock_getcpuclockid, clock_gettime};
    use nix::unistd::Pid;

    let clock = clock_getcpuclockid(Pid::from_raw(process.try_into()?)).context("no CPU clock of the server")?;
    Ok(clock_gettime(clock)?.into())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn cpu(_process: u32) -> Result<Duration> {
    bail!("the bench reads the CPU time of processes as Linux tells it; run it there")
}

/// The time that a process's main thread has spent on processors.
pub(crate) fn main_thread_cpu(process: u32) -> Result<Duration> {
    let path = format!("/proc/{process}/task/{process}/schedstat");
    let statistics = fs::read_to_string(&path).with_context(|| format!("{path}: the bench needs Linux"))?;
    let nanoseconds = statistics.split_whitespace().next().with_context(|| format!("{path} is empty"))?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// The memory a process has to itself and resident, in KiB.
pub(crate) fn memory(process: u32) -> Result<f64> {
    let path = format!("/proc/{process}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("{path}: the bench needs Linux"))?;
    for line in status.lines() {
        if let Some(kib) = line.strip_prefix("RssAnon:").and_then(|rest| rest.trim().strip_suffix(" kB")) {
            return Ok(kib.parse()?);
        }
    }
    bail!("{path} has no RssAnon")
}

/// How many files and sockets a process has open.
pub(crate) fn descriptors(process: u32) -> Result<f64> {
    entries(process, "fd")
}

/// How many threads a process has.
pub(crate) fn threads(process: u32) -> Result<f64> {
    entries(process, "task")
}

fn entries(process: u32, folder: &str) -> Result<f64> {
    let path = format!("/proc/{process}/{folder}");
    Ok(fs::read_dir(&path).with_context(|| format!("{path}: only Linux has it"))?.count() as f64)
}

/// The kind of machine, for the head of a table.
pub(crate) fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{model}, {cores} cores")
}
