//! dimpl, which like ours leaves sockets to its user, and asks for a cookie before it makes a handshake.
//!
//! It verifies no certificates, which its users do; a server's side has none to verify here.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dimpl::crypto::Dtls12CipherSuite;
use dimpl::{Config, Dtls, DtlsCertificate, NamedGroup, Output};
use dtls_in_memory::Identity;

use crate::{Implementation, Pair, now};

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

impl Implementation for Other {
    const NAME: &'static str = "dimpl";
    type Pair = Connected;

    fn new() -> Self {
        let identity = Identity::new().unwrap();
        let config = Config::builder()
            .mtu(1200)
            .require_client_certificate(false)
            .dtls12_cipher_suites(&[Dtls12CipherSuite::ECDHE_ECDSA_AES128_GCM_SHA256])
            .kx_groups(&[NamedGroup::X25519]);
        let certificate = DtlsCertificate {
            certificate: identity.certificate.to_der().unwrap(),
            private_key: identity.key.private_key_to_pkcs8().unwrap(),
        };
        Self { config: Arc::new(config.build().unwrap()), certificate }
    }

    fn connect(&mut self) -> (Connected, Duration) {
        let instant = Instant::now();
        let mut client = Dtls::new_12(Arc::clone(&self.config), self.certificate.clone(), instant);
        client.set_active(true);
        client.handle_timeout(instant).unwrap();
        let certificate = self.certificate.clone();
        let start = now();
        let mut server = Dtls::new_12(Arc::clone(&self.config), certificate, instant);
        server.handle_timeout(instant).unwrap();
        let mut server_took = now() - start;
        loop {
            let (flight, client_done) = drain(&mut client);
            let start = now();
            for datagram in &flight {
                server.handle_packet(datagram).unwrap();
            }
            let (answers, _) = drain(&mut server);
            server_took += now() - start;
            if client_done {
                return (Connected { client, server }, server_took);
            }
            assert!(!answers.is_empty(), "the handshake does not end");
            for datagram in &answers {
                client.handle_packet(datagram).unwrap();
            }
        }
    }
}

impl Pair for Connected {
    fn seal(&mut self, packet: &[u8]) {
        self.client.send_application_data(packet).unwrap();
        let mut buffer = [0; ROOM];
        while let Output::Packet(datagram) = self.client.poll_output(&mut buffer) {
            black_box(datagram);
        }
    }

    fn sealed(&mut self, packet: &[u8]) -> Vec<u8> {
        self.client.send_application_data(packet).unwrap();
        drain(&mut self.client).0.remove(0)
    }

    fn open(&mut self, datagram: Vec<u8>) -> usize {
        self.server.handle_packet(&datagram).unwrap();
        let mut buffer = [0; ROOM];
        let mut length = 0;
        while let Output::ApplicationData(packet) = self.server.poll_output(&mut buffer) {
            length += packet.len();
        }
        length
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
