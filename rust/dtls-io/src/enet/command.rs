//! What the owner of an ENet host asks of an I/O thread.

use dtls_enet::{Compression, Mode};

use crate::key::PeerKey;

/// A command. Packets lie in [`CommandBuffer::bytes`](crate::command_queue::CommandBuffer::bytes).
pub(crate) enum EnetCommand {
    /// Send a packet to one peer.
    Send { to: PeerKey, channel: u8, mode: Mode, length: usize },
    /// Send a packet to several peers, which share its bytes.
    SendToMany { to: Vec<PeerKey>, channel: u8, mode: Mode, length: usize },
    /// End the connection once the other side knows.
    Disconnect(PeerKey),
    /// Compress from now on: on a client, with this peer.
    Compress(Option<PeerKey>, Compression),
    /// The owner has taken a batch of events, so that there is room for others.
    Deliver,
}
