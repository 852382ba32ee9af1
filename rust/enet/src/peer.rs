//! One end of a connection.

mod connection;
mod receive;
mod send;
mod transmit;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

pub use self::send::SendError;
use crate::bandwidth::Bandwidth;
use crate::channel::Channel;
use crate::event::{Cause, Event};
use crate::host::Host;
use crate::inbox::Inbox;
use crate::outgoing::Outgoing;
pub use crate::outgoing::Timeouts;
use crate::packet_loss::PacketLoss;
use crate::protocol::NO_PEER_ID;
use crate::round_trip::RoundTrip;
use crate::statistics::Statistics;
use crate::throttle::Throttle;
use crate::unsequenced::UnsequencedWindow;

/// `ENET_PEER_PING_INTERVAL`.
const PING_INTERVAL: u64 = 500;

/// Where a connection stands (`ENetPeerState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A server waits for a client's request. ENet has no peer for it yet.
    Accepting,
    /// A client waits for the server's answer.
    Connecting,
    /// A server waits for the client to acknowledge its answer.
    AcknowledgingConnect,
    /// Packets flow.
    Connected,
    /// What was queued is still sent; then the connection ends.
    DisconnectLater,
    /// The other side has yet to acknowledge that the connection ends.
    Disconnecting,
    /// The other side ended the connection, and this one has yet to acknowledge it.
    AcknowledgingDisconnect,
    /// Over, for good.
    Disconnected,
}

/// One end of a connection, driven by its owner:
///
/// 1. hand each datagram of the other side to [`receive`](Self::receive);
/// 2. hand packets to [`send`](Self::send);
/// 3. when [`deadline`](Self::deadline) has come, call [`handle_timeout`](Self::handle_timeout);
/// 4. after these, send what [`poll_transmit`](Self::poll_transmit) returns until it is `None`, and take what
///    [`poll_event`](Self::poll_event) returns.
///
/// Packets that are sent before one `poll_transmit` share datagrams. A peer is over when its
/// [`state`](Self::state) is [`State::Disconnected`] and `poll_transmit` returns `None`. Drop it then, or at any time to
/// forget the connection without a word (`enet_peer_reset`).
pub struct Peer {
    /// The clock of the other fields: milliseconds since then.
    epoch: Instant,
    /// The latest time that the owner passed in.
    now: u64,
    state: State,
    /// The id that the other side expects in headers, once it is known.
    outgoing_peer_id: u16,
    incoming_session: u8,
    outgoing_session: u8,
    connect_id: u32,
    mtu: u32,
    /// How many bytes of reliable packets may be in transit.
    window_size: u32,
    /// Of the other side, in bytes a second; 0 is unlimited.
    pub(crate) incoming_bandwidth: u32,
    /// Of the other side, in bytes a second; 0 is unlimited.
    pub(crate) outgoing_bandwidth: u32,
    /// The bandwidths that the other side was told last.
    pub(crate) told_bandwidth: (u32, u32),
    /// What was queued since bandwidth was shared last, in bytes.
    pub(crate) outgoing_data_total: u64,
    maximum_packet_size: usize,
    channel_count: u8,
    /// The channels that were used so far, at least.
    channels: Vec<Channel>,
    /// The last number of a command without a channel.
    control_sequence: u16,
    outgoing_unsequenced_group: u16,
    incoming_unsequenced: UnsequencedWindow,
    acknowledgements: VecDeque<Acknowledgement>,
    outgoing: Outgoing,
    inbox: Inbox,
    round_trip: RoundTrip,
    pub(crate) throttle: Throttle,
    loss: PacketLoss,
    timeouts: Timeouts,
    ping_interval: u64,
    /// When a command was acknowledged last.
    last_acknowledged: Option<u64>,
    /// What a disconnection that is under way will report.
    disconnect_data: u32,
    counts: Counts,
}

/// An acknowledgement that waits to be sent.
#[derive(Clone, Copy, Debug)]
struct Acknowledgement {
    channel: u8,
    sequence: u16,
    sent_time: u16,
    /// Whether it is the last that this peer sends.
    ends_connection: bool,
}

#[derive(Debug, Default)]
struct Counts {
    retransmissions: u64,
    throttled: u64,
    dropped_malformed: u64,
    dropped_foreign: u64,
    dropped_full: u64,
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Peer").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Peer {
    fn new(host: &Host, state: State, now: Instant) -> Self {
        let options = &host.options;
        Self {
            epoch: now,
            now: 0,
            state,
            outgoing_peer_id: NO_PEER_ID,
            incoming_session: 0xff,
            outgoing_session: 0xff,
            connect_id: 0,
            mtu: options.mtu,
            window_size: connection::window_size(options.outgoing_bandwidth, 0),
            incoming_bandwidth: 0,
            outgoing_bandwidth: 0,
            told_bandwidth: (options.incoming_bandwidth, options.outgoing_bandwidth),
            outgoing_data_total: 0,
            maximum_packet_size: options.maximum_packet_size,
            channel_count: options.channel_limit,
            channels: Vec::new(),
            control_sequence: 0,
            outgoing_unsequenced_group: 0,
            incoming_unsequenced: UnsequencedWindow::default(),
            acknowledgements: VecDeque::new(),
            outgoing: host.outgoing(),
            inbox: Inbox::new(host.waiting()),
            round_trip: RoundTrip::default(),
            throttle: Throttle::default(),
            loss: PacketLoss::default(),
            timeouts: Timeouts::default(),
            ping_interval: PING_INTERVAL,
            last_acknowledged: None,
            disconnect_data: 0,
            counts: Counts::default(),
        }
    }

    /// Where the connection stands. It may have ended without an event: a server's peer before it was connected, and any
    /// peer by [`disconnect_now`](Self::disconnect_now).
    pub const fn state(&self) -> State {
        self.state
    }

    /// How many channels both sides have.
    pub const fn channel_count(&self) -> u8 {
        self.channel_count
    }

    /// The largest packet that leaves in one datagram, in bytes.
    pub const fn maximum_unfragmented_size(&self) -> usize {
        send::fragment_length(self.mtu)
    }

    /// Takes the oldest event.
    pub fn poll_event(&mut self) -> Option<Event<'_>> {
        self.inbox.pop()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout). `None` if never, unless something else happens first.
    pub fn deadline(&self) -> Option<Instant> {
        let milliseconds = match self.state {
            State::Disconnected => None,
            State::Accepting => Some(self.timeouts.maximum.into()),
            _ => {
                let ping = self.ping_time();
                let timeout = self.outgoing.next_timeout();
                ping.into_iter().chain(timeout).min()
            }
        }?;
        self.epoch.checked_add(Duration::from_millis(milliseconds))
    }

    /// Queues what has to be sent at this time: retransmissions and pings. Ends the connection if the other side
    /// acknowledged nothing for too long, or did not ask for a connection at all.
    pub fn handle_timeout(&mut self, now: Instant, host: &mut Host) {
        let now = self.milliseconds(now);
        match self.state {
            State::Disconnected => return,
            State::Accepting => {
                if now >= self.timeouts.maximum.into() {
                    self.state = State::Disconnected;
                }
                return;
            }
            _ => {}
        }
        match self.outgoing.check_timeouts(now, &self.timeouts) {
            Ok(lost) => (0..lost).for_each(|_| self.loss.count_lost()),
            Err(_) if self.state == State::AcknowledgingConnect => self.reset(),
            Err(_) => self.end(0, Cause::TimedOut, &mut host.bandwidth),
        }
        if self.ping_time().is_some_and(|time| time <= now) {
            self.ping();
        }
    }

    /// When a ping is due. `None` while other commands are under way.
    fn ping_time(&self) -> Option<u64> {
        (self.state == State::Connected && self.outgoing.is_empty())
            .then(|| self.last_acknowledged.map_or(0, |time| time + self.ping_interval))
    }

    /// Sets when a peer that acknowledges nothing is given up (`enet_peer_timeout`).
    pub const fn set_timeouts(&mut self, timeouts: Timeouts) {
        self.timeouts = timeouts;
    }

    /// Sets how long after an acknowledgement the peer is asked whether it is still there (`enet_peer_ping_interval`):
    /// 500 ms.
    pub const fn set_ping_interval(&mut self, interval: Duration) {
        self.ping_interval = interval.as_millis() as u64;
    }

    /// Bytes of packets that wait to be sent or acknowledged, with their overhead.
    pub fn queued_data(&self) -> usize {
        self.outgoing.data()
    }

    /// Figures about the connection.
    pub fn statistics(&self) -> Statistics {
        let settings = self.throttle.settings;
        Statistics {
            packet_loss: self.loss.mean,
            packet_loss_variance: self.loss.variance,
            packet_loss_epoch: self.loss.epoch.unwrap_or(0),
            round_trip_time: self.round_trip.time,
            round_trip_time_variance: self.round_trip.variance,
            last_round_trip_time: self.round_trip.last_time,
            last_round_trip_time_variance: self.round_trip.last_variance,
            packet_throttle: self.throttle.value,
            packet_throttle_limit: self.throttle.limit,
            packet_throttle_counter: self.throttle.counter,
            packet_throttle_epoch: self.round_trip.epoch.unwrap_or(0),
            packet_throttle_acceleration: settings.acceleration,
            packet_throttle_deceleration: settings.deceleration,
            packet_throttle_interval: settings.interval,
            reliable_data_in_transit: self.outgoing.in_transit(),
            queued_data: self.outgoing.data(),
            waiting_data: self.inbox.waiting.used(),
            retransmissions: self.counts.retransmissions,
            throttled: self.counts.throttled,
            dropped_malformed: self.counts.dropped_malformed,
            dropped_foreign: self.counts.dropped_foreign,
            dropped_full: self.counts.dropped_full,
        }
    }

    /// Whether packets arrive and leave, or are about to.
    pub(crate) const fn is_connected(&self) -> bool {
        matches!(self.state, State::Connected | State::DisconnectLater)
    }

    /// `now` on the peer's clock, which does not go back.
    fn milliseconds(&mut self, now: Instant) -> u64 {
        self.now = self.now.max(now.saturating_duration_since(self.epoch).as_millis() as u64);
        self.now
    }

    /// The connection is over, and the owner learns of it.
    fn end(&mut self, data: u32, cause: Cause, bandwidth: &mut Bandwidth) {
        self.reset();
        self.inbox.push_disconnected(data, cause);
        bandwidth.is_changed = true;
    }

    /// The connection is over. Events that were not taken stay.
    fn reset(&mut self) {
        self.reset_queues();
        self.state = State::Disconnected;
    }

    /// Forgets what waits to be sent, and what waits to be in order.
    fn reset_queues(&mut self) {
        self.acknowledgements.clear();
        self.outgoing.clear();
        for channel in &mut self.channels {
            channel.incoming.clear(&mut self.inbox);
        }
    }
}
