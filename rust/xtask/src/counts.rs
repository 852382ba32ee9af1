//! How many tests passed and failed, by what their runners say at the end.

use std::fmt;
use std::ops::AddAssign;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl Counts {
    /// The closing line of the GDScript runner, and of `cargo xtask test`: `3 passed, 0 failed`.
    pub(crate) fn from_closing_line(line: &str) -> Option<Self> {
        let (passed, failed) = line.strip_suffix(" failed")?.split_once(" passed, ")?;
        Some(Self { passed: passed.parse().ok()?, failed: failed.parse().ok()? })
    }

    /// `test result: ok. 3 passed; 0 failed; 1 ignored; …`
    pub(crate) fn from_libtest(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut counts = counts.split("; ");
        Some(Self {
            passed: counts.next()?.strip_suffix(" passed")?.parse().ok()?,
            failed: counts.next()?.strip_suffix(" failed")?.parse().ok()?,
        })
    }

    /// `Summary [   0.012s] 4 tests run: 3 passed (1 slow), 1 timed out, 0 skipped`
    pub(crate) fn from_nextest(line: &str) -> Option<Self> {
        let summary = line.trim_start().strip_prefix("Summary [")?;
        let (run, results) = summary.split_once("] ")?.1.split_once(" run: ")?;
        let run: u32 = run.split(' ').next()?.parse().ok()?;
        let passed = results.split(' ').next()?.parse().ok()?;
        // A test that did not pass failed: nextest has several words for how.
        Some(Self { passed, failed: run.checked_sub(passed)? })
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed } = self;
        write!(formatter, "{passed} passed, {failed} failed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn counts(passed: u32, failed: u32) -> Option<Counts> {
        Some(Counts { passed, failed })
    }

    #[test]
    fn a_closing_line_stands_alone() {
        let parse = Counts::from_closing_line;
        assert_eq!(parse("12 passed, 3 failed"), counts(12, 3));
        assert_eq!(parse("suite: 12 passed, 3 failed"), None);
        assert_eq!(parse("12 passed, 3 failed, 1 skipped"), None);
        let printed = Counts { passed: 1, failed: 2 }.to_string();
        assert_eq!(parse(&printed), counts(1, 2));
    }

    #[test]
    fn libtest_results_are_read() {
        let parse = Counts::from_libtest;
        let ok = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(parse(ok), counts(3, 0));
        let failed =
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(parse(failed), counts(2, 1));
        assert_eq!(parse("test result::parse ... ok"), None);
    }

    #[test]
    fn nextest_summaries_are_read() {
        let parse = Counts::from_nextest;
        let ok = "     Summary [   0.004s] 1 test run: 1 passed, 0 skipped";
        assert_eq!(parse(ok), counts(1, 0));
        let none = "     Summary [   0.000s] 0 tests run: 0 passed, 7 skipped";
        assert_eq!(parse(none), counts(0, 0));
        let bad = "     Summary [  10.004s] 6 tests run: 3 passed (1 slow, 1 leaky), 2 failed, 1 timed out, 0 skipped";
        assert_eq!(parse(bad), counts(3, 3));
        assert_eq!(parse("  Summary [soon]"), None);
    }
}
