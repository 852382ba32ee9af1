//! What bounds a hostile peer.
//!
//! | what | bound |
//! |---|---|
//! | packets that wait: unread, out of order, or incomplete | [`HostOptions::maximum_waiting_data`] for each peer, [`HostOptions::maximum_waiting_data_of_host`] for all; each costs [`PACKET_OVERHEAD`] more than its bytes |
//! | packets that it does not acknowledge | [`HostOptions::maximum_queued_data`] for each peer, [`HostOptions::maximum_queued_data_of_host`] for all |
//! | a packet | [`HostOptions::maximum_packet_size`] |
//! | fragments of a packet | none shorter than [`MINIMUM_FRAGMENT`], except the last; memory grows with what arrives, not with what is announced; until it is complete, a packet costs [`INCOMPLETE_OVERHEAD`] |
//! | channels | as many as were agreed on; up to 2 KiB each, if packets have waited there |
//! | commands in a datagram | [`MAXIMUM_PACKET_COMMANDS`] |
//! | acknowledgements that wait | [`MAXIMUM_ACKNOWLEDGEMENTS`]; each command earns 8 bytes |
//! | a datagram, once decompressed | [`MAXIMUM_MTU`] |
//! | retransmissions | each waits twice as long as the one before; a peer that acknowledges nothing is disconnected (`Timeouts`) |
//! | sequence numbers ahead of the newest | seven windows of 4,096 |
//!
//! [`HostOptions::maximum_waiting_data`]: crate::HostOptions::maximum_waiting_data
//! [`HostOptions::maximum_waiting_data_of_host`]: crate::HostOptions::maximum_waiting_data_of_host
//! [`HostOptions::maximum_packet_size`]: crate::HostOptions::maximum_packet_size
//! [`HostOptions::maximum_queued_data`]: crate::HostOptions::maximum_queued_data
//! [`HostOptions::maximum_queued_data_of_host`]: crate::HostOptions::maximum_queued_data_of_host

/// The smallest MTU that peers can agree on, in bytes (`ENET_PROTOCOL_MINIMUM_MTU`).
pub const MINIMUM_MTU: u32 = 576;

/// The largest MTU that peers can agree on, and the largest datagram after decompression, in bytes
/// (`ENET_PROTOCOL_MAXIMUM_MTU`).
pub const MAXIMUM_MTU: u32 = 4096;

/// How many commands a datagram may hold (`ENET_PROTOCOL_MAXIMUM_PACKET_COMMANDS`). ENet sends no more; what follows is
/// dropped here.
pub const MAXIMUM_PACKET_COMMANDS: usize = 32;

/// Of the fragments of a packet, all but the last are at least this long, in bytes: the smallest MTU less the headers and a
/// checksum.
pub const MINIMUM_FRAGMENT: u32 = MINIMUM_MTU - 4 - 24 - 4;

/// How many acknowledgements of one peer wait to be sent. With that many, its next reliable commands are dropped, and it
/// retransmits them.
pub const MAXIMUM_ACKNOWLEDGEMENTS: usize = 4096;

/// What a packet that waits, or a command that is queued, costs in bytes in addition to its payload, so that empty packets
/// are bounded too.
pub const PACKET_OVERHEAD: usize = 128;

/// The same for a packet of which fragments are missing.
pub const INCOMPLETE_OVERHEAD: usize = 384;

/// How much data of each peer may wait, and how much may be queued for it, regardless of what the other peers of its host
/// have, in bytes. So hostile peers that exhaust the host's limits do not silence the others.
pub const RESERVED_DATA: usize = 64 * 1024;
