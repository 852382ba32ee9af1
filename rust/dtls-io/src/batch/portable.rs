//! Plain calls, one a datagram.

use std::io;

use mio::net::UdpSocket;

use super::{BATCH, DATAGRAM};
use crate::route::Route;

/// Room for any UDP datagram, in bytes: Windows makes an error of one that is cut, and does not say who sent it.
const LONGEST: usize = 64 * 1024;

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
        Self { buffer: vec![0; LONGEST].into_boxed_slice() }
    }

    /// Receives what waits, up to [`BATCH`] datagrams; how many there were. Fails at the first read that fails: its error
    /// is told once, and may concern the datagrams before it as little as those behind it.
    pub(crate) fn receive(
        &mut self,
        socket: &UdpSocket,
        mut on_datagram: impl FnMut(Route, &[u8]),
    ) -> io::Result<usize> {
        for _ in 0..BATCH {
            let (length, from) = socket.recv_from(&mut self.buffer)?;
            let datagram = &self.buffer[..length.min(DATAGRAM)];
            on_datagram(Route { remote: Some(from), local: None }, datagram);
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
