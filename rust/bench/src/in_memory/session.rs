//! Our sessions, which come through the gate with a real cookie.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dtls_core::{
    Accepted, Acceptor, ClientConfig, ClientOptions, Cookies, IoBuffers, ServerConfig, ServerOptions, Session, State,
    Trust,
};

use super::pair::{CIPHER, Pair};
use crate::identity::{HOST, Identity};

pub(crate) struct Sessions {
    acceptor: Acceptor,
    client: ClientConfig,
}

/// One side, with the buffers of its thread.
struct End {
    session: Session,
    buffers: IoBuffers,
}

pub(crate) struct Connected {
    client: End,
    server: End,
    /// Whoever drives sessions looks at the clock once for many datagrams.
    now: Instant,
}

impl Sessions {
    pub(crate) fn new(identity: Identity) -> Result<Self> {
        let mut server = ServerOptions::default();
        server.credentials = Some(identity.credentials);
        let mut client = ClientOptions::default();
        client.trust = Trust::Anchors(vec![identity.certificate]);
        let cookies = Arc::new(Cookies::new(Instant::now())?);
        Ok(Self { acceptor: Acceptor::new(ServerConfig::new(&server, cookies)?)?, client: ClientConfig::new(&client)? })
    }

    pub(crate) fn connect(&mut self) -> Result<(Connected, Duration)> {
        let address = SocketAddr::from(([192, 0, 2, 7], 40000));
        let mut buffers = IoBuffers::new();
        let session = Session::connect(&self.client, HOST, Instant::now(), &mut buffers)?;
        let mut client = End { session, buffers };
        let mut buffers = IoBuffers::new();
        let mut server = None;
        let mut server_took = Duration::ZERO;
        loop {
            let flight = drain(&mut client.buffers);
            if flight.is_empty() {
                break;
            }
            let start = Instant::now();
            for datagram in &flight {
                let now = Instant::now();
                match &mut server {
                    None => {
                        if let Accepted::Session(session) = self.acceptor.accept(address, datagram, now, &mut buffers) {
                            server = Some(*session);
                        }
                    }
                    Some(session) => session.receive(datagram, now, &mut buffers, |_| {}),
                }
            }
            server_took += start.elapsed();
            for datagram in drain(&mut buffers) {
                client.session.receive(&datagram, Instant::now(), &mut client.buffers, |_| {});
            }
        }
        let server = End { session: server.context("the server accepted nobody")?, buffers };
        ensure!(
            (client.session.state(), server.session.state()) == (&State::Connected, &State::Connected),
            "a handshake in memory does not end"
        );
        let cipher = client.session.handshake_info().map(|handshake_info| handshake_info.cipher());
        ensure!(cipher == Some(CIPHER), "another cipher was negotiated");
        Ok((Connected { client, server, now: Instant::now() }, server_took))
    }
}

impl Pair for Connected {
    fn seal(&mut self, packet: &[u8]) -> Result<Vec<u8>> {
        let End { session, buffers } = &mut self.client;
        session.send(packet, buffers)?;
        Ok(buffers.outgoing().pop().context("nothing was sealed")?.to_vec())
    }

    fn open(&mut self, datagram: Vec<u8>) -> Result<usize> {
        let End { session, buffers } = &mut self.server;
        let mut length = 0;
        session.receive(&datagram, self.now, buffers, |packet| length += packet.len());
        Ok(length)
    }
}

fn drain(buffers: &mut IoBuffers) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| buffers.outgoing().pop().map(<[u8]>::to_vec)).collect()
}
