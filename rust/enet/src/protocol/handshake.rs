//! What two peers agree on when they connect.

use super::Reader;

/// What CONNECT and VERIFY_CONNECT have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handshake {
    /// The id that the sender expects in headers.
    pub(crate) peer_id: u16,
    /// As the client sees it: the session in the headers that it receives. 0xff is none yet.
    pub(crate) incoming_session: u8,
    /// As the client sees it: the session in the headers that it sends. 0xff is none yet.
    pub(crate) outgoing_session: u8,
    pub(crate) mtu: u32,
    pub(crate) window_size: u32,
    pub(crate) channel_count: u32,
    /// Of the sender, in bytes a second; 0 is unlimited.
    pub(crate) incoming_bandwidth: u32,
    /// Of the sender, in bytes a second; 0 is unlimited.
    pub(crate) outgoing_bandwidth: u32,
    pub(crate) throttle: ThrottleSettings,
    /// The client draws it, and the server repeats it.
    pub(crate) connect_id: u32,
}

impl Handshake {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            peer_id: reader.u16()?,
            incoming_session: reader.u8()?,
            outgoing_session: reader.u8()?,
            mtu: reader.u32()?,
            window_size: reader.u32()?,
            channel_count: reader.u32()?,
            incoming_bandwidth: reader.u32()?,
            outgoing_bandwidth: reader.u32()?,
            throttle: ThrottleSettings::read(reader)?,
            connect_id: reader.u32()?,
        })
    }

    pub(super) fn write(&self, datagram: &mut Vec<u8>) {
        datagram.extend_from_slice(&self.peer_id.to_be_bytes());
        datagram.extend_from_slice(&[self.incoming_session, self.outgoing_session]);
        for number in [self.mtu, self.window_size, self.channel_count, self.incoming_bandwidth, self.outgoing_bandwidth]
        {
            datagram.extend_from_slice(&number.to_be_bytes());
        }
        self.throttle.write(datagram);
        datagram.extend_from_slice(&self.connect_id.to_be_bytes());
    }
}

/// How quickly a peer drops more, or fewer, of its unreliable packets (`enet_peer_throttle_configure`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThrottleSettings {
    /// In milliseconds: over which the lowest round trip time is measured.
    pub(crate) interval: u32,
    pub(crate) acceleration: u32,
    pub(crate) deceleration: u32,
}

impl Default for ThrottleSettings {
    fn default() -> Self {
        Self { interval: 5000, acceleration: 2, deceleration: 2 }
    }
}

impl ThrottleSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self { interval: reader.u32()?, acceleration: reader.u32()?, deceleration: reader.u32()? })
    }

    pub(super) fn write(&self, datagram: &mut Vec<u8>) {
        for number in [self.interval, self.acceleration, self.deceleration] {
            datagram.extend_from_slice(&number.to_be_bytes());
        }
    }
}
