//! Counts of a session.

use std::time::Duration;

/// Counts since the start of the session. They hold no secret and no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Packets that were sent.
    pub packets_sent: u64,
    /// Their bytes, without the overhead of encryption.
    pub bytes_sent: u64,
    /// Packets that were received.
    pub packets_received: u64,
    /// Their bytes.
    pub bytes_received: u64,
    /// Datagrams that were dropped as noise: they were not DTLS, or impossible in the session's state.
    pub dropped_noise: u64,
    /// Records that a connected session dropped: forged, altered, replayed, or late parts of the handshake.
    pub dropped_records: u64,
    /// How often a flight was retransmitted because it was not answered.
    pub retransmissions: u32,
    /// The duration of the handshake, once it is done.
    pub handshake_time: Option<Duration>,
}
