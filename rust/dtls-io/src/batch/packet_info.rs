//! Which of this side's addresses a message leaves from: IP_PKTINFO (ip(7)) and IPV6_PKTINFO (ipv6(7)).

use std::net::{IpAddr, Ipv4Addr};

use nix::cmsg_space;
use nix::libc::{in_addr, in_pktinfo, in6_addr, in6_pktinfo};
use nix::sys::socket::{ControlMessage, MultiHeaders, SockaddrStorage};

/// The address, as the system takes it.
pub(super) enum PacketInfo {
    V4(in_pktinfo),
    V6(in6_pktinfo),
}

impl PacketInfo {
    pub(super) fn control_message(&self) -> ControlMessage<'_> {
        match self {
            Self::V4(info) => ControlMessage::Ipv4PacketInfo(info),
            Self::V6(info) => ControlMessage::Ipv6PacketInfo(info),
        }
    }
}

impl From<IpAddr> for PacketInfo {
    fn from(ip: IpAddr) -> Self {
        let to_in_addr = |ip: Ipv4Addr| in_addr { s_addr: u32::from_ne_bytes(ip.octets()) };
        match ip {
            IpAddr::V4(ip) => Self::V4(in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: to_in_addr(ip),
                ipi_addr: to_in_addr(Ipv4Addr::UNSPECIFIED),
            }),
            IpAddr::V6(ip) => Self::V6(in6_pktinfo { ipi6_addr: in6_addr { s6_addr: ip.octets() }, ipi6_ifindex: 0 }),
        }
    }
}

/// The headers of outgoing messages, without and with room for this side's address: the system would read what is left empty.
pub(super) struct Headers {
    without: MultiHeaders<SockaddrStorage>,
    v4: MultiHeaders<SockaddrStorage>,
    v6: MultiHeaders<SockaddrStorage>,
}

impl Headers {
    /// The headers of so many messages, with room for `more` bytes of other control messages in each.
    pub(super) fn new(messages: usize, more: usize) -> Self {
        let preallocate = |room: usize| {
            MultiHeaders::preallocate(messages, (room + more > 0).then(|| Vec::with_capacity(room + more)))
        };
        Self {
            without: preallocate(0),
            v4: preallocate(cmsg_space!(in_pktinfo).capacity()),
            v6: preallocate(cmsg_space!(in6_pktinfo).capacity()),
        }
    }

    pub(super) fn with_room_for(&mut self, from: Option<&PacketInfo>) -> &mut MultiHeaders<SockaddrStorage> {
        match from {
            None => &mut self.without,
            Some(PacketInfo::V4(_)) => &mut self.v4,
            Some(PacketInfo::V6(_)) => &mut self.v6,
        }
    }
}
