//! How many reliable packets are lost.

/// Everything was lost (`ENET_PEER_PACKET_LOSS_SCALE`).
const SCALE: u32 = 1 << 16;

/// In milliseconds (`ENET_PEER_PACKET_LOSS_INTERVAL`).
const INTERVAL: u64 = 10_000;

/// The mean share of lost packets, of [`SCALE`].
#[derive(Debug, Default)]
pub(crate) struct PacketLoss {
    pub(crate) mean: u32,
    pub(crate) variance: u32,
    /// When the current interval began.
    pub(crate) epoch: Option<u64>,
    sent: u32,
    lost: u32,
}

impl PacketLoss {
    pub(crate) const fn count_sent(&mut self) {
        self.sent = self.sent.saturating_add(1);
    }

    pub(crate) const fn count_lost(&mut self) {
        self.lost = self.lost.saturating_add(1);
    }

    /// Ends an interval that is over.
    pub(crate) fn update(&mut self, now: u64) {
        let Some(epoch) = self.epoch else {
            self.epoch = Some(now);
            return;
        };
        if now - epoch < INTERVAL || self.sent == 0 {
            return;
        }
        let loss = (u64::from(self.lost) * u64::from(SCALE) / u64::from(self.sent)).min(SCALE.into()) as u32;
        self.variance = (self.variance * 3 + loss.abs_diff(self.mean)) / 4;
        self.mean = (self.mean * 7 + loss) / 8;
        (self.epoch, self.sent, self.lost) = (Some(now), 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_moves_by_an_eighth_after_each_interval() {
        let mut loss = PacketLoss::default();
        loss.update(0);
        (0..10).for_each(|_| loss.count_sent());
        (0..5).for_each(|_| loss.count_lost());
        loss.update(INTERVAL - 1);
        assert_eq!(loss.mean, 0);
        loss.update(INTERVAL);
        assert_eq!((loss.mean, loss.variance), (SCALE / 2 / 8, SCALE / 2 / 4));
        (0..10).for_each(|_| loss.count_sent());
        loss.update(2 * INTERVAL);
        assert_eq!(loss.mean, SCALE / 16 * 7 / 8);
    }
}
