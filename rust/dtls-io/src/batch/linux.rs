//! recvmmsg(2) and sendmmsg(2).

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};

use mio::net::UdpSocket;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::libc::in6_pktinfo;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, MultiHeaders, RecvMsg, SockaddrLike as _, SockaddrStorage, recvmmsg, sendmmsg,
    setsockopt, sockopt,
};

use super::burst::{Bursts, Plan};
use super::packet_info::{Headers, PacketInfo};
use super::{BATCH, DATAGRAM};
use crate::route::Route;

/// The buffers and headers of one thread.
pub(crate) struct Batch {
    buffers: Box<[u8]>,
    incoming: MultiHeaders<SockaddrStorage>,
    outgoing: Headers,
    bursts: Bursts,
}

/// Has the system tell which of its addresses each datagram came to.
pub(crate) fn tell_local_addresses(socket: &UdpSocket) -> io::Result<()> {
    if socket.local_addr()?.is_ipv6() {
        setsockopt(socket, sockopt::Ipv6RecvPacketInfo, &true)?;
    } else {
        setsockopt(socket, sockopt::Ipv4PacketInfo, &true)?;
    }
    Ok(())
}

/// Has a receive buffer of `bytes` whatever net.core.rmem_max says, where the process may (CAP_NET_ADMIN): a flood fills the
/// usual one within milliseconds, and players' packets are lost then.
pub(crate) fn force_receive_buffer(socket: &impl AsFd, bytes: usize) {
    // Without the right to it there is what was granted.
    let _ = setsockopt(socket, sockopt::RcvBufForce, &bytes);
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self {
            buffers: vec![0; BATCH * DATAGRAM].into_boxed_slice(),
            // The system leaves the room that it used: as much as a socket's next datagrams need, as all bring the same.
            incoming: MultiHeaders::preallocate(BATCH, Some(cmsg_space!(in6_pktinfo))),
            outgoing: Headers::new(BATCH, 0),
            bursts: Bursts::new(),
        }
    }

    /// Receives what waits, up to [`BATCH`] datagrams; how many there were.
    pub(crate) fn receive(
        &mut self,
        socket: &UdpSocket,
        mut on_datagram: impl FnMut(Route, &[u8]),
    ) -> io::Result<usize> {
        let mut chunks = self.buffers.chunks_exact_mut(DATAGRAM);
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] =
            std::array::from_fn(|_| [IoSliceMut::new(chunks.next().unwrap_or_default())]);
        let flags = MsgFlags::MSG_DONTWAIT;
        let messages = recvmmsg(socket.as_raw_fd(), &mut self.incoming, slices.iter_mut(), flags, None)?;
        let mut count = 0;
        for message in messages {
            let route = Route { remote: message.address.and_then(address), local: local_address(&message) };
            on_datagram(route, message.iovs().next().unwrap_or_default());
            count += 1;
        }
        Ok(count)
    }

    /// Sends up to [`BATCH`] datagrams, each to its address, or on a connected socket to none; how many the system took.
    pub(crate) fn send<'d>(
        &mut self,
        socket: &UdpSocket,
        datagrams: impl Iterator<Item = (Route, &'d [u8])>,
    ) -> io::Result<usize> {
        let mut gathered = [(Route::default(), [].as_slice()); BATCH];
        let mut count = 0;
        for datagram in datagrams.take(BATCH) {
            gathered[count] = datagram;
            // One call sends from one address.
            if datagram.0.local != gathered[0].0.local {
                break;
            }
            count += 1;
        }
        let gathered = &gathered[..count];
        let sent = match self.bursts.plan(socket, gathered) {
            Plan::Each(count) => self.send_each(socket, &gathered[..count]),
            Plan::Segments(count) => match self.bursts.send(socket, &gathered[..count]) {
                sent @ (Ok(_) | Err(Errno::EAGAIN | Errno::EINTR)) => sent,
                // The path has room for shorter datagrams only, or a firewall refuses the message but may let each datagram
                // through. If the first is refused, too, it is lost, and the others are tried as segments again.
                Err(_) => self.send_each(socket, &gathered[..count]),
            },
        };
        match sent {
            Ok(sent) => Ok(sent),
            Err(Errno::EINTR) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends datagrams from one address, each in a message of its own.
    fn send_each(&mut self, socket: &UdpSocket, datagrams: &[(Route, &[u8])]) -> Result<usize, Errno> {
        let mut slices = [[IoSlice::new(&[])]; BATCH];
        let mut addresses = [None; BATCH];
        for (place, (route, datagram)) in datagrams.iter().enumerate() {
            slices[place] = [IoSlice::new(datagram)];
            addresses[place] = route.remote.map(SockaddrStorage::from);
        }
        let from = datagrams.first().and_then(|(route, _)| route.local).map(PacketInfo::from);
        let headers = self.outgoing.with_room_for(from.as_ref());
        let control = from.as_ref().map(PacketInfo::control_message);
        let (slices, addresses) = (&slices[..datagrams.len()], &addresses[..datagrams.len()]);
        let flags = MsgFlags::MSG_DONTWAIT;
        Ok(sendmmsg(socket.as_raw_fd(), headers, slices, addresses, control.as_slice(), flags)?.count())
    }
}

fn address(storage: SockaddrStorage) -> Option<SocketAddr> {
    if storage.len() == 0 {
        return None;
    }
    storage
        .as_sockaddr_in()
        .map(|v4| SocketAddr::V4((*v4).into()))
        .or_else(|| storage.as_sockaddr_in6().map(|v6| SocketAddr::V6((*v6).into())))
}

/// This side's address that `message` came to, where the system tells it (ip(7), ipv6(7)).
fn local_address(message: &RecvMsg<'_, '_, SockaddrStorage>) -> Option<IpAddr> {
    message.cmsgs().ok()?.find_map(|control| match control {
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            Some(IpAddr::V4(Ipv4Addr::from(info.ipi_spec_dst.s_addr.to_ne_bytes())))
        }
        ControlMessageOwned::Ipv6PacketInfo(info) => Some(IpAddr::V6(Ipv6Addr::from(info.ipi6_addr.s6_addr))),
        _ => None,
    })
}
