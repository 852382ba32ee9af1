//! dimpl, which like ours leaves sockets to its user, and asks for a cookie before it makes a handshake.
//!
//! It verifies no certificates, which its users do; a server's side has none to verify here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dimpl::crypto::Dtls12CipherSuite;
use dimpl::{Config, Dtls, DtlsCertificate, NamedGroup, Output};

use super::pair::Pair;
use crate::identity::Identity;

/// Larger than any datagram here.
const ROOM: usize = 2048;

pub(crate) struct Other {
    config: Arc<Config>,
    certificate: DtlsCertificate,
}

pub(crate) struct Connected {
    client: Dtls,
    server: Dtls,
}

impl Other {
    pub(crate) fn new(identity: &Identity) -> Result<Self> {
        let config = Config::builder()
            .mtu(1200)
            .require_client_certificate(false)
            .dtls12_cipher_suites(&[Dtls12CipherSuite::ECDHE_ECDSA_AES128_GCM_SHA256])
            .kx_groups(&[NamedGroup::X25519])
            .build()?;
        let certificate = DtlsCertificate {
            certificate: identity.certificate.to_der()?,
            private_key: identity.key.private_key_to_pkcs8()?,
        };
        Ok(Self { config: Arc::new(config), certificate })
    }

    pub(crate) fn connect(&self) -> Result<(Connected, Duration)> {
        let now = Instant::now();
        let mut client = Dtls::new_12(Arc::clone(&self.config), self.certificate.clone(), now);
        client.set_active(true);
        client.handle_timeout(now)?;
        let certificate = self.certificate.clone();
        let start = Instant::now();
        let mut server = Dtls::new_12(Arc::clone(&self.config), certificate, now);
        server.handle_timeout(now)?;
        let mut server_took = start.elapsed();
        loop {
            let (flight, client_done) = drain(&mut client);
            let start = Instant::now();
            for datagram in &flight {
                server.handle_packet(datagram)?;
            }
            let (answers, _) = drain(&mut server);
            server_took += start.elapsed();
            if client_done {
                return Ok((Connected { client, server }, server_took));
            }
            ensure!(!answers.is_empty(), "a handshake in memory does not end");
            for datagram in &answers {
                client.handle_packet(datagram)?;
            }
        }
    }
}

impl Pair for Connected {
    fn seal(&mut self, packet: &[u8]) -> Result<Vec<u8>> {
        self.client.send_application_data(packet)?;
        drain(&mut self.client).0.pop().context("nothing was sealed")
    }

    fn open(&mut self, datagram: Vec<u8>) -> Result<usize> {
        self.server.handle_packet(&datagram)?;
        let mut buffer = [0; ROOM];
        let mut length = 0;
        while let Output::ApplicationData(packet) = self.server.poll_output(&mut buffer) {
            length += packet.len();
        }
        Ok(length)
    }
}

/// The datagrams to send, and whether the connection has come about meanwhile.
fn drain(end: &mut Dtls) -> (Vec<Vec<u8>>, bool) {
    let mut datagrams = Vec::new();
    let mut connected = false;
    let mut buffer = [0; ROOM];
    loop {
        match end.poll_output(&mut buffer) {
            Output::Packet(datagram) => datagrams.push(datagram.to_vec()),
            Output::Connected => connected = true,
            Output::Timeout(_) => return (datagrams, connected),
            _ => {}
        }
    }
}
