//! Reads what a run of tests prints: its counts, and what must never be in a log.

use crate::counts::Counts;

/// The engine says these without changing its exit code, some of them after the last test.
const FAULTS: [&str; 4] =
    ["SCRIPT ERROR", "Leaked instance", "ObjectDB instances leaked", "resources still in use at exit"];

#[derive(Default)]
pub(crate) struct LogScan {
    counts: Option<Counts>,
    faults: Vec<String>,
}

impl LogScan {
    pub(crate) fn read(&mut self, line: &str) {
        if is_fault(line) {
            self.faults.push(format!("in the log: {line}"));
        }
        if let Some(counts) = Counts::from_closing_line(line) {
            *self.counts.get_or_insert_default() += counts;
        }
    }

    /// What the runners counted, and what is wrong with the run beyond failed tests.
    pub(crate) fn finish(mut self, ended_well: bool) -> (Counts, Vec<String>) {
        let counts = self.counts.unwrap_or_default();
        if self.counts.is_none() {
            self.faults.push("no closing line: the run ended early".into());
        } else if !ended_well && counts.failed == 0 {
            self.faults.push("no test failed, but the run did".into());
        }
        (counts, self.faults)
    }
}

fn is_fault(line: &str) -> bool {
    FAULTS.iter().any(|fault| line.contains(fault)) || (line.contains("RID allocations") && line.contains("leaked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(log: &str, ended_well: bool) -> (Counts, Vec<String>) {
        let mut scan = LogScan::default();
        log.lines().for_each(|line| scan.read(line));
        scan.finish(ended_well)
    }

    #[test]
    fn the_counts_of_all_programs_add_up() {
        let log = "ok one\nWARNING: expected\n1 passed, 0 failed\ntest result: FAILED. 2 passed; 3 failed; 0 ignored";
        let (counts, faults) = scan(log, false);
        assert_eq!(counts, Counts { passed: 3, failed: 3 });
        assert!(faults.is_empty());
    }

    #[test]
    fn what_the_engine_says_of_errors_and_leaks_is_a_fault() {
        for line in [
            "SCRIPT ERROR: Parse Error: Identifier \"Foo\" not declared in the current scope.",
            "Leaked instance: RefCounted:-9223372012628408952 - Resource path: ",
            "WARNING: ObjectDB instances leaked at exit (run with --verbose for details).",
            "ERROR: 3 resources still in use at exit (run with --verbose for details).",
            "ERROR: 1 RID allocations of type 'P11GodotBody3D' were leaked at exit.",
        ] {
            let (_, faults) = scan(&format!("1 passed, 0 failed\n{line}"), true);
            assert_eq!(faults, [format!("in the log: {line}")]);
        }
    }

    #[test]
    fn a_run_without_a_closing_line_is_at_fault() {
        assert_eq!(scan("ok one\n", true).1.len(), 1);
    }

    #[test]
    fn a_crash_after_the_last_test_is_at_fault() {
        assert_eq!(scan("1 passed, 0 failed", false).1.len(), 1);
    }
}
