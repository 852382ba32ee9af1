//! Plain calls, one a datagram.

use std::io;

use mio::net::UdpSocket;

use super::{BATCH, DATAGRAM};
use crate::route::Route;

/// The buffer of one thread.
pub(crate) struct Batch {
    buffer: Box<[u8]>,
}

/// Which of its addresses a datagram came to is not asked here: answers leave from the one that the system chooses.
pub(crate) fn tell_local_addresses(_socket: &UdpSocket) -> io::Result<()> {
    Ok(())
}

/// What was granted is all there is.
pub(crate) fn force_receive_buffer(_socket: &socket2::Socket, _bytes: usize) {}

impl Batch {
    pub(crate) fn new() -> Self {
        Self { buffer: vec![0; DATAGRAM].into_boxed_slice() }
    }

    /// Receives what waits, up to [`BATCH`] datagrams; how many there were.
    pub(crate) fn receive(
        &mut self,
        socket: &UdpSocket,
        mut on_datagram: impl FnMut(Route, &[u8]),
    ) -> io::Result<usize> {
        for count in 0..BATCH {
            match socket.recv_from(&mut self.buffer) {
                Ok((length, from)) => {
                    on_datagram(Route { remote: Some(from), local: None }, &self.buffer[..length]);
                }
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
        datagrams: impl Iterator<Item = (Route, &'d [u8])>,
    ) -> io::Result<usize> {
        let mut count = 0;
        for (route, datagram) in datagrams.take(BATCH) {
            let sent = match route.remote {
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
