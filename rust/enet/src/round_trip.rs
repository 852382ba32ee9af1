//! How long packets travel.

/// What is assumed before anything was measured, in milliseconds (`ENET_PEER_DEFAULT_ROUND_TRIP_TIME`).
const DEFAULT: u64 = 500;

/// The mean round trip time, its variance, and their extremes of an interval. All in milliseconds.
#[derive(Debug)]
pub(crate) struct RoundTrip {
    is_measured: bool,
    pub(crate) time: u64,
    pub(crate) variance: u64,
    /// The lowest mean and the highest variance of the previous interval.
    pub(crate) last_time: u64,
    pub(crate) last_variance: u64,
    /// Those of the current one.
    lowest_time: u64,
    highest_variance: u64,
    /// When the current interval began.
    pub(crate) epoch: Option<u64>,
}

impl Default for RoundTrip {
    fn default() -> Self {
        Self {
            is_measured: false,
            time: DEFAULT,
            variance: 0,
            last_time: DEFAULT,
            last_variance: 0,
            lowest_time: DEFAULT,
            highest_variance: 0,
            epoch: None,
        }
    }
}

impl RoundTrip {
    /// Whether there was a measurement.
    pub(crate) const fn is_measured(&self) -> bool {
        self.is_measured
    }

    /// How long to wait for an acknowledgement.
    pub(crate) const fn timeout(&self) -> u64 {
        self.time + 4 * self.variance
    }

    /// Takes a measurement, of at least 1. Intervals have the length `interval`.
    pub(crate) fn measure(&mut self, sample: u64, now: u64, interval: u32) {
        if self.is_measured {
            self.variance -= self.variance / 4;
            let difference = sample.abs_diff(self.time);
            self.variance += difference / 4;
            if sample >= self.time {
                self.time += difference / 8;
            } else {
                self.time -= difference / 8;
            }
        } else {
            self.is_measured = true;
            self.time = sample;
            self.variance = sample.div_ceil(2);
        }
        self.lowest_time = self.lowest_time.min(self.time);
        self.highest_variance = self.highest_variance.max(self.variance);
        if self.epoch.is_none_or(|epoch| now - epoch >= interval.into()) {
            self.last_time = self.lowest_time;
            self.last_variance = self.highest_variance.max(1);
            self.lowest_time = self.time;
            self.highest_variance = self.variance;
            self.epoch = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_measurement_counts_in_full_and_later_ones_by_an_eighth() {
        let mut round_trip = RoundTrip::default();
        assert_eq!(round_trip.timeout(), 500);
        round_trip.measure(100, 0, 5000);
        assert_eq!((round_trip.time, round_trip.variance), (100, 50));
        round_trip.measure(180, 10, 5000);
        assert_eq!((round_trip.time, round_trip.variance), (110, 38 + 20));
        round_trip.measure(30, 20, 5000);
        assert_eq!((round_trip.time, round_trip.variance), (100, 44 + 20));
    }

    #[test]
    fn an_interval_leaves_its_lowest_mean_and_highest_variance() {
        let mut round_trip = RoundTrip::default();
        round_trip.measure(80, 0, 1000);
        assert_eq!((round_trip.last_time, round_trip.last_variance), (80, 40));
        round_trip.measure(160, 500, 1000);
        assert_eq!((round_trip.last_time, round_trip.last_variance), (80, 40));
        round_trip.measure(160, 1000, 1000);
        assert_eq!((round_trip.last_time, round_trip.last_variance), (80, 55));
    }
}
