//! A session's deadlines: retransmissions, and what ends it without a datagram.

use std::time::{Duration, Instant};

use super::{Protocol, Session, State};
use crate::datagram::IoBuffers;
use crate::end_reason::EndReason;

/// A UDP payload that every IPv4 and IPv6 path carries unfragmented, less headers: 576 (RFC 791) - 20 - 8.
const SAFE_MTU: u16 = 548;

/// After so many flights without an answer, size may be why.
const TIMEOUTS_BEFORE_SAFE_MTU: u32 = 2;

impl Session {
    /// When [`handle_timeout`](Self::handle_timeout) must be called, if nothing comes before.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Handshaking => {
                let given_up = self.since + self.transport.handshake_timeout;
                Some(self.retransmit_at().map_or(given_up, |at| at.min(given_up)))
            }
            State::Connected => self.transport.idle_timeout.map(|idle| self.since + idle),
            State::Ended(_) => None,
        }
    }

    /// Sends the last flight again, or gives up, if it is time to.
    pub fn handle_timeout(&mut self, now: Instant, buffers: &mut IoBuffers) {
        let elapsed = now.saturating_duration_since(self.since);
        match (&self.state, self.transport.idle_timeout) {
            (State::Handshaking, _) => {
                if elapsed >= self.transport.handshake_timeout {
                    self.end(self.handshake_timeout_reason(self.transport.handshake_timeout));
                } else {
                    self.retransmit(now, buffers);
                }
                self.note_end_of_handshake(now, buffers);
            }
            (State::Connected, Some(idle)) if elapsed >= idle => {
                self.send_close_notify(buffers);
                self.end(EndReason::IdleTimeout(idle));
            }
            _ => {}
        }
    }

    /// Has silence end the session after `timeout`, unless its options say after how long.
    pub fn set_default_idle_timeout(&mut self, timeout: Duration) {
        self.transport.idle_timeout.get_or_insert(timeout);
    }

    /// Takes note that the other side's host says nobody listens there. Anyone can say so, therefore a connected session
    /// ends only after 5 s without a packet.
    pub fn port_unreachable(&mut self, now: Instant) {
        const PATIENCE: Duration = Duration::from_secs(5);
        let believed = match self.state {
            State::Handshaking => true,
            State::Connected => now.saturating_duration_since(self.since) >= PATIENCE,
            State::Ended(_) => false,
        };
        if believed {
            self.end(EndReason::PortUnreachable);
        }
    }

    fn handshake_timeout_reason(&self, elapsed: Duration) -> EndReason {
        match &self.protocol {
            // Whoever holds another key cannot even say so: its records are noise.
            Protocol::OpenSsl(openssl) if openssl.ssl().psk_identity().is_some() => {
                EndReason::PskHandshakeTimeout(elapsed)
            }
            _ => EndReason::HandshakeTimeout(elapsed),
        }
    }

    fn retransmit_at(&self) -> Option<Instant> {
        match &self.protocol {
            Protocol::OpenSsl(openssl) => openssl.retransmit_at,
            Protocol::Established(_) => None,
        }
    }

    fn retransmit(&mut self, now: Instant, buffers: &mut IoBuffers) {
        let Protocol::OpenSsl(openssl) = &mut self.protocol else { return };
        if !openssl.is_flight_due(now) {
            return;
        }
        self.statistics.retransmissions += 1;
        // OpenSSL lets the MTU be while NO_QUERY_MTU is set, so a path that drops large datagrams is ours to notice.
        if self.statistics.retransmissions == TIMEOUTS_BEFORE_SAFE_MTU && self.transport.mtu > SAFE_MTU {
            self.transport.mtu = SAFE_MTU;
            openssl.set_mtu(SAFE_MTU);
        }
        if !openssl.retransmit(now, buffers) {
            self.end(self.handshake_timeout_reason(now.saturating_duration_since(self.since)));
        }
    }
}
