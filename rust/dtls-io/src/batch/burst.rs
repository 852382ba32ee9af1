//! Several datagrams of one length to one peer in one message: UDP_SEGMENT (udp(7), since Linux 4.18).
//!
//! The system's work is then that of one datagram until it leaves, or reaches a socket of the same machine.

use std::io::IoSlice;
use std::ops::Range;
use std::os::fd::AsRawFd as _;

use mio::net::UdpSocket;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrStorage, sendmsg};

use super::packet_info::PacketInfo;
use crate::route::Route;

/// Fewer datagrams cost no more when each is a message of sendmmsg(2).
const FEWEST: usize = 3;

/// Length of the longest datagrams, in bytes, that leave in one message: what an Ethernet frame has room for. The system cuts
/// longer ones into IP fragments, which it does not do with segments.
const LONGEST: usize = 1472;

/// How many bytes a message has room for.
const MESSAGE: usize = 65_000;

/// Whether bursts are sent as segments.
pub(super) struct Bursts {
    is_supported: bool,
}

impl Bursts {
    pub(super) const fn new() -> Self {
        Self { is_supported: true }
    }

    /// The first of the datagrams that can leave in one message, if there are enough of them in a row.
    pub(super) fn find(&self, datagrams: &[(Route, &[u8])]) -> Option<Range<usize>> {
        if !self.is_supported {
            return None;
        }
        let mut start = 0;
        for run in datagrams.chunk_by(|(to, one), (other, next)| one.len() == next.len() && to.remote == other.remote) {
            let length = run[0].1.len();
            if run.len() >= FEWEST && (1..=LONGEST).contains(&length) {
                return Some(start..start + run.len().min(MESSAGE / length));
            }
            start += run.len();
        }
        None
    }

    /// Sends datagrams that [`Bursts::find`] found; how many the system took. It takes none where it makes no segments of
    /// them: they can be sent each on its own then.
    pub(super) fn send(&mut self, socket: &UdpSocket, datagrams: &[(Route, &[u8])]) -> Result<usize, Errno> {
        let (Route { remote, local }, datagram) = datagrams[0];
        let length = datagram.len() as u16; // At most LONGEST.
        let to = remote.map(SockaddrStorage::from);
        let from = local.map(PacketInfo::from);
        let mut control = vec![ControlMessage::UdpGsoSegments(&length)];
        control.extend(from.as_ref().map(PacketInfo::control_message));
        let slices = datagrams.iter().map(|(_, datagram)| IoSlice::new(datagram)).collect::<Vec<_>>();
        match sendmsg(socket.as_raw_fd(), &slices, &control, MsgFlags::MSG_DONTWAIT, to.as_ref()) {
            Ok(_) => Ok(datagrams.len()),
            // The path has room for shorter datagrams only.
            Err(Errno::EMSGSIZE) => Ok(0),
            // An old system, or a network card that computes no checksums.
            Err(Errno::EINVAL | Errno::EIO) => {
                self.is_supported = false;
                Ok(0)
            }
            Err(error) => Err(error),
        }
    }
}
