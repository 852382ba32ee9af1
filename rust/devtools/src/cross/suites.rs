//! The programs that `cargo test` builds, run one by one.

use std::ffi::OsStr;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::{Artifact, Message};
use xtask::process::Process;

use crate::counts::Counts;
use crate::log_scan::LogScan;

/// An emulator takes several times as long as a processor.
const LIMIT: Duration = Duration::from_mins(30);

pub(crate) struct Suite {
    /// Such as `dtls-io/native`.
    name: String,
    program: PathBuf,
    /// Where cargo would start it.
    folder: PathBuf,
}

/// Has `cargo test` build its programs, and show its progress.
pub(crate) fn build(mut cargo_test: Command) -> Result<Vec<Suite>> {
    cargo_test.args(["--tests", "--no-run", "--message-format=json-render-diagnostics"]);
    let mut cargo = cargo_test.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let mut suites = Vec::new();
    if let Some(messages) = cargo.stdout.take() {
        for message in Message::parse_stream(BufReader::new(messages)) {
            if let Message::CompilerArtifact(artifact) = message? {
                suites.extend(Suite::of(artifact));
            }
        }
    }
    ensure!(cargo.wait()?.success(), "the tests do not build");
    Ok(suites)
}

impl Suite {
    fn of(artifact: Artifact) -> Option<Self> {
        let program = artifact.executable.filter(|_| artifact.profile.test)?.into();
        let folder = PathBuf::from(artifact.manifest_path.parent()?);
        let package = folder.file_name().and_then(OsStr::to_str)?;
        Some(Self { name: format!("{package}/{}", artifact.target.name), program, folder })
    }

    fn run(&self, emulator: &Command, left_out: &[&str], filter: Option<&str>) -> Result<Counts> {
        let mut command = Command::new(emulator.get_program());
        command
            .args(emulator.get_args())
            .arg(&self.program)
            .args(filter)
            .args(left_out.iter().flat_map(|test| ["--skip", *test]))
            .current_dir(&self.folder);
        command.envs(emulator.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let start = Instant::now();
        let process = Process::spawn(command, None, start + LIMIT)?;
        let mut scan = LogScan::default();
        let mut said = Vec::new();
        while let Some(line) = process.next_line()? {
            scan.read(&line);
            said.push(line);
        }
        let status = process.wait()?;
        let (mut counts, faults) = scan.finish(status.success());
        counts.failed = counts.failed.max(u32::from(!faults.is_empty()));
        if counts.failed > 0 {
            said.iter().chain(&faults).for_each(|line| println!("    {line}"));
        }
        println!("{:<36}{counts} ({} s)", self.name, start.elapsed().as_secs());
        Ok(counts)
    }
}

/// Runs all suites, and prints the counts of each.
pub(crate) fn run(suites: &[Suite], emulator: &Command, left_out: &[&str], filter: Option<&str>) -> Result<Counts> {
    let mut counts = Counts::default();
    for suite in suites {
        counts += suite.run(emulator, left_out, filter).with_context(|| suite.name.clone())?;
    }
    match filter {
        Some(filter) if counts == Counts::default() => bail!("no test has '{filter}' in its name"),
        _ => Ok(counts),
    }
}
