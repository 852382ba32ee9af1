//! How far a download or an unpacking is, in lines: cargo draws its own progress on the same terminal meanwhile.

pub(crate) struct Progress {
    what: &'static str,
    tenths: u64,
}

impl Progress {
    pub(crate) fn new(what: &'static str) -> Self {
        Self { what, tenths: 0 }
    }

    /// Prints a line for every tenth of the whole.
    pub(crate) fn reach(&mut self, done: u64, whole: u64) {
        if let Some(percent) = self.next(done, whole) {
            eprintln!("{}: {percent} %", self.what);
        }
    }

    fn next(&mut self, done: u64, whole: u64) -> Option<u64> {
        let tenths = 10 * done / whole;
        let is_news = tenths > self.tenths;
        self.tenths = tenths.max(self.tenths);
        is_news.then_some(10 * tenths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tenth_is_told_once() {
        let mut progress = Progress::new("Packages");
        let told: Vec<_> = [0, 3, 12, 19, 18, 51, 100, 100].map(|done| progress.next(done, 100)).to_vec();
        assert_eq!(told, [None, None, Some(10), None, None, Some(50), Some(100), None]);
    }
}
