//! What a peer has measured and counted.

/// Figures of a connection. Names and scales are ENet's (`ENetPeer`), times in milliseconds; epochs count from when the peer
/// was made. The counts are ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Mean loss of reliable packets, of 65,536.
    pub packet_loss: u32,
    /// Its variance.
    pub packet_loss_variance: u32,
    /// When the current measurement of loss began.
    pub packet_loss_epoch: u64,
    /// Mean round trip time of reliable packets.
    pub round_trip_time: u64,
    /// Its variance.
    pub round_trip_time_variance: u64,
    /// The lowest mean of the previous interval.
    pub last_round_trip_time: u64,
    /// The highest variance of the previous interval.
    pub last_round_trip_time_variance: u64,
    /// The share of unreliable packets that are sent, of 32.
    pub packet_throttle: u32,
    /// What bandwidth allows it to be.
    pub packet_throttle_limit: u32,
    /// Spreads the packets that are dropped.
    pub packet_throttle_counter: u32,
    /// When the current interval of the throttle began.
    pub packet_throttle_epoch: u64,
    /// How quickly the throttle rises.
    pub packet_throttle_acceleration: u32,
    /// How quickly it falls.
    pub packet_throttle_deceleration: u32,
    /// The length of its interval.
    pub packet_throttle_interval: u32,
    /// Bytes of reliable packets that are under way.
    pub reliable_data_in_transit: u64,
    /// Bytes of packets that wait to be sent or acknowledged, with their overhead.
    pub queued_data: usize,
    /// Bytes of packets that wait to be complete, to be in order, or to be taken, with their overhead.
    pub waiting_data: usize,
    /// How often a reliable command was sent again.
    pub retransmissions: u64,
    /// Unreliable packets that the throttle dropped.
    pub throttled: u64,
    /// Datagrams with commands that are malformed, too many, or not for the state of the connection.
    pub dropped_malformed: u64,
    /// Datagrams of another connection, or compressed in a way that is not ours.
    pub dropped_foreign: u64,
    /// Commands for which a limit left no room.
    pub dropped_full: u64,
}
