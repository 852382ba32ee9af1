//! A session's deadlines: retransmissions, and what ends it without a datagram.

use std::time::{Duration, Instant};

use super::{Protocol, Session, State};
use crate::datagram::IoBuffers;
use crate::end_reason::EndReason;

/// The UDP payload of a datagram that every host accepts: 576 bytes (RFC 791), less the longest headers of IPv4 and UDP.
const SAFE_MTU: u16 = 576 - 60 - 8;

/// After this many unanswered flights, their datagrams may be too large for the path.
const TIMEOUTS_BEFORE_SAFE_MTU: u32 = 2;

impl Session {
    /// When to call [`handle_timeout`](Self::handle_timeout). Any other call may change it.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Handshaking => {
                let given_up = self.since + self.transport.handshake_timeout;
                let again = if let Protocol::OpenSsl(openssl) = &self.protocol { openssl.retransmit_at } else { None };
                Some(again.map_or(given_up, |at| at.min(given_up)))
            }
            State::Connected => self.transport.idle_timeout.map(|idle| self.since + idle),
            State::Ended(_) => None,
        }
    }

    /// Retransmits the last flight, or ends the session, if that is due.
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

    /// Sets the idle time-out, unless the options have set one.
    pub fn set_default_idle_timeout(&mut self, timeout: Duration) {
        self.transport.idle_timeout.get_or_insert(timeout);
    }

    /// Handles an ICMP message that the other side's port is closed. Anyone can forge it, so a connected session ends only
    /// if it has received nothing for 5 s.
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
            // A side with another key cannot say so: its alerts cannot be decrypted.
            Protocol::OpenSsl(openssl) if openssl.ssl().psk_identity().is_some() => {
                EndReason::PskHandshakeTimeout(elapsed)
            }
            _ => EndReason::HandshakeTimeout(elapsed),
        }
    }

    /// Retransmits the last flight, if it is due.
    pub(super) fn retransmit(&mut self, now: Instant, buffers: &mut IoBuffers) {
        let Protocol::OpenSsl(openssl) = &mut self.protocol else { return };
        if !openssl.is_flight_due(now) {
            return;
        }
        self.statistics.retransmissions += 1;
        // With NO_QUERY_MTU, OpenSSL never lowers the MTU.
        if self.statistics.retransmissions == TIMEOUTS_BEFORE_SAFE_MTU && self.transport.mtu > SAFE_MTU {
            self.transport.mtu = SAFE_MTU;
            openssl.set_mtu(SAFE_MTU);
        }
        if !openssl.retransmit(now, buffers) {
            self.end(self.handshake_timeout_reason(now.saturating_duration_since(self.since)));
        }
    }
}
