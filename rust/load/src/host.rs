//! A server for clients that are to be measured: it lets them in, and no more.

use std::collections::HashMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use dtls_core::{Accepted, Acceptor, Cookies, Credentials, IoBuffers, ServerConfig, ServerOptions, Session, State};

pub(crate) struct Host {
    socket: UdpSocket,
    acceptor: Acceptor,
    sessions: HashMap<SocketAddr, Session>,
    buffers: IoBuffers,
    /// How many clients were let in so far.
    admitted: usize,
}

impl Host {
    pub(crate) fn new(certificate: &Path, key: &Path) -> Result<Self> {
        let read = |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        let credentials = Credentials::from_pem(&read(key)?, None, &read(certificate)?)?;
        // Without tickets: each client has to verify the certificate.
        let mut options = ServerOptions::default();
        options.credentials = Some(credentials);
        let config = ServerConfig::new(&options, Arc::new(Cookies::new(Instant::now())?))?;
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_read_timeout(Some(Duration::from_millis(10)))?;
        let acceptor = Acceptor::new(config)?;
        Ok(Self { socket, acceptor, sessions: HashMap::new(), buffers: IoBuffers::new(), admitted: 0 })
    }

    pub(crate) fn port(&self) -> Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    /// Serves until so many more clients are connected; how many are.
    pub(crate) fn admit(&mut self, clients: usize, limit: Duration) -> usize {
        let start = Instant::now();
        let before = self.admitted;
        let mut buffer = vec![0; usize::from(u16::MAX)];
        while self.admitted - before < clients && start.elapsed() < limit {
            // What is lost is repeated by the client.
            if let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
                self.receive(from, &buffer[..length]);
                while let Some(datagram) = self.buffers.outgoing().pop() {
                    let _ = self.socket.send_to(datagram, from);
                }
            }
        }
        self.admitted - before
    }

    fn receive(&mut self, from: SocketAddr, datagram: &[u8]) {
        let now = Instant::now();
        match self.sessions.get_mut(&from) {
            None => {
                if let Accepted::Session(session) = self.acceptor.accept(from, datagram, now, &mut self.buffers) {
                    self.sessions.insert(from, *session);
                }
            }
            Some(session) => {
                let handshaking = *session.state() == State::Handshaking;
                session.receive(datagram, now, &mut self.buffers, |_| {});
                match session.state() {
                    State::Connected => self.admitted += usize::from(handshaking),
                    State::Ended(_) => drop(self.sessions.remove(&from)),
                    State::Handshaking => {}
                }
            }
        }
    }
}
