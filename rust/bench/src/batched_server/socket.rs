//! recvmmsg(2) and sendmmsg(2).

use std::io::{IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd as _;

use anyhow::Result;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmmsg, setsockopt, sockopt};

/// Datagrams of a call.
const BATCH: usize = 64;

/// The largest datagram.
const DATAGRAM: usize = 2048;

/// Room for all that comes between two frames.
const RECEIVE_BUFFER: usize = 4 << 20;

pub(crate) struct Socket {
    socket: UdpSocket,
    buffers: Box<[u8]>,
    incoming: MultiHeaders<SockaddrIn>,
    outgoing: MultiHeaders<SockaddrIn>,
    queue: Vec<(SocketAddrV4, Vec<u8>)>,
}

impl Socket {
    pub(crate) fn new() -> Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        // Who may not force it has what is granted.
        if setsockopt(&socket, sockopt::RcvBufForce, &RECEIVE_BUFFER).is_err() {
            setsockopt(&socket, sockopt::RcvBuf, &RECEIVE_BUFFER)?;
        }
        Ok(Self {
            socket,
            buffers: vec![0; BATCH * DATAGRAM].into_boxed_slice(),
            incoming: MultiHeaders::preallocate(BATCH, None),
            outgoing: MultiHeaders::preallocate(BATCH, None),
            queue: Vec::new(),
        })
    }

    pub(crate) fn port(&self) -> Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    /// Takes all datagrams that wait.
    pub(crate) fn receive(&mut self, mut on_datagram: impl FnMut(SocketAddrV4, &[u8]) -> Result<()>) -> Result<()> {
        loop {
            let mut chunks = self.buffers.chunks_exact_mut(DATAGRAM);
            let mut slices: [_; BATCH] = std::array::from_fn(|_| [IoSliceMut::new(chunks.next().unwrap_or_default())]);
            let (fd, flags) = (self.socket.as_raw_fd(), MsgFlags::MSG_DONTWAIT);
            let messages = match recvmmsg(fd, &mut self.incoming, slices.iter_mut(), flags, None) {
                Ok(messages) => messages,
                Err(Errno::EAGAIN) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let mut count = 0;
            for message in messages {
                if let (Some(from), Some(datagram)) = (message.address, message.iovs().next()) {
                    on_datagram(from.into(), datagram)?;
                }
                count += 1;
            }
            if count < BATCH {
                return Ok(());
            }
        }
    }

    /// Sends a datagram with those of a batch, at the latest when [flushed](Self::flush).
    pub(crate) fn send(&mut self, to: SocketAddrV4, datagram: Vec<u8>) -> Result<()> {
        self.queue.push((to, datagram));
        if self.queue.len() == BATCH { self.flush() } else { Ok(()) }
    }

    pub(crate) fn flush(&mut self) -> Result<()> {
        let slices: Vec<_> = self.queue.iter().map(|(_, datagram)| [IoSlice::new(datagram)]).collect();
        let addresses: Vec<_> = self.queue.iter().map(|(to, _)| Some(SockaddrIn::from(*to))).collect();
        let mut sent = 0;
        while sent < slices.len() {
            let (slices, addresses) = (&slices[sent..], &addresses[sent..]);
            let fd = self.socket.as_raw_fd();
            sent += sendmmsg(fd, &mut self.outgoing, slices, addresses, [], MsgFlags::empty())?.count();
        }
        self.queue.clear();
        Ok(())
    }
}
