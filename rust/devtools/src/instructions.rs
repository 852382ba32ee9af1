//! `cargo xtask instructions`: whether an operation takes more instructions than it did.
//!
//! callgrind counts instructions, not time. So what else the machine does changes nothing, and neither does its processor,
//! which is told what it may use.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use xtask::project::Project;

use crate::bench;
use crate::valgrind::copy::Valgrind;

const PROGRAM: &str = "dtls-instructions";

/// What each operation took when the file was written.
const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.csv");

/// An operation, and by how many repetitions two runs differ. What is in both runs, as starting, then counts for nothing.
const OPERATIONS: [(&str, u64); 5] =
    [("handshake", 20), ("seal", 1000), ("seal-and-open", 1000), ("echo", 1000), ("fragment", 1000)];

/// An operation may take so many percent more or less: compilers differ.
const MARGIN: f64 = 3.0;

/// OPENSSL_ia32cap(3): AES-NI, PCLMULQDQ and SSSE3, which every processor has on which games run, and nothing newer.
const PROCESSOR: &str = "0x0200020307808110:0";

/// Counts, and compares with the record, or writes it.
pub(crate) fn run(project: &Project, record: bool) -> Result<()> {
    ensure!(cfg!(all(target_os = "linux", target_arch = "x86_64")), "the counts are those of Linux on x86_64");
    let program = bench::build(project, PROGRAM)?;
    let valgrind = Valgrind::fetch(project)?;
    let mut counts = Vec::new();
    for (operation, repetitions) in OPERATIONS {
        let few = count(&valgrind, &program, operation, repetitions)?;
        let many = count(&valgrind, &program, operation, 2 * repetitions)?;
        counts.push((operation, many.saturating_sub(few) / repetitions));
    }
    if record {
        let lines = counts.iter().map(|(operation, count)| format!("{operation},{count}\n")).collect::<String>();
        return fs::write(RECORD, lines).with_context(|| format!("cannot write {RECORD}"));
    }
    let recorded = fs::read_to_string(RECORD).with_context(|| format!("cannot read {RECORD}"))?;
    let mut is_level = true;
    for (operation, count) in counts {
        let before = recorded_count(&recorded, operation)?;
        let change = (count as f64 / before as f64 - 1.0) * 100.0;
        println!("{operation}: {count} instructions, {change:+.2} % of {before}");
        is_level &= change.abs() <= MARGIN;
    }
    ensure!(
        is_level,
        "a count has changed by more than {MARGIN} %; if that is meant, run `cargo xtask instructions --record`"
    );
    Ok(())
}

/// The instructions of a run of so many repetitions.
fn count(valgrind: &Valgrind, program: &Path, operation: &str, repetitions: u64) -> Result<u64> {
    let mut command = valgrind.command();
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.watch(&mut command, program, &[]);
    command.args([operation, &repetitions.to_string()]).env("OPENSSL_ia32cap", PROCESSOR);
    let output = command.output().context("cannot start valgrind")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{operation} failed: {told}");
    let Some((_, collected)) = told.rsplit_once("Collected :") else { bail!("callgrind tells no count: {told}") };
    let first = collected.split_whitespace().next().context("callgrind tells no count")?;
    first.parse().with_context(|| format!("no count: {first}"))
}

fn recorded_count(recorded: &str, operation: &str) -> Result<u64> {
    let line = recorded.lines().find_map(|line| line.strip_prefix(operation)?.strip_prefix(','));
    line.and_then(|count| count.parse().ok()).with_context(|| format!("{RECORD} lacks {operation}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_recorded_count() -> Result<()> {
        let recorded = fs::read_to_string(RECORD)?;
        for (operation, _) in OPERATIONS {
            assert!(recorded_count(&recorded, operation)? > 0);
        }
        assert_eq!(recorded.lines().count(), OPERATIONS.len());
        assert!(recorded_count("seal-and-open,5\n", "seal").is_err());
        Ok(())
    }
}
