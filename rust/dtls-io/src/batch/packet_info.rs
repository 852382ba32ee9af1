//! Which of this side's addresses a datagram leaves from: IP_PKTINFO (ip(7)) and IPV6_PKTINFO (ipv6(7)).

use std::net::{IpAddr, Ipv4Addr};

use nix::libc::{in_addr, in_pktinfo, in6_addr, in6_pktinfo};
use nix::sys::socket::ControlMessage;

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
