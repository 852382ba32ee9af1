//! A client and a server in memory, with certificates made for the test.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used)]

pub mod recipe;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dtls_core::{
    Accepted, Acceptor, ClientConfig, ClientOptions, Cookies, Credentials, HandshakeInfo, IoBuffers, ServerConfig,
    ServerOptions, Session, State, Transport, Trust,
};
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::X509;
use recipe::Recipe;

pub const HOST: &str = "game.example";

pub fn client_address() -> SocketAddr {
    "192.0.2.7:40000".parse().unwrap()
}

pub fn p256() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

pub fn rsa2048() -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
}

/// Days from now that a certificate is valid from and to.
pub type Days = std::ops::Range<i64>;

/// A self-signed certificate for [`HOST`], which is its own authority.
pub fn self_signed(key: &PKey<Private>, days: Days) -> X509 {
    Recipe::authority(HOST).dns_names(&[HOST]).key(key.clone()).days(days).self_signed().certificate
}

/// An authority, and a key with its certificate.
pub fn issued(host: &str) -> (X509, Credentials) {
    let root = Recipe::authority(&format!("authority of {host}")).self_signed();
    let own = Recipe::server().common_name(host).dns_names(&[host]).signed_by(&root);
    (root.certificate, credentials(&own.key, &[own.certificate]))
}

/// Server options of a self-signed certificate for [`HOST`], and client options that trust it.
pub fn trusting_pair() -> (ServerOptions, ClientOptions) {
    let key = p256();
    let own = self_signed(&key, -1..1);
    let server =
        ServerOptions { credentials: Some(credentials(&key, std::slice::from_ref(&own))), ..Default::default() };
    (server, ClientOptions { trust: Trust::Anchors(vec![own]), ..Default::default() })
}

pub fn credentials(key: &PKey<Private>, chain: &[X509]) -> Credentials {
    let chain: Vec<u8> = chain.iter().flat_map(|certificate| certificate.to_pem().unwrap()).collect();
    Credentials::from_pem(&key.private_key_to_pem_pkcs8().unwrap(), None, &chain).unwrap()
}

/// A server's acceptor and a client's configuration that trusts it.
pub struct World {
    pub acceptor: Acceptor,
    pub client: ClientConfig,
    pub now: Instant,
}

impl World {
    pub fn new(key: &PKey<Private>) -> Self {
        Self::with(key, Transport::default())
    }

    pub fn with(key: &PKey<Private>, transport: Transport) -> Self {
        let certificate = self_signed(key, -1..1);
        let client =
            ClientOptions { trust: Trust::Anchors(vec![certificate.clone()]), transport, ..Default::default() };
        Self::of(credentials(key, &[certificate]), &client)
    }

    pub fn of(credentials: Credentials, client: &ClientOptions) -> Self {
        let server =
            ServerOptions { credentials: Some(credentials), transport: client.transport, ..Default::default() };
        Self::between(&server, client)
    }

    pub fn between(server: &ServerOptions, client: &ClientOptions) -> Self {
        let now = Instant::now();
        let config = ServerConfig::new(server, Arc::new(Cookies::new(now).unwrap())).unwrap();
        Self { acceptor: Acceptor::new(config).unwrap(), client: ClientConfig::new(client).unwrap(), now }
    }

    /// A handshake that runs as far as it comes.
    pub fn meet(&mut self, host: &str) -> (End, End) {
        let (mut client, mut server) = self.introduce(host);
        exchange(&mut client, &mut server);
        (client, server)
    }

    /// A client whose first ClientHello is under way.
    pub fn connect(&self, host: &str) -> End {
        let mut buffers = IoBuffers::new();
        let session = Session::connect(&self.client, host, self.now, &mut buffers).unwrap();
        End { session, buffers, received: Vec::new() }
    }

    /// Hands one datagram to the acceptor; the answers, and the session if there is one.
    pub fn accept(&mut self, from: SocketAddr, datagram: &[u8]) -> (Option<End>, Vec<Vec<u8>>) {
        let mut buffers = IoBuffers::new();
        let session = match self.acceptor.accept(from, datagram, self.now, &mut buffers) {
            Accepted::Session(session) => Some(*session),
            Accepted::CookieAsked | Accepted::Ignored => None,
        };
        match session {
            Some(session) => (Some(End { session, buffers, received: Vec::new() }), Vec::new()),
            None => (None, drain(&mut buffers)),
        }
    }

    /// The cookie exchange: a client, and the server's session for it, each with its next flight to send.
    pub fn introduce(&mut self, host: &str) -> (End, End) {
        let mut client = self.connect(host);
        loop {
            let mut hellos = client.sent();
            let hello = hellos.remove(0);
            let (server, answers) = self.accept(client_address(), &hello);
            if let Some(server) = server {
                return (client, server);
            }
            for answer in answers {
                client.receive(&answer);
            }
        }
    }

    /// A connected pair.
    pub fn pair(&mut self) -> (End, End) {
        let (client, server) = self.meet(HOST);
        assert_eq!(client.session.state(), &State::Connected);
        assert_eq!(server.session.state(), &State::Connected);
        (client, server)
    }
}

/// One side, with what it received.
pub struct End {
    pub session: Session,
    pub buffers: IoBuffers,
    pub received: Vec<Vec<u8>>,
}

impl End {
    pub fn receive(&mut self, datagram: &[u8]) {
        let received = &mut self.received;
        self.session.receive(datagram, Instant::now(), &mut self.buffers, |packet| received.push(packet.to_vec()));
    }

    pub fn receive_all(&mut self, datagrams: impl IntoIterator<Item = Vec<u8>>) {
        for datagram in datagrams {
            self.receive(&datagram);
        }
    }

    /// Why the session ended; empty while it has not.
    pub fn words(&self) -> String {
        match self.session.state() {
            State::Ended(reason) => reason.to_string(),
            State::Handshaking | State::Connected => String::new(),
        }
    }

    pub fn is_connected(&self) -> bool {
        *self.session.state() == State::Connected
    }

    /// What a handshake that is done led to.
    pub fn handshake_info(&self) -> &HandshakeInfo {
        self.session.handshake_info().unwrap()
    }

    pub fn send(&mut self, packet: &[u8]) {
        self.session.send(packet, &mut self.buffers).unwrap();
    }

    /// What is to be sent.
    pub fn sent(&mut self) -> Vec<Vec<u8>> {
        drain(&mut self.buffers)
    }

    /// Waits until this side's timer has acted.
    pub fn time_out(&mut self) {
        let before = self.buffers.outgoing().len();
        while self.buffers.outgoing().len() == before {
            let deadline = self.session.deadline().expect("a timer runs");
            while Instant::now() < deadline {
                std::thread::park_timeout(deadline - Instant::now());
            }
            self.session.handle_timeout(Instant::now(), &mut self.buffers);
        }
    }
}

pub fn drain(buffers: &mut IoBuffers) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| buffers.outgoing().pop().map(<[u8]>::to_vec)).collect()
}

/// Carries datagrams to and fro until both are silent.
pub fn exchange(a: &mut End, b: &mut End) {
    loop {
        let from_a = a.sent();
        let from_b = b.sent();
        if from_a.is_empty() && from_b.is_empty() {
            return;
        }
        for datagram in from_a {
            b.receive(&datagram);
        }
        for datagram in from_b {
            a.receive(&datagram);
        }
    }
}

/// Timeouts that no test waits for.
pub fn patient() -> Transport {
    Transport { handshake_timeout: Duration::from_secs(3600), ..Transport::default() }
}
