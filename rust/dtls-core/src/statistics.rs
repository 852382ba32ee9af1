//! What a session has done so far, in numbers.

use std::time::Duration;

/// Counts since the session was made. They hold no secret, and nothing that was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Packets that were sealed.
    pub packets_sent: u64,
    /// Their size in bytes, without what encryption adds.
    pub bytes_sent: u64,
    /// Packets that were opened.
    pub packets_received: u64,
    /// Their size in bytes.
    pub bytes_received: u64,
    /// Datagrams that were no DTLS, or not for the session's state: noise.
    pub dropped_noise: u64,
    /// Records that held no application data once connected: forged, altered, seen before, or late parts of the handshake.
    pub dropped_records: u64,
    /// How often a flight of the handshake was sent again because no answer came.
    pub retransmissions: u32,
    /// From the first message of the handshake to the last; none before that.
    pub handshake_time: Option<Duration>,
}
