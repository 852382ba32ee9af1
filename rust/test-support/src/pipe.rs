//! A stream of datagrams in memory, for OpenSSL without a network.

use std::collections::VecDeque;
use std::io::{self, Read, Write};

/// The datagrams of one end. The owner carries what it writes to the other end.
#[derive(Debug, Default)]
pub struct Pipe {
    /// For this end to read.
    pub incoming: VecDeque<Vec<u8>>,
    /// What it has written.
    pub outgoing: VecDeque<Vec<u8>>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let datagram = self.incoming.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
        let length = datagram.len().min(buffer.len());
        buffer[..length].copy_from_slice(&datagram[..length]);
        Ok(length)
    }
}

impl Write for Pipe {
    fn write(&mut self, datagram: &[u8]) -> io::Result<usize> {
        self.outgoing.push_back(datagram.to_vec());
        Ok(datagram.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
