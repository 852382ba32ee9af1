//! What a piece of work costs this thread, whoever else is running.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// Adds up the CPU time of pieces of work.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Clock {
    spent: Duration,
}

impl Clock {
    pub(crate) fn time<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let start = now();
        let result = work();
        self.spent += now().saturating_sub(start);
        result
    }

    pub(crate) fn micros(&self) -> f64 {
        self.spent.as_secs_f64() * 1e6
    }
}

pub(crate) fn now() -> Duration {
    // The clock is there on every Linux.
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Into::into)
}
