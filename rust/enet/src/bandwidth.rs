//! Shares a host's bandwidth among its peers.

use std::time::{Duration, Instant};

use crate::host::HostOptions;
use crate::peer::Peer;
use crate::throttle::SCALE;

/// `ENET_HOST_BANDWIDTH_THROTTLE_INTERVAL`.
const INTERVAL: Duration = Duration::from_secs(1);

/// When bandwidth was shared last, and whether there is a reason to do it again.
#[derive(Debug)]
pub(crate) struct Bandwidth {
    epoch: Instant,
    /// Whether peers came or went, or the host's limits changed.
    pub(crate) is_changed: bool,
    /// Whether a peer limits, or has limited, what it receives.
    pub(crate) has_limited_peers: bool,
}

impl Bandwidth {
    pub(crate) const fn new(now: Instant) -> Self {
        Self { epoch: now, is_changed: false, has_limited_peers: false }
    }

    pub(crate) fn deadline(&self, options: &HostOptions) -> Option<Instant> {
        let has_reason = self.is_changed || self.has_limited_peers || options.outgoing_bandwidth != 0;
        has_reason.then(|| self.epoch + INTERVAL)
    }

    pub(crate) fn throttle(&mut self, options: &HostOptions, peers: &mut [&mut Peer], now: Instant) {
        if self.deadline(options).is_none_or(|deadline| now < deadline) {
            return;
        }
        let elapsed = (now - self.epoch).as_millis() as u64;
        self.epoch = now;
        let mut peers: Vec<_> = peers.iter_mut().map(|peer| &mut **peer).filter(|peer| peer.is_connected()).collect();
        limit_throttles(options, &mut peers, elapsed);
        if self.is_changed {
            tell_limits(options, &mut peers);
        }
        self.is_changed = false;
        self.has_limited_peers = peers.iter().any(|peer| peer.incoming_bandwidth != 0);
    }
}

/// Lowers the throttles of peers so that neither what they receive nor what the host sends exceeds its limit. What a limited
/// peer cannot use is left to the others.
fn limit_throttles(options: &HostOptions, peers: &mut [&mut Peer], elapsed: u64) {
    let in_interval = |bandwidth: u32| u64::from(bandwidth) * elapsed / 1000;
    let (mut data_total, mut bandwidth) = if options.outgoing_bandwidth == 0 {
        (0, 0)
    } else {
        (peers.iter().map(|peer| peer.outgoing_data_total).sum(), in_interval(options.outgoing_bandwidth))
    };
    let share = |data_total: u64, bandwidth: u64| {
        if data_total <= bandwidth { SCALE } else { (bandwidth * u64::from(SCALE) / data_total) as u32 }
    };
    let (mut limited, mut rest): (Vec<_>, Vec<_>) = peers.iter_mut().partition(|peer| peer.incoming_bandwidth != 0);
    loop {
        let throttle = share(data_total, bandwidth);
        let count = limited.len();
        limited.retain_mut(|peer| {
            let peer_bandwidth = in_interval(peer.incoming_bandwidth);
            if u64::from(throttle) * peer.outgoing_data_total / u64::from(SCALE) <= peer_bandwidth {
                return true;
            }
            peer.throttle.set_limit(share(peer.outgoing_data_total, peer_bandwidth).max(1));
            peer.outgoing_data_total = 0;
            bandwidth = bandwidth.saturating_sub(peer_bandwidth);
            data_total = data_total.saturating_sub(peer_bandwidth);
            false
        });
        if limited.len() == count {
            break;
        }
    }
    let throttle = share(data_total, bandwidth);
    for peer in limited.iter_mut().chain(&mut rest) {
        peer.throttle.set_limit(throttle);
        peer.outgoing_data_total = 0;
    }
}

/// Tells each peer how much of the host's incoming bandwidth it may use, if that is news. What peers that send less leave is
/// for the others.
fn tell_limits(options: &HostOptions, peers: &mut [&mut Peer]) {
    let mut bandwidth = options.incoming_bandwidth;
    let mut rest: Vec<_> = peers.iter_mut().collect();
    let mut limit = 0;
    while bandwidth != 0 && !rest.is_empty() {
        limit = bandwidth / rest.len() as u32;
        let count = rest.len();
        rest.retain_mut(|peer| {
            // ENet tells peers that limit nothing themselves that nothing is limited.
            if peer.outgoing_bandwidth == 0 || peer.outgoing_bandwidth >= limit {
                return true;
            }
            peer.tell_bandwidth(peer.outgoing_bandwidth, options.outgoing_bandwidth);
            bandwidth = bandwidth.saturating_sub(peer.outgoing_bandwidth);
            false
        });
        if rest.len() == count {
            break;
        }
    }
    for peer in rest {
        peer.tell_bandwidth(limit, options.outgoing_bandwidth);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::Host;

    /// Peers of `host` that limit what they receive and send to these.
    fn peers(host: &mut Host, limits: &[(u32, u32)], now: Instant) -> Vec<Peer> {
        let connected = limits.iter().map(|(incoming, outgoing)| {
            let options =
                HostOptions { incoming_bandwidth: *incoming, outgoing_bandwidth: *outgoing, ..Default::default() };
            let mut other = Host::new(options, now);
            let mut client = Peer::connect(&other, 1, 2, 3, now);
            let mut peer = Peer::accept(host, now);
            for _ in 0..2 {
                while let Some(datagram) = client.poll_transmit(now, &mut other) {
                    peer.receive(datagram, now, host);
                }
                while let Some(datagram) = peer.poll_transmit(now, host) {
                    client.receive(datagram, now, &mut other);
                }
            }
            assert!(peer.is_connected());
            peer
        });
        connected.collect()
    }

    fn throttle(host: &mut Host, peers: &mut [Peer], now: Instant) {
        host.throttle_bandwidth(&mut peers.iter_mut().collect::<Vec<_>>(), now);
    }

    #[test]
    fn what_a_limited_peer_cannot_use_is_left_to_the_others() {
        let now = Instant::now();
        let options = HostOptions { outgoing_bandwidth: 10_000, ..Default::default() };
        let mut host = Host::new(options, now);
        let mut peers = peers(&mut host, &[(1000, 0), (0, 0), (0, 0)], now);
        for peer in &mut peers {
            peer.outgoing_data_total = 8000;
        }
        let deadline = host.bandwidth_deadline().unwrap();
        assert_eq!(deadline, now + INTERVAL);
        throttle(&mut host, &mut peers, deadline);
        let limits: Vec<u32> = peers.iter().map(|peer| peer.throttle.limit).collect();
        // An eighth for the first. The others share 9,000 bytes for what is counted as 23,000.
        assert_eq!(limits, [32 / 8, 9000 * 32 / 23_000, 9000 * 32 / 23_000]);

        // With less to send, all is sent again.
        throttle(&mut host, &mut peers, deadline + INTERVAL);
        assert!(peers.iter().all(|peer| peer.throttle.limit == SCALE));
    }

    #[test]
    fn peers_are_told_their_share_of_the_incoming_bandwidth_once() {
        let now = Instant::now();
        let options = HostOptions { incoming_bandwidth: 10_000, ..Default::default() };
        let mut host = Host::new(options, now);
        let mut peers = peers(&mut host, &[(0, 1000), (0, 0), (0, 50_000)], now);
        for _ in 0..2 {
            let deadline = host.bandwidth_deadline().unwrap();
            throttle(&mut host, &mut peers, deadline);
            let told: Vec<u32> = peers.iter().map(|peer| peer.told_bandwidth.0).collect();
            assert_eq!(told, [1000, 4500, 4500]);
            host.bandwidth.is_changed = true;
        }
        let commands: Vec<usize> =
            peers.iter_mut().map(|peer| peer.poll_transmit(now, &mut host).map_or(0, <[u8]>::len)).collect();
        assert_eq!(commands, [4 + 12; 3]);
    }

    #[test]
    fn a_host_without_limits_has_nothing_to_do_once_peers_came_and_went() {
        let now = Instant::now();
        let mut host = Host::new(HostOptions::default(), now);
        assert_eq!(host.bandwidth_deadline(), None);
        let mut peers = peers(&mut host, &[(0, 0)], now);
        let deadline = host.bandwidth_deadline().unwrap();
        throttle(&mut host, &mut peers, deadline);
        assert_eq!(host.bandwidth_deadline(), None);
        assert_eq!(peers[0].poll_transmit(now, &mut host), None);
    }
}
