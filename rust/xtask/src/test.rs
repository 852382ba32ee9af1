//! Runs every test there is, and sums up.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::addon;
use crate::counts::Counts;
use crate::godot::Godot;
use crate::log_scan::LogScan;
use crate::peers;
use crate::process::Process;
use crate::project::Project;

const RUST_LIMIT: Duration = Duration::from_mins(45);
const GODOT_LIMIT: Duration = Duration::from_mins(15);

pub(crate) fn run(project: &Project, filter: Option<&str>) -> Result<()> {
    addon::build(project, false)?;
    let godot = Godot::find(project)?;

    let mut counts = rust_tests(project, filter)?;
    counts += gdscript_tests(project, &godot, filter)?;
    println!("\n{counts}");
    ensure!(counts.failed == 0, "some tests failed");
    match filter {
        Some(filter) if counts.passed == 0 => bail!("no test has '{filter}' in its name"),
        _ => Ok(()),
    }
}

fn rust_tests(project: &Project, filter: Option<&str>) -> Result<Counts> {
    if which::which("cargo-nextest").is_err() {
        let mut all = project.cargo();
        all.args(["test", "--workspace", "--no-fail-fast"]);
        return count(all, filter, Counts::from_libtest);
    }
    let mut tests = project.cargo();
    tests.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
    tests.arg("--no-tests=pass");
    let mut counts = count(tests, filter, Counts::from_nextest)?;
    // nextest leaves the examples in the documentation out.
    let mut examples = project.cargo();
    examples.args(["test", "--doc", "--workspace", "--no-fail-fast"]);
    counts += count(examples, filter, Counts::from_libtest)?;
    Ok(counts)
}

/// Runs tests with cargo, and adds up the lines that `parse` knows.
fn count(mut cargo: Command, filter: Option<&str>, parse: fn(&str) -> Option<Counts>) -> Result<Counts> {
    // Colours would hide the counts.
    cargo.env("CARGO_TERM_COLOR", "never").args(filter);
    let process = Process::spawn(cargo, "", Instant::now() + RUST_LIMIT)?;
    let mut counts = Counts::default();
    let mut closed = false;
    while let Some(line) = process.next_line().context("the Rust tests")? {
        if let Some(more) = parse(&line) {
            counts += more;
            closed = true;
        }
    }
    let status = process.wait()?;
    ensure!(closed && status.success() == (counts.failed == 0), "the Rust tests did not run to their end ({status})");
    Ok(counts)
}

fn gdscript_tests(project: &Project, godot: &Godot, filter: Option<&str>) -> Result<Counts> {
    let mut command = godot.headless(project);
    // Tests that start a second Godot take the same one.
    command.env("GODOT", godot.program());
    command.env("PATH", peers::path(project));
    command.args(["--script", "res://tests/runner/run.gd", "--"]);
    command.args(filter);
    let process = Process::spawn(command, "", Instant::now() + GODOT_LIMIT)?;
    let mut scan = LogScan::default();
    while let Some(line) = process.next_line().context("the GDScript tests")? {
        scan.read(&line);
    }
    let status = process.wait().context("the GDScript tests")?;
    let (mut counts, faults) = scan.finish(status.success());
    for fault in &faults {
        eprintln!("GDScript tests: {fault} ({status})");
    }
    if filter.is_none() && counts == Counts::default() {
        eprintln!("GDScript tests: none was found");
        counts.failed = 1;
    }
    if !faults.is_empty() {
        // A run that went wrong is a failure even where no test says so.
        counts.failed = counts.failed.max(1);
    }
    Ok(counts)
}
