//! Whether a figure grows with time: a line fitted by least squares.

use std::fmt;

/// How many standard errors a slope may be above zero by chance.
const CONFIDENCE: f64 = 3.0;

pub(crate) struct Trend {
    pub(crate) name: &'static str,
    pub(crate) latest: f64,
    /// Minutes and values.
    points: Vec<(f64, f64)>,
}

/// The slope of a fitted line, and its standard error.
struct Fit {
    mean: f64,
    slope: f64,
    error: f64,
}

impl Trend {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, latest: 0.0, points: Vec::new() }
    }

    pub(crate) fn add(&mut self, minute: f64, value: f64) {
        self.latest = value;
        self.points.push((minute, value));
    }

    /// Sets a value that does not count.
    pub(crate) const fn set_latest(&mut self, value: f64) {
        self.latest = value;
    }

    /// Whether the slope may be zero.
    pub(crate) fn is_level(&self) -> bool {
        let fit = self.fit();
        fit.slope <= CONFIDENCE * fit.error
    }

    fn fit(&self) -> Fit {
        let count = self.points.len() as f64;
        let mean_of = |values: &dyn Fn(&(f64, f64)) -> f64| self.points.iter().map(values).sum::<f64>() / count;
        let (minute, mean) = (mean_of(&|point| point.0), mean_of(&|point| point.1));
        let spread: f64 = self.points.iter().map(|point| (point.0 - minute).powi(2)).sum();
        let slope = self.points.iter().map(|point| (point.0 - minute) * (point.1 - mean)).sum::<f64>() / spread;
        let rest = |point: &(f64, f64)| point.1 - mean - slope * (point.0 - minute);
        let rests: Vec<f64> = self.points.iter().map(rest).collect();
        let squares: f64 = rests.iter().map(|rest| rest.powi(2)).sum();
        // Values close in time resemble each other, so there is less to learn from them than from as many strangers.
        let products: f64 = rests.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let resemblance = if squares > 0.0 { (products / squares).clamp(0.0, 0.99) } else { 0.0 };
        let inflation = (1.0 + resemblance) / (1.0 - resemblance);
        Fit { mean, slope, error: (squares / (count - 2.0) / spread * inflation).sqrt() }
    }
}

impl fmt::Display for Trend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fit { mean, slope, error } = self.fit();
        write!(formatter, "| {} | {mean:.1} | {slope:+.3} | {error:.3} |", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(value: impl Fn(f64) -> f64) -> Trend {
        let mut trend = Trend::new("memory");
        (0..200).map(f64::from).for_each(|minute| trend.add(minute, value(minute)));
        trend
    }

    /// Noise without a trend.
    fn noise(minute: f64) -> f64 {
        (minute * 2.4).sin() * 5.0
    }

    #[test]
    fn a_slope_is_found_in_noise() {
        let growing = trend(|minute| 100.0 + 0.2 * minute + noise(minute));
        assert!((growing.fit().slope - 0.2).abs() < 0.02);
        assert!(!growing.is_level());
    }

    #[test]
    fn noise_and_waves_alone_are_level() {
        assert!(trend(|minute| 100.0 + noise(minute)).is_level());
        assert!(trend(|minute| 100.0 + (minute / 15.0).sin() * 5.0).is_level());
        assert!(trend(|_| 7.0).is_level());
    }
}
