//! Several datagrams of one length to one peer in one message: UDP_SEGMENT (udp(7), since Linux 4.18).
//!
//! The system's work is then that of one datagram until it leaves, or reaches a socket of the same machine.

use std::io::IoSlice;
use std::os::fd::AsRawFd as _;

use mio::net::UdpSocket;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrStorage, getsockopt, sendmmsg, sockopt};

use super::BATCH;
use super::packet_info::{Headers, PacketInfo};
use crate::route::Route;

/// Two datagrams in a row gain nothing (docs/performance.md).
const FEWEST: usize = 3;

/// How many segments a message has at most. Some older systems refuse 64.
const MOST: usize = 63;

/// Length of the longest segment, in bytes: what an Ethernet frame has room for with IPv6. The system makes IP fragments of
/// longer datagrams, but not of segments.
const LONGEST: usize = 1452;

/// Length of the longest message, in bytes: UDP's largest payload over IPv4.
const MESSAGE: usize = 65_507;

/// How the first of some datagrams leave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// So many, each in a message of its own.
    Each(usize),
    /// So many as the segments of one message.
    Segments(usize),
}

/// The messages of one thread that have segments.
pub(super) struct Bursts {
    /// Whether the system makes segments; unknown before the first burst.
    is_supported: Option<bool>,
    headers: Headers,
}

impl Bursts {
    pub(super) fn new() -> Self {
        Self { is_supported: None, headers: Headers::new(1, cmsg_space!(u16).capacity()) }
    }

    pub(super) fn plan(&mut self, socket: &UdpSocket, datagrams: &[(Route, &[u8])]) -> Plan {
        if self.is_supported == Some(false) {
            return Plan::Each(datagrams.len());
        }
        match plan(datagrams) {
            // An older system would send the whole message as one datagram.
            Plan::Segments(_) if !self.is_supported(socket) => Plan::Each(datagrams.len()),
            plan => plan,
        }
    }

    fn is_supported(&mut self, socket: &UdpSocket) -> bool {
        *self.is_supported.get_or_insert_with(|| getsockopt(socket, sockopt::UdpGsoSegment).is_ok())
    }

    /// Sends datagrams of one length to one peer.
    pub(super) fn send(&mut self, socket: &UdpSocket, datagrams: &[(Route, &[u8])]) -> Result<usize, Errno> {
        let (Route { remote, local }, datagram) = datagrams[0];
        let length = datagram.len() as u16; // At most LONGEST.
        let from = local.map(PacketInfo::from);
        let segments = ControlMessage::UdpGsoSegments(&length);
        let control = [segments, from.as_ref().map_or(segments, PacketInfo::control_message)];
        let control = &control[..1 + usize::from(from.is_some())];
        let mut slices = [IoSlice::new(&[]); BATCH];
        for (slice, (_, datagram)) in slices.iter_mut().zip(datagrams) {
            *slice = IoSlice::new(datagram);
        }
        let message = [&slices[..datagrams.len()]];
        let headers = self.headers.with_room_for(from.as_ref());
        let to = [remote.map(SockaddrStorage::from)];
        sendmmsg(socket.as_raw_fd(), headers, &message, to, control, MsgFlags::MSG_DONTWAIT)?;
        Ok(datagrams.len())
    }
}

/// If a row that can leave as segments comes first, that row, else everything before the first such row.
fn plan(datagrams: &[(Route, &[u8])]) -> Plan {
    let mut before = 0;
    for row in datagrams.chunk_by(|(to, one), (other, next)| one.len() == next.len() && to.remote == other.remote) {
        let length = row[0].1.len();
        if row.len() >= FEWEST && (1..=LONGEST).contains(&length) {
            return if before == 0 {
                Plan::Segments(row.len().min(MOST).min(MESSAGE / length))
            } else {
                Plan::Each(before)
            };
        }
        before += row.len();
    }
    Plan::Each(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plan for datagrams to peers of such ports and of such lengths.
    fn plan_for(datagrams: impl IntoIterator<Item = (u16, usize)>) -> Plan {
        let bytes = [0; 2048];
        let datagrams = datagrams.into_iter().map(|(port, length)| {
            (Route { remote: Some(([127, 0, 0, 1], port).into()), local: None }, &bytes[..length])
        });
        plan(&datagrams.collect::<Vec<_>>())
    }

    #[test]
    fn three_datagrams_of_one_length_to_one_peer_are_segments() {
        assert_eq!(plan_for([(1, 100); 3]), Plan::Segments(3));
        assert_eq!(plan_for([(1, 100); 2]), Plan::Each(2));
        assert_eq!(plan_for([]), Plan::Each(0));
    }

    #[test]
    fn another_peer_or_length_ends_a_row() {
        assert_eq!(plan_for([(1, 100), (1, 100), (1, 100), (2, 100)]), Plan::Segments(3));
        assert_eq!(plan_for([(1, 100), (1, 100), (1, 100), (1, 99)]), Plan::Segments(3));
        assert_eq!(plan_for([(1, 100), (1, 100), (2, 100), (1, 100)]), Plan::Each(4));
        assert_eq!(plan_for([(1, 100), (1, 100), (1, 99), (1, 100)]), Plan::Each(4));
    }

    #[test]
    fn what_comes_before_a_row_leaves_first() {
        assert_eq!(plan_for([(2, 100), (1, 99), (1, 100), (1, 100), (1, 100)]), Plan::Each(2));
    }

    #[test]
    fn segments_fit_into_an_ethernet_frame_and_their_message_into_a_datagram() {
        assert_eq!(plan_for([(1, 1452); 64]), Plan::Segments(45));
        assert_eq!(plan_for([(1, 1453); 64]), Plan::Each(64));
        assert_eq!(plan_for([(1, 13); 64]), Plan::Segments(63));
    }
}
