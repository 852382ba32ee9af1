//! `cargo xtask bench`: the engine's classes and ours in turn, in the same run.

mod bench_run;
mod cases;
mod metric;
mod plot;
mod program;
mod report;
mod statistics;
mod usage;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Message;

use self::bench_run::Bench;
use self::cases::{CASES, Case};
use self::metric::Sample;
use self::report::Row;
use crate::godot::Godot;
use crate::project::Project;
use crate::{addon, certificate};

pub(crate) fn run(project: &Project, filter: Option<&str>, quick: bool, rounds: u32) -> Result<()> {
    let cases = cases(filter.unwrap_or_default())?;
    addon::build(project, true)?;
    let godot = Godot::find(project)?;
    certificate::make(project, &godot)?;
    let bench = Bench { project, godot: &godot, load: load(project)?, quick };
    let rounds = if quick { 1 } else { rounds };

    let folder = if quick { project.target().join("benchmarks") } else { project.benchmarks() };
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;

    let mut all = Vec::new();
    for case in cases {
        let samples = measure(case, &bench, rounds);
        // At once, so that a run that is broken off leaves what it has.
        write(case, &samples, &head(case, &godot, rounds), &folder)?;
        all.extend(samples);
    }
    ensure!(!all.is_empty(), "nothing could be measured");
    println!("{}", report::table(&all));
    eprintln!("Written to {}", folder.display());
    Ok(())
}

/// Each implementation in turn, so that what else the machine does troubles all alike.
fn measure(case: &Case, bench: &Bench<'_>, rounds: u32) -> Vec<Sample> {
    let mut samples = Vec::new();
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
                // What one implementation cannot do must not hide how the others fare.
                Err(error) => eprintln!("  not measured: {error:#}"),
            }
        }
    }
    samples
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
fn head(case: &Case, godot: &Godot, rounds: u32) -> String {
    format!(
        "`cargo xtask bench {} --rounds {rounds}` on {}, Godot {}, loopback. Each cell is min–**median**–max over the \
         rounds; a ratio is the median of the ratios within a round.",
        case.name,
        usage::machine(),
        godot.version()
    )
}

/// A table, the raw numbers and a picture.
fn write(case: &Case, samples: &[Sample], head: &str, folder: &Path) -> Result<()> {
    if samples.is_empty() {
        return Ok(());
    }
    let file = |extension: &str| folder.join(case.name).with_extension(extension);
    report::write_csv(samples, &file("csv"))?;
    report::write_table(head, samples, &file("md"))?;
    plot::write(&Row::of(samples), &file("svg"))
}

/// Builds the load generator.
fn load(project: &Project) -> Result<Command> {
    let output = (project.cargo())
        .args(["build", "--release", "--package", "dtls-load", "--message-format=json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(output.status.success(), "the load generator does not build");
    for message in Message::parse_stream(output.stdout.as_slice()) {
        if let Message::CompilerArtifact(artifact) = message?
            && artifact.target.name == "dtls-load"
            && let Some(program) = artifact.executable
        {
            return Ok(Command::new(program));
        }
    }
    bail!("cargo built no program named dtls-load")
}
