//! How a connection begins and ends.

use std::time::Instant;

use super::{Peer, State};
use crate::bandwidth::Bandwidth;
use crate::event::Cause;
use crate::host::{Host, HostOptions};
use crate::limits::{MAXIMUM_MTU, MINIMUM_MTU};
use crate::protocol::{Command, CommandHeader, Handshake, NO_CHANNEL, ThrottleSettings};

const MINIMUM_WINDOW_SIZE: u32 = 4096;
const MAXIMUM_WINDOW_SIZE: u32 = 65536;

/// For so much bandwidth, the window grows by the smallest window (`ENET_PEER_WINDOW_SIZE_SCALE`).
const WINDOW_SIZE_SCALE: u32 = 64 * 1024;

/// The id that this side expects in headers: there is one peer for each DTLS session.
pub(super) const PEER_ID: u16 = 0;

/// Sessions are counted with two bits.
const SESSIONS: u8 = 4;

/// How many bytes may be in transit with these bandwidths of sender and receiver, of which 0 is unlimited.
pub(super) fn window_size(outgoing_bandwidth: u32, incoming_bandwidth: u32) -> u32 {
    let bandwidth = match (outgoing_bandwidth, incoming_bandwidth) {
        (0, 0) => return MAXIMUM_WINDOW_SIZE,
        (0, bandwidth) | (bandwidth, 0) => bandwidth,
        (outgoing, incoming) => outgoing.min(incoming),
    };
    clamp_window((bandwidth / WINDOW_SIZE_SCALE).saturating_mul(MINIMUM_WINDOW_SIZE))
}

fn clamp_window(size: u32) -> u32 {
    size.clamp(MINIMUM_WINDOW_SIZE, MAXIMUM_WINDOW_SIZE)
}

/// The session after `current` that differs from `other`.
fn next_session(proposed: u8, other: u8) -> u8 {
    let current = if proposed == 0xff { other } else { proposed };
    let next = current.wrapping_add(1) % SESSIONS;
    if next == other { (next + 1) % SESSIONS } else { next }
}

impl Peer {
    /// Asks a server for a connection (`enet_host_connect`).
    ///
    /// `channel_count` is how many channels the connection has if the server allows it, 1 to 255. `data` is for the server.
    /// `connect_id` is a random number.
    pub fn connect(host: &Host, channel_count: u8, data: u32, connect_id: u32, now: Instant) -> Self {
        let mut peer = Self::new(host, State::Connecting, now);
        peer.channel_count = channel_count.max(1);
        peer.connect_id = connect_id;
        let handshake = peer.handshake(&host.options, peer.window_size);
        peer.queue_control(Command::Connect { handshake: Box::new(handshake), data });
        peer
    }

    /// Waits for a client to ask for a connection. A client that does not ask for 30 s is given up.
    pub fn accept(host: &Host, now: Instant) -> Self {
        Self::new(host, State::Accepting, now)
    }

    fn handshake(&self, options: &HostOptions, window_size: u32) -> Handshake {
        Handshake {
            peer_id: PEER_ID,
            incoming_session: self.incoming_session,
            outgoing_session: self.outgoing_session,
            mtu: self.mtu,
            window_size,
            channel_count: self.channel_count.into(),
            incoming_bandwidth: options.incoming_bandwidth,
            outgoing_bandwidth: options.outgoing_bandwidth,
            throttle: self.throttle.settings,
            connect_id: self.connect_id,
        }
    }

    /// A client asks for a connection. `false` if its request is malformed.
    pub(super) fn handle_connect(&mut self, asked: &Handshake, data: u32, options: &HostOptions) -> bool {
        let Ok(channel_count @ 1..) = u8::try_from(asked.channel_count) else { return false };
        self.state = State::AcknowledgingConnect;
        self.channel_count = channel_count.min(options.channel_limit);
        self.connect_id = asked.connect_id;
        self.outgoing_peer_id = asked.peer_id;
        self.incoming_bandwidth = asked.incoming_bandwidth;
        self.outgoing_bandwidth = asked.outgoing_bandwidth;
        self.throttle.settings = asked.throttle;
        self.disconnect_data = data;
        self.mtu = self.mtu.min(asked.mtu.clamp(MINIMUM_MTU, MAXIMUM_MTU));
        self.window_size = window_size(options.outgoing_bandwidth, asked.incoming_bandwidth);
        self.outgoing_session = next_session(asked.incoming_session, self.outgoing_session);
        self.incoming_session = next_session(asked.outgoing_session, self.incoming_session);

        let their_window = clamp_window(window_size(0, options.incoming_bandwidth).min(asked.window_size));
        let mut answer = self.handshake(options, their_window);
        // As the client sees them.
        (answer.incoming_session, answer.outgoing_session) = (self.outgoing_session, self.incoming_session);
        self.queue_control(Command::VerifyConnect(Box::new(answer)));
        true
    }

    /// The server answers. `false` if it answers another request.
    pub(super) fn handle_verify_connect(&mut self, answer: &Handshake, bandwidth: &mut Bandwidth) -> bool {
        let channel_count = match u8::try_from(answer.channel_count) {
            Ok(count @ 1..) if answer.throttle == self.throttle.settings && answer.connect_id == self.connect_id => {
                count
            }
            _ => {
                self.end(0, Cause::Refused, bandwidth);
                return false;
            }
        };
        // The answer is the acknowledgement of the request, which was the first command.
        self.outgoing.acknowledge(NO_CHANNEL, 1);
        self.channel_count = self.channel_count.min(channel_count);
        self.outgoing_peer_id = answer.peer_id;
        self.incoming_session = answer.incoming_session;
        self.outgoing_session = answer.outgoing_session;
        self.mtu = self.mtu.min(answer.mtu.clamp(MINIMUM_MTU, MAXIMUM_MTU));
        self.window_size = self.window_size.min(clamp_window(answer.window_size));
        self.set_bandwidths(answer.incoming_bandwidth, answer.outgoing_bandwidth, bandwidth);
        self.begin(0, bandwidth);
        true
    }

    /// Packets can be sent from now on.
    pub(super) fn begin(&mut self, data: u32, bandwidth: &mut Bandwidth) {
        self.state = State::Connected;
        self.inbox.push_connected(data);
        bandwidth.is_changed = true;
        bandwidth.has_limited_peers |= self.incoming_bandwidth != 0;
    }

    /// The other side limits what it receives and sends.
    pub(super) const fn set_bandwidths(&mut self, incoming: u32, outgoing: u32, bandwidth: &mut Bandwidth) {
        self.incoming_bandwidth = incoming;
        self.outgoing_bandwidth = outgoing;
        bandwidth.has_limited_peers |= incoming != 0;
    }

    /// The other side ends the connection.
    pub(super) fn handle_disconnect(&mut self, header: CommandHeader, data: u32, bandwidth: &mut Bandwidth) {
        match self.state {
            State::AcknowledgingDisconnect | State::Disconnected | State::Accepting => {}
            State::AcknowledgingConnect => self.reset(),
            State::Connected | State::DisconnectLater if header.wants_acknowledgement => {
                self.reset_queues();
                self.state = State::AcknowledgingDisconnect;
                self.disconnect_data = data;
            }
            State::Connected | State::DisconnectLater | State::Connecting | State::Disconnecting => {
                self.end(data, Cause::Remote, bandwidth);
            }
        }
    }

    /// Ends the connection, and forgets what is queued and what was received (`enet_peer_disconnect`). `data` is for the
    /// other side.
    ///
    /// If packets could be sent, an event tells when the other side has acknowledged it. Otherwise the connection is over.
    pub fn disconnect(&mut self, data: u32) {
        match self.state {
            State::Connected | State::DisconnectLater => {
                self.reset_queues();
                self.inbox.clear();
                self.queue_control(Command::Disconnect { data });
                self.state = State::Disconnecting;
            }
            State::Accepting | State::Connecting | State::AcknowledgingConnect => self.disconnect_now(data),
            State::Disconnecting | State::AcknowledgingDisconnect | State::Disconnected => {}
        }
    }

    /// Ends the connection once what is queued was sent and acknowledged (`enet_peer_disconnect_later`).
    pub fn disconnect_later(&mut self, data: u32) {
        if self.is_connected() && !self.outgoing.is_empty() {
            self.state = State::DisconnectLater;
            self.disconnect_data = data;
        } else {
            self.disconnect(data);
        }
    }

    /// Ends the connection without waiting for the other side, and without an event (`enet_peer_disconnect_now`). The
    /// datagram that tells the other side may be lost.
    pub fn disconnect_now(&mut self, data: u32) {
        let must_tell = !matches!(self.state, State::Accepting | State::Disconnecting | State::Disconnected);
        if self.state != State::Disconnected {
            self.reset();
        }
        self.inbox.clear();
        if must_tell {
            self.queue_unreliable_control(Command::Disconnect { data });
        }
    }

    /// Ends a connection in [`State::DisconnectLater`] if nothing is queued any more.
    pub(super) fn disconnect_if_done(&mut self) {
        if self.state == State::DisconnectLater && self.outgoing.is_empty() {
            self.disconnect(self.disconnect_data);
        }
    }

    /// Sets how quickly both sides adapt their throttles (`enet_peer_throttle_configure`). `interval`, in milliseconds, is
    /// over which round trips are compared; `acceleration` and `deceleration`, of 32, are how much the throttle rises and
    /// falls.
    pub fn throttle_configure(&mut self, interval: u32, acceleration: u32, deceleration: u32) {
        let settings = ThrottleSettings { interval, acceleration, deceleration };
        self.throttle.settings = settings;
        if self.state == State::Connected {
            self.queue_control(Command::ThrottleConfigure(settings));
        }
    }

    /// Asks whether the other side is there (`enet_peer_ping`). Peers do so on their own.
    pub fn ping(&mut self) {
        if self.state == State::Connected {
            self.queue_control(Command::Ping);
        }
    }

    /// Tells the other side how much it may send, and how much this side sends, unless it knows.
    pub(crate) fn tell_bandwidth(&mut self, incoming: u32, outgoing: u32) {
        if self.told_bandwidth != (incoming, outgoing) {
            self.told_bandwidth = (incoming, outgoing);
            self.queue_control(Command::BandwidthLimit { incoming, outgoing });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_follows_the_lower_bandwidth() {
        assert_eq!(window_size(0, 0), 65536);
        assert_eq!(window_size(0, 1), 4096);
        assert_eq!(window_size(3 * 65536, 0), 3 * 4096);
        assert_eq!(window_size(5 * 65536, 2 * 65536), 2 * 4096);
        assert_eq!(window_size(u32::MAX, u32::MAX), 65536);
    }

    #[test]
    fn sessions_advance_and_differ_from_the_one_before() {
        assert_eq!(next_session(0xff, 0xff), 0);
        assert_eq!(next_session(0xff, 0), 1);
        assert_eq!(next_session(3, 0), 1);
        assert_eq!(next_session(1, 0xff), 2);
    }
}
