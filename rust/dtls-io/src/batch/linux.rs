//! recvmmsg(2) and sendmmsg(2).

use std::io::{self, IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;

use mio::net::UdpSocket;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrLike as _, SockaddrStorage, recvmmsg, sendmmsg};

use super::{BATCH, DATAGRAM};

/// The buffers and headers of one thread.
pub(crate) struct Batch {
    buffers: Box<[u8]>,
    incoming: MultiHeaders<SockaddrStorage>,
    outgoing: MultiHeaders<SockaddrStorage>,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self {
            buffers: vec![0; BATCH * DATAGRAM].into_boxed_slice(),
            incoming: MultiHeaders::preallocate(BATCH, None),
            outgoing: MultiHeaders::preallocate(BATCH, None),
        }
    }

    /// Receives what waits, up to [`BATCH`] datagrams; how many there were.
    pub(crate) fn receive(
        &mut self,
        socket: &UdpSocket,
        mut on_datagram: impl FnMut(Option<SocketAddr>, &[u8]),
    ) -> io::Result<usize> {
        let mut chunks = self.buffers.chunks_exact_mut(DATAGRAM);
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] =
            std::array::from_fn(|_| [IoSliceMut::new(chunks.next().unwrap_or_default())]);
        let flags = MsgFlags::MSG_DONTWAIT;
        let messages = recvmmsg(socket.as_raw_fd(), &mut self.incoming, slices.iter_mut(), flags, None)?;
        let mut count = 0;
        for message in messages {
            on_datagram(message.address.and_then(address), message.iovs().next().unwrap_or_default());
            count += 1;
        }
        Ok(count)
    }

    /// Sends up to [`BATCH`] datagrams, each to its address, or on a connected socket to none; how many the system took.
    pub(crate) fn send<'d>(
        &mut self,
        socket: &UdpSocket,
        datagrams: impl Iterator<Item = (Option<SocketAddr>, &'d [u8])>,
    ) -> io::Result<usize> {
        let mut slices = [[IoSlice::new(&[])]; BATCH];
        let mut addresses = [None; BATCH];
        let mut count = 0;
        for (place, (to, datagram)) in datagrams.take(BATCH).enumerate() {
            slices[place] = [IoSlice::new(datagram)];
            addresses[place] = to.map(SockaddrStorage::from);
            count = place + 1;
        }
        let (slices, addresses) = (&slices[..count], &addresses[..count]);
        let flags = MsgFlags::MSG_DONTWAIT;
        match sendmmsg(socket.as_raw_fd(), &mut self.outgoing, slices, addresses, [], flags) {
            Ok(sent) => Ok(sent.count()),
            Err(Errno::EINTR) => Ok(0),
            Err(error) => Err(error.into()),
        }
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
