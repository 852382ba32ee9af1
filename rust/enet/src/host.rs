//! What the peers of one server or client share.

use std::sync::Arc;
use std::time::Instant;

use crate::bandwidth::Bandwidth;
use crate::budget::{Budget, HostQueue};
use crate::compression::{Codec, Compression};
use crate::limits::{MAXIMUM_MTU, MINIMUM_MTU};
use crate::outgoing::Outgoing;
use crate::peer::Peer;
use crate::protocol::HEADER_SIZE;
use crate::waiting::Waiting;

/// How a host talks to its peers. ENet's defaults, but for the limits on memory.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HostOptions {
    /// The most channels of a connection, 1 to 255: 255.
    pub channel_limit: u8,
    /// What this host can receive, in bytes a second. 0, the default, is unlimited.
    pub incoming_bandwidth: u32,
    /// What this host can send, in bytes a second. 0, the default, is unlimited.
    pub outgoing_bandwidth: u32,
    /// The largest datagram in bytes, 576 to 4096: 1392.
    pub mtu: u32,
    /// How datagrams are compressed. Both sides must use the same; the default is not at all.
    pub compression: Compression,
    /// The largest packet that is sent or received, in bytes: 16 MiB, which the engine gives as its largest.
    pub maximum_packet_size: usize,
    /// How much of what a peer sends may wait to be complete, to be in order, or to be taken, in bytes: 24 MiB. What is out
    /// of order may take what remains beside one packet of the maximum size, a quarter of that only to fill gaps. ENet's default is 32 MiB, which a peer could
    /// exceed by another packet.
    pub maximum_waiting_data: usize,
    /// The same for all peers together, beyond the [reserve](crate::limits::RESERVED_DATA) of each: 256 MiB. ENet has no
    /// such limit.
    pub maximum_waiting_data_of_host: usize,
    /// How much may wait to be sent to a peer, or to be acknowledged by it, in bytes: 32 MiB. ENet has no such limit.
    pub maximum_queued_data: usize,
    /// The same for all peers together, beyond the reserve of each: 512 MiB. A packet to several peers counts for each.
    pub maximum_queued_data_of_host: usize,
}

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            channel_limit: u8::MAX,
            incoming_bandwidth: 0,
            outgoing_bandwidth: 0,
            mtu: 1392,
            compression: Compression::None,
            maximum_packet_size: 16 << 20,
            maximum_waiting_data: 24 << 20,
            maximum_waiting_data_of_host: 256 << 20,
            maximum_queued_data: 32 << 20,
            maximum_queued_data_of_host: 512 << 20,
        }
    }
}

/// What the peers of one server or client share: options, the buffers in which datagrams are made, and bandwidth.
///
/// A host belongs to one thread. A server with several threads has a host for each, made by
/// [`for_another_thread`](Self::for_another_thread).
#[derive(Debug)]
pub struct Host {
    pub(crate) options: HostOptions,
    pub(crate) codec: Codec,
    pub(crate) bandwidth: Bandwidth,
    /// The datagram that is being made.
    pub(crate) datagram: Vec<u8>,
    waiting: Arc<Budget>,
    queued: HostQueue,
}

impl Host {
    /// A host without peers. Options that are out of range are taken to the nearest value in range.
    pub fn new(mut options: HostOptions, now: Instant) -> Self {
        options.channel_limit = options.channel_limit.max(1);
        options.mtu = options.mtu.clamp(MINIMUM_MTU, MAXIMUM_MTU);
        Self {
            codec: Codec::new(options.compression),
            bandwidth: Bandwidth::new(now),
            datagram: Vec::with_capacity(MAXIMUM_MTU as usize),
            waiting: Arc::new(Budget::new(options.maximum_waiting_data_of_host)),
            queued: HostQueue(Arc::new(Budget::new(options.maximum_queued_data_of_host))),
            options,
        }
    }

    /// A host with the same options, whose peers are driven by another thread. Both share the limits on memory. Each gives
    /// its own peers all the bandwidth.
    #[must_use]
    pub fn for_another_thread(&self, now: Instant) -> Self {
        let (waiting, queued) = (Arc::clone(&self.waiting), self.queued.clone());
        Self { waiting, queued, ..Self::new(self.options.clone(), now) }
    }

    /// Its options, as they are now.
    pub const fn options(&self) -> &HostOptions {
        &self.options
    }

    /// What is queued for all its peers, for another thread that sends to them.
    pub const fn queue(&self) -> &HostQueue {
        &self.queued
    }

    /// Changes how datagrams are compressed from now on (`enet_host_compress`).
    pub fn set_compression(&mut self, compression: Compression) {
        self.options.compression = compression;
        self.codec = Codec::new(compression);
    }

    /// Changes the bandwidth, in bytes a second, 0 for unlimited (`enet_host_bandwidth_limit`). Peers learn of it from
    /// [`throttle_bandwidth`](Self::throttle_bandwidth).
    pub fn set_bandwidth(&mut self, incoming: u32, outgoing: u32) {
        self.options.incoming_bandwidth = incoming;
        self.options.outgoing_bandwidth = outgoing;
        self.bandwidth.is_changed = true;
    }

    /// When [`throttle_bandwidth`](Self::throttle_bandwidth) has something to do, if ever.
    pub fn bandwidth_deadline(&self) -> Option<Instant> {
        self.bandwidth.deadline(&self.options)
    }

    /// Shares the bandwidth among `peers`, which are all of this host, and tells them about changes
    /// (`enet_host_bandwidth_throttle`). Does nothing until [`bandwidth_deadline`](Self::bandwidth_deadline).
    pub fn throttle_bandwidth(&mut self, peers: &mut [&mut Peer], now: Instant) {
        self.bandwidth.throttle(&self.options, peers, now);
    }

    pub(crate) fn outgoing(&self) -> Outgoing {
        Outgoing::new(self.options.maximum_queued_data, Arc::clone(&self.queued.0))
    }

    pub(crate) fn waiting(&self) -> Waiting {
        let options = &self.options;
        Waiting::new(options.maximum_waiting_data, options.maximum_packet_size, Arc::clone(&self.waiting))
    }

    /// Starts a datagram with room for its header.
    pub(crate) fn begin_datagram(&mut self) {
        self.datagram.clear();
        self.datagram.resize(HEADER_SIZE, 0);
    }
}
