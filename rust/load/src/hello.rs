//! First ClientHellos, as a flood of forged addresses would bring them.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Instant;

use anyhow::{Context as _, Result};
use dtls_core::{ClientConfig, ClientOptions, IoBuffers, Session, Verification};

/// So many ports stay open: long enough for the answers, which else cost the server an ICMP error each, and for no port
/// to be used twice in a row.
const OPEN: usize = 1000;

pub(crate) struct Hellos {
    server: SocketAddr,
    hello: Vec<u8>,
    sockets: VecDeque<UdpSocket>,
    /// Of the ports that were closed: how many there were, and how many had an answer.
    pub(crate) closed: usize,
    pub(crate) answered: usize,
}

impl Hellos {
    pub(crate) fn new(server: SocketAddr) -> Result<Self> {
        let mut options = ClientOptions::default();
        options.verification = Verification::Nothing;
        let config = ClientConfig::new(&options)?;
        let mut buffers = IoBuffers::new();
        Session::connect(&config, "localhost", Instant::now(), &mut buffers)?;
        let hello = buffers.outgoing().pop().context("a client starts with a hello")?.to_vec();
        Ok(Self { server, hello, sockets: VecDeque::new(), closed: 0, answered: 0 })
    }

    /// Sends the same hello from `count` ports.
    pub(crate) fn send(&mut self, count: usize) -> Result<()> {
        for _ in 0..count {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            socket.send_to(&self.hello, self.server)?;
            self.sockets.push_back(socket);
            if self.sockets.len() > OPEN
                && let Some(oldest) = self.sockets.pop_front()
            {
                oldest.set_nonblocking(true)?;
                self.closed += 1;
                self.answered += usize::from(oldest.recv(&mut [0; 64]).is_ok());
            }
        }
        Ok(())
    }
}
