//! The packet throttle: how many of the unreliable packets are sent.

use crate::protocol::ThrottleSettings;
use crate::round_trip::RoundTrip;

/// All unreliable packets are sent (`ENET_PEER_PACKET_THROTTLE_SCALE`).
pub(crate) const SCALE: u32 = 32;

/// Spreads the dropped packets (`ENET_PEER_PACKET_THROTTLE_COUNTER`).
const COUNTER: u32 = 7;

/// Falls as round trips take longer than usual, and rises as they do not.
#[derive(Debug)]
pub(crate) struct Throttle {
    /// Of [`SCALE`].
    pub(crate) value: u32,
    /// What bandwidth allows, of [`SCALE`].
    pub(crate) limit: u32,
    pub(crate) counter: u32,
    pub(crate) settings: ThrottleSettings,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { value: SCALE, limit: SCALE, counter: 0, settings: ThrottleSettings::default() }
    }
}

impl Throttle {
    /// Adapts to a measured round trip, in milliseconds (`enet_peer_throttle`).
    pub(crate) fn adapt(&mut self, sample: u64, round_trip: &RoundTrip) {
        if round_trip.last_time <= round_trip.last_variance {
            self.value = self.limit;
        } else if sample <= round_trip.last_time {
            self.value = self.value.saturating_add(self.settings.acceleration).min(self.limit);
        } else if sample > round_trip.last_time + 2 * round_trip.last_variance {
            self.value = self.value.saturating_sub(self.settings.deceleration);
        }
    }

    /// Sets what bandwidth allows.
    pub(crate) fn set_limit(&mut self, limit: u32) {
        self.limit = limit;
        self.value = self.value.min(limit);
    }

    /// Whether the next unreliable packet is to be sent.
    pub(crate) const fn admits(&mut self) -> bool {
        self.counter = (self.counter + COUNTER) % SCALE;
        self.counter <= self.value
    }

    /// What is left of `window_size`.
    pub(crate) fn scale(&self, window_size: u32) -> u64 {
        u64::from(self.value) * u64::from(window_size) / u64::from(SCALE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_round_trips_lower_the_throttle_and_quick_ones_raise_it() {
        let (mut throttle, mut round_trip) = (Throttle::default(), RoundTrip::default());
        round_trip.measure(100, 0, 5000);
        (0..3).for_each(|_| throttle.adapt(201, &round_trip));
        assert_eq!(throttle.value, SCALE - 6);
        throttle.adapt(150, &round_trip);
        assert_eq!(throttle.value, SCALE - 6, "within the variance");
        throttle.adapt(100, &round_trip);
        assert_eq!(throttle.value, SCALE - 4);
        throttle.set_limit(7);
        throttle.adapt(100, &round_trip);
        assert_eq!(throttle.value, 7);
    }

    #[test]
    fn the_throttle_is_the_share_of_packets_that_are_sent() {
        for value in [0, 8, 16, 31, SCALE] {
            let mut throttle = Throttle { value, ..Throttle::default() };
            let sent = (0..SCALE).filter(|_| throttle.admits()).count();
            assert_eq!(sent as u32, (value + 1).min(SCALE));
        }
    }
}
