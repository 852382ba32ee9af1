//! Plain calls, one a datagram.

use std::io;
use std::net::SocketAddr;

use mio::net::UdpSocket;

use super::{BATCH, DATAGRAM};

/// The buffer of one thread.
pub(crate) struct Batch {
    buffer: Box<[u8]>,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self { buffer: vec![0; DATAGRAM].into_boxed_slice() }
    }

    /// Receives what waits, up to [`BATCH`] datagrams; how many there were.
    pub(crate) fn receive(
        &mut self,
        socket: &UdpSocket,
        mut on_datagram: impl FnMut(Option<SocketAddr>, &[u8]),
    ) -> io::Result<usize> {
        for count in 0..BATCH {
            match socket.recv_from(&mut self.buffer) {
                Ok((length, from)) => on_datagram(Some(from), &self.buffer[..length]),
                Err(_) if count > 0 => return Ok(count),
                Err(error) => return Err(error),
            }
        }
        Ok(BATCH)
    }

    /// Sends up to [`BATCH`] datagrams, each to its address, or on a connected socket to none; how many the system took.
    pub(crate) fn send<'d>(
        &mut self,
        socket: &UdpSocket,
        datagrams: impl Iterator<Item = (Option<SocketAddr>, &'d [u8])>,
    ) -> io::Result<usize> {
        let mut count = 0;
        for (to, datagram) in datagrams.take(BATCH) {
            let sent = match to {
                Some(address) => socket.send_to(datagram, address),
                None => socket.send(datagram),
            };
            match sent {
                Ok(_) => count += 1,
                Err(_) if count > 0 => return Ok(count),
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }
}
