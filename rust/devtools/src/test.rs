//! Runs every test there is, and sums up.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use xtask::addon;
use xtask::godot::Godot;
use xtask::peers;
use xtask::process::Process;
use xtask::project::Project;

use crate::counts::Counts;
use crate::log_scan::LogScan;

const RUST_LIMIT: Duration = Duration::from_mins(45);
const GODOT_LIMIT: Duration = Duration::from_mins(15);

pub(crate) fn run(project: &Project, filter: Option<&str>) -> Result<()> {
    let godot = addon::build_beside_godot(project)?;
    if let Some(note) = godot.untested() {
        eprintln!("Note: {note}");
    }

    let mut counts = count("The Rust tests", rust_tests(project, filter), RUST_LIMIT)?;
    let scratch = tempfile::tempdir_in(project.target())?;
    let tests = gdscript_tests(project, &godot, scratch.path(), filter);
    counts += count("The GDScript tests", tests, GODOT_LIMIT)?;
    println!("\n{counts}");
    ensure!(counts.failed == 0, "some tests failed");
    match filter {
        Some(filter) if counts.passed == 0 => bail!("no test has '{filter}' in its name"),
        _ => Ok(()),
    }
}

fn rust_tests(project: &Project, filter: Option<&str>) -> Command {
    let mut cargo = project.cargo();
    // Colours would hide the counts.
    cargo.args(["test", "--workspace", "--no-fail-fast", "--color", "never"]).args(filter);
    cargo
}

fn gdscript_tests(project: &Project, godot: &Godot, scratch: &Path, filter: Option<&str>) -> Command {
    let mut command = godot.headless(project);
    // Tests that start a second Godot take the same one.
    command.env("GODOT", godot.program());
    command.env("PATH", peers::path(project));
    // The runner reads the log, as Godot 4.3 has no other way to tell scripts of errors.
    command.arg("--log-file").arg(scratch.join("godot.log")).args(["--script", "res://tests/runner/run.gd", "--"]);
    command.arg(format!("--scratch={}", scratch.display())).args(filter);
    command
}

fn count(what: &str, tests: Command, limit: Duration) -> Result<Counts> {
    let process = Process::spawn(tests, "", Instant::now() + limit)?;
    let mut scan = LogScan::default();
    while let Some(line) = process.next_line().with_context(|| what.to_owned())? {
        scan.read(&line);
    }
    let status = process.wait().with_context(|| what.to_owned())?;
    let (mut counts, faults) = scan.finish(status.success());
    for fault in &faults {
        eprintln!("{what}: {fault} ({status})");
    }
    if !faults.is_empty() {
        // A run that went wrong is a failure even where no test says so.
        counts.failed = counts.failed.max(1);
    }
    Ok(counts)
}
