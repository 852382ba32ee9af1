//! Has libFuzzer look for input that breaks a promise of dtls-core or dtls-enet.
//!
//! The compilers of C and Rust note which code each input reaches, OpenSSL's included, and AddressSanitizer watches the memory of both.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use xtask::process::Process;
use xtask::project::Project;

/// What `rustc` is asked for, as by cargo-fuzz.
const RUST_FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Zsanitizer=address";

/// The same for C, as both GCC and Clang know it.
const C_FLAGS: &str = "-fsanitize=address -fsanitize-coverage=trace-pc,trace-cmp";

/// What a target may use, in MB; AddressSanitizer keeps up to 256 of it to notice the use of freed memory.
const MEMORY: u32 = 1024;

/// The longest input that is tried, in bytes.
const LONGEST: u32 = 4096;

/// An input that takes longer is a finding, in seconds.
const SLOW: u32 = 30;

/// Of AddressSanitizer, for targets of Rust alone: what finds misuse of the stack and of blocks freed long ago takes a third of
/// their time.
const LIGHT: &str = "detect_stack_use_after_return=0:quarantine_size_mb=16";

/// How long a target may go on after its time, to finish an input and to sum up.
const GRACE: Duration = Duration::from_mins(5);

/// Runs each target whose name contains `filter`, which share the time.
pub(crate) fn run(project: &Project, time: Duration, filter: Option<&str>) -> Result<()> {
    let targets = targets(project, filter.unwrap_or_default())?;
    let program = build(project)?;
    let share = time / u32::try_from(targets.len())?;
    let mut outcomes = Vec::new();
    for name in targets {
        let outcome = Target { project, program: &program, name: &name }.run(share)?;
        println!("{outcome}");
        outcomes.push(outcome);
    }
    println!("\n{:<18}{:>14}{:>10}{:>10}{:>10}", "target", "executions", "a second", "coverage", "findings");
    outcomes.iter().for_each(|outcome| println!("{outcome}"));
    println!("{} executions in all", outcomes.iter().map(|outcome| outcome.executions).sum::<u64>());
    ensure!(outcomes.iter().all(|outcome| outcome.findings == 0), "something was found");
    Ok(())
}

/// Each has a folder of seeds.
fn targets(project: &Project, filter: &str) -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(project.fuzz_seeds())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.contains(filter) {
            targets.push(name);
        }
    }
    ensure!(!targets.is_empty(), "no target has '{filter}' in its name");
    targets.sort();
    Ok(targets)
}

/// Builds the program apart from all else, as its flags are for every crate in it; where it is.
fn build(project: &Project) -> Result<PathBuf> {
    eprintln!("Building OpenSSL and dtls-core with AddressSanitizer (minutes, the first time)");
    let host = host()?;
    let folder = project.target().join("fuzz/build");
    let mut cargo = project.cargo();
    cargo.args(["build", "--package", "dtls-fuzz", "--features", "libfuzzer", "--profile", "fuzz"]);
    // With a target named, build scripts and macros stay without these flags.
    cargo.args([OsStr::new("--target"), host.as_ref(), "--target-dir".as_ref(), folder.as_ref()]);
    // Sanitizers are still behind a feature gate in rustc.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", RUST_FLAGS).env("CFLAGS", C_FLAGS);
    let status = cargo.status().context("cannot start cargo")?;
    ensure!(status.success(), "the fuzzer does not build; it needs compilers of C and C++, such as GCC 12");
    Ok(folder.join(host).join("fuzz/dtls-fuzz"))
}

/// The platform that rustc itself runs on.
fn host() -> Result<String> {
    let version = Command::new("rustc").arg("-vV").output().context("cannot start rustc")?;
    let version = String::from_utf8_lossy(&version.stdout);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not tell its platform")
}

struct Target<'a> {
    project: &'a Project,
    program: &'a Path,
    name: &'a str,
}

impl Target<'_> {
    /// Looks for findings for as long as `time`, or until there is one.
    fn run(&self, time: Duration) -> Result<Outcome> {
        let folder = self.project.target().join("fuzz");
        let (corpus, findings) = (folder.join("corpus").join(self.name), folder.join("findings"));
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&findings)?;
        let mut fuzzer = Command::new(self.program);
        fuzzer.env("FUZZ_TARGET", self.name);
        if self.name.starts_with("enet_") {
            fuzzer.env("ASAN_OPTIONS", LIGHT);
        }
        // The second folder is only read.
        fuzzer.args([&corpus, &self.project.fuzz_seeds().join(self.name)]);
        fuzzer.args([
            format!("-max_total_time={}", time.as_secs().max(1)),
            format!("-rss_limit_mb={MEMORY}"),
            format!("-max_len={LONGEST}"),
            format!("-timeout={SLOW}"),
            format!("-artifact_prefix={}/{}-", findings.display(), self.name),
            // From the start inputs may be as long as that: few are tried a second, and short ones do not get far.
            "-len_control=0".to_owned(),
            // It weighs inputs by the rarity of what they reach, which takes longer here than to run them.
            "-entropic=0".to_owned(),
            "-print_final_stats=1".to_owned(),
        ]);

        let process = Process::spawn(fuzzer, None, Instant::now() + time + GRACE)?;
        let bar = ProgressBar::new_spinner().with_message(self.name.to_owned());
        let mut outcome = Outcome { target: self.name.to_owned(), ..Outcome::default() };
        let mut said = Vec::new();
        while let Some(line) = process.next_line().context(self.name.to_owned())? {
            bar.set_message(format!("{}: {line}", self.name));
            outcome.read(&line);
            said.push(line);
        }
        bar.finish_and_clear();
        let status = process.wait()?;
        if !status.success() {
            outcome.findings += 1;
            self.tell(&said);
        }
        Ok(outcome)
    }

    /// Shows what the fuzzer said at last, and how to see it again.
    fn tell(&self, said: &[String]) {
        const LINES: usize = 60;
        said[said.len().saturating_sub(LINES)..].iter().for_each(|line| eprintln!("{line}"));
        if let Some(input) = said.iter().find_map(|line| line.split_once("Test unit written to ")) {
            eprintln!("\nTo run it again: FUZZ_TARGET={} {} {}", self.name, self.program.display(), input.1);
            eprintln!("Then put it into {}", self.project.fuzz_seeds().join(self.name).display());
        }
    }
}

/// What came of a target.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    target: String,
    executions: u64,
    a_second: u64,
    coverage: u64,
    findings: u32,
}

impl Outcome {
    /// Takes note of what libFuzzer says: `#4096 pulse  cov: 210 ft: 305 ...` and `stat::number_of_executed_units: 4711`.
    fn read(&mut self, line: &str) {
        let after = |name: &str| line.split_once(name)?.1.split_whitespace().next()?.parse().ok();
        if let Some(executions) = after("stat::number_of_executed_units:") {
            self.executions = executions;
        }
        if let Some(a_second) = after("stat::average_exec_per_sec:") {
            self.a_second = a_second;
        }
        if let Some(coverage) = after(" ft: ").filter(|_| line.starts_with('#')) {
            self.coverage = coverage;
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, executions, a_second, coverage, findings } = self;
        write!(formatter, "{target:<18}{executions:>14}{a_second:>10}{coverage:>10}{findings:>10}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_at_last_is_the_outcome() {
        let mut outcome = Outcome::default();
        for line in [
            "#2\tINITED cov: 5 ft: 6 corp: 1/1b exec/s: 0 rss: 40Mb",
            "#4096\tpulse  cov: 210 ft: 305 corp: 12/340b lim: 40 exec/s: 2048 rss: 60Mb",
            "stat::number_of_executed_units: 4711",
            "stat::average_exec_per_sec:     2300",
            "stat::new_units_added:          9",
        ] {
            outcome.read(line);
        }
        let expected = Outcome { executions: 4711, a_second: 2300, coverage: 305, ..Outcome::default() };
        assert_eq!(outcome, expected);
    }
}
