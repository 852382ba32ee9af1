//! What is sent, and how.

use std::sync::Arc;

/// The bytes of a packet. Clones share them, so a packet to thousands of peers is in memory once.
#[derive(Clone)]
pub struct Packet(Arc<[u8]>);

impl std::fmt::Debug for Packet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Packet of {} bytes", self.len())
    }
}

impl From<&[u8]> for Packet {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl std::ops::Deref for Packet {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// How a packet is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Arrives once, after all reliable packets that were sent before it on its channel (`ENET_PACKET_FLAG_RELIABLE`).
    Reliable,
    /// Arrives at most once, and never after a later packet of its channel. Larger packets are sent in unreliable fragments
    /// (`ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT`).
    Unreliable,
    /// Arrives at most once, in any order (`ENET_PACKET_FLAG_UNSEQUENCED`). Larger packets are sent as
    /// [`Unreliable`](Self::Unreliable), and arrive as such.
    Unsequenced,
}
