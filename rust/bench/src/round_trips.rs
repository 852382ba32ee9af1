//! How long packets were under way: each carries the time it was sent.

use std::time::{Duration, Instant};

/// What a packet needs for the time; smaller ones go without.
const STAMP: usize = size_of::<u64>();

pub(crate) struct RoundTrips {
    epoch: Instant,
    /// In microseconds.
    times: Vec<u64>,
}

impl RoundTrips {
    pub(crate) fn new() -> Self {
        Self { epoch: Instant::now(), times: Vec::new() }
    }

    /// Forgets what was received.
    pub(crate) fn reset(&mut self) {
        self.times.clear();
    }

    pub(crate) fn stamp(&self, packet: &mut [u8]) {
        if let Some(place) = packet.get_mut(..STAMP) {
            place.copy_from_slice(&self.now().to_le_bytes());
        }
    }

    pub(crate) fn record(&mut self, packet: &[u8]) {
        let sent = packet.first_chunk().map(|stamp| u64::from_le_bytes(*stamp));
        self.times.push(self.now().saturating_sub(sent.unwrap_or(0)));
    }

    pub(crate) fn count(&self) -> usize {
        self.times.len()
    }

    /// The time that this share of the round trips did not exceed.
    pub(crate) fn percentile(&mut self, share: f64) -> Duration {
        self.times.sort_unstable();
        let last = self.times.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        Duration::from_micros(self.times.get(place).copied().unwrap_or(0))
    }

    fn now(&self) -> u64 {
        self.epoch.elapsed().as_micros() as u64
    }
}
