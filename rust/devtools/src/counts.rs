//! How many tests passed and failed.

use std::fmt;
use std::ops::AddAssign;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl Counts {
    /// Reads the line that ends a run: `test result: ok. 3 passed; 1 failed; …` from each program of `cargo test`,
    /// `3 passed, 1 failed` from the GDScript runner.
    pub(crate) fn from_closing_line(line: &str) -> Option<Self> {
        let results = match line.strip_prefix("test result: ") {
            Some(result) => result.split_once(". ")?.1,
            None => line,
        };
        let mut results = results.split([',', ';']).map(str::trim_start);
        Some(Self {
            passed: results.next()?.strip_suffix(" passed")?.parse().ok()?,
            failed: results.next()?.strip_suffix(" failed")?.parse().ok()?,
        })
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

    #[test]
    fn the_closing_lines_of_both_runners_are_read_and_no_others() {
        for (line, passed, failed) in [
            ("12 passed, 3 failed", 12, 3),
            ("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s", 3, 0),
            ("test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0s", 2, 1),
        ] {
            assert_eq!(Counts::from_closing_line(line), Some(Counts { passed, failed }), "{line}");
        }
        for line in ["", "suite: 12 passed, 3 failed", "12 passed", "test result::parse ... ok"] {
            assert_eq!(Counts::from_closing_line(line), None, "{line}");
        }
    }
}
