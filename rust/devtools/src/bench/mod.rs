//! `cargo xtask bench`: the engine's classes and ours in turn, in the same run.

mod bench_run;
mod cases;
mod cores;
mod metric;
mod plot;
pub(crate) mod program;
pub(crate) mod report;
pub(crate) mod soak;
mod statistics;
mod trend;
pub(crate) mod usage;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Message;
use clap::Args;
use xtask::godot::Godot;
use xtask::project::Project;
use xtask::{addon, certificate};

use self::bench_run::{Bench, Unsupported};
use self::cases::{CASES, Case};
use self::metric::Sample;
use self::report::Row;

/// The program of `rust/bench`.
pub(crate) const PROGRAM: &str = "dtls-bench";

/// The cases that have a picture.
const PICTURES: [&str; 3] = ["echo-clients", "handshake", "memory"];

/// What to measure.
#[derive(Args)]
pub(crate) struct Request {
    /// Run only the cases whose names contain this
    filter: Option<String>,
    /// Small numbers and one round, to see that all works
    #[arg(long)]
    quick: bool,
    /// How often each implementation is measured
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

impl Request {
    fn rounds(&self) -> u32 {
        if self.quick { 1 } else { self.rounds }
    }
}

impl fmt::Display for Request {
    /// The command, as it is typed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("cargo xtask bench")?;
        if let Some(filter) = &self.filter {
            write!(formatter, " {filter}")?;
        }
        if self.quick { formatter.write_str(" --quick") } else { write!(formatter, " --rounds {}", self.rounds) }
    }
}

pub(crate) fn run(project: &Project, request: &Request) -> Result<()> {
    let cases = cases(request.filter.as_deref().unwrap_or_default())?;
    addon::build(project, true)?;
    let godot = Godot::find(project)?;
    certificate::make(project, &godot)?;
    let bench = Bench { project, godot: &godot, program: build(project, PROGRAM)?, quick: request.quick };

    let start = Instant::now();
    let mut samples = Vec::new();
    let mut failures = 0;
    for case in cases {
        failures += measure(case, &bench, request.rounds(), &mut samples);
    }
    ensure!(!samples.is_empty(), "nothing could be measured");
    println!("{}", report::tables(&samples));
    // Only what is whole is for others to read.
    let is_whole = request.filter.is_none() && !request.quick && failures == 0;
    let folder = if is_whole { project.docs() } else { project.target().to_owned() };
    write(&samples, &head(request, &godot), &folder)?;
    eprintln!("Measured in {} s; written to {}", start.elapsed().as_secs(), folder.join("benchmarks*").display());
    ensure!(failures == 0, "{failures} measurements failed, as said above");
    Ok(())
}

/// Each implementation in turn, so that what else the machine does troubles all alike. How often one failed.
fn measure(case: &Case, bench: &Bench<'_>, rounds: u32, samples: &mut Vec<Sample>) -> usize {
    let mut failures = 0;
    for round in 0..rounds {
        for &implementation in case.implementations {
            eprintln!("{}, round {} of {rounds}: {implementation}", case.name, round + 1);
            match (case.measure)(bench, implementation) {
                Ok(metrics) => samples.extend(metrics.into_iter().map(|metric| Sample {
                    case: case.name,
                    implementation,
                    round,
                    metric,
                })),
                Err(error) if error.is::<Unsupported>() => eprintln!("  not measured: {error}"),
                // What one implementation cannot do must not hide how the others fare.
                Err(error) => {
                    eprintln!("  not measured: {error:#}");
                    failures += 1;
                }
            }
        }
    }
    failures
}

/// The case of that name, else those that have it in theirs.
fn cases(filter: &str) -> Result<Vec<&'static Case>> {
    if let Some(case) = CASES.iter().find(|case| case.name == filter) {
        return Ok(vec![case]);
    }
    let cases: Vec<_> = CASES.iter().filter(|case| case.name.contains(filter)).collect();
    if cases.is_empty() {
        let names: Vec<_> = CASES.iter().map(|case| case.name).collect();
        bail!("no case has '{filter}' in its name; there are {}", names.join(", "));
    }
    Ok(cases)
}

/// Under what conditions numbers came about.
fn head(request: &Request, godot: &Godot) -> String {
    format!(
        "`{request}` on {}, Godot {}, loopback. Each cell is min–**median**–max over the rounds; a ratio is the \
         median of the ratios within a round. [How the benchmarks measure](measuring.md) explains the cases and the columns.",
        usage::machine(),
        godot.version()
    )
}

/// The tables, the raw numbers and the pictures.
fn write(samples: &[Sample], head: &str, folder: &Path) -> Result<()> {
    let pictures = folder.join("benchmarks");
    let table = folder.join("benchmarks.md");
    fs::create_dir_all(&pictures).with_context(|| format!("cannot make {}", pictures.display()))?;
    fs::write(&table, format!("# Benchmarks\n\n{head}\n{}", report::tables(samples)))
        .with_context(|| format!("cannot write {}", table.display()))?;
    report::write_csv(samples, &folder.join("benchmarks.csv"))?;
    for case in PICTURES {
        let rows: Vec<_> = Row::of(samples).into_iter().filter(|row| row.case == case).collect();
        if !rows.is_empty() {
            plot::write(&rows, &pictures.join(case).with_extension("svg"))?;
        }
    }
    Ok(())
}

/// Builds the program of a package of that name, optimised.
pub(crate) fn build(project: &Project, program: &str) -> Result<PathBuf> {
    let output = (project.cargo())
        .args(["build", "--release", "--package", program, "--message-format=json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(output.status.success(), "{program} does not build");
    for message in Message::parse_stream(output.stdout.as_slice()) {
        if let Message::CompilerArtifact(artifact) = message?
            && artifact.target.name == program
            && let Some(path) = artifact.executable
        {
            return Ok(path.into());
        }
    }
    bail!("cargo built no program named {program}")
}
