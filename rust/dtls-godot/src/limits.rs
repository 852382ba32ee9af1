//! The limits of a server, in the types of DTLSServerOpenSSL's properties.

use std::time::Duration;

/// The longest time-out: a day, in seconds.
pub(crate) const MAX_TIMEOUT: f64 = 86_400.0;

/// The highest value of a property that counts something.
pub(crate) const MAX_COUNT: i64 = 1 << 20;

/// A server's limits, with their defaults.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_pending_connections: i64,
    pub(crate) max_connections: i64,
    pub(crate) max_queued_bytes: i64,
    /// In seconds; 0 for never.
    pub(crate) idle_timeout: f64,
    pub(crate) io_threads: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_pending_connections: 4096,
            max_connections: 16_384,
            max_queued_bytes: 256 * 1024 * 1024,
            idle_timeout: 120.0,
            io_threads: 1,
        }
    }
}

impl Limits {
    /// The idle time-out, if there is one.
    pub(crate) fn idle_timeout(&self) -> Option<Duration> {
        Duration::try_from_secs_f64(self.idle_timeout).ok().filter(|timeout| !timeout.is_zero())
    }
}

/// Converts a number that was checked to be positive.
pub(crate) fn size(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
