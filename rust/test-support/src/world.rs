//! A server's acceptor and its clients, with certificates that the clients trust.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dtls_core::{
    Accepted, Acceptor, ClientConfig, ClientOptions, Cookies, Credentials, IoBuffers, ServerConfig, ServerOptions,
    Session, Transport, Trust,
};
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use crate::end::{End, drain, exchange};
use crate::recipe::{HOST, Recipe, p256, self_signed};

/// Where the client seems to be (RFC 5737).
pub fn client_address() -> SocketAddr {
    "192.0.2.7:40000".parse().unwrap()
}

/// The key and its certificate with the intermediates after it, as options take them.
pub fn credentials(key: &PKey<Private>, chain: &[X509]) -> Credentials {
    let chain: Vec<u8> = chain.iter().flat_map(|certificate| certificate.to_pem().unwrap()).collect();
    Credentials::from_pem(&key.private_key_to_pem_pkcs8().unwrap(), None, &chain).unwrap()
}

/// An authority, and a key with the certificate that it issued for `host`.
pub fn issued(host: &str) -> (X509, Credentials) {
    let root = Recipe::authority(&format!("authority of {host}")).self_signed();
    let own = Recipe::server().common_name(host).dns_names(&[host]).signed_by(&root);
    (root.certificate, credentials(&own.key, &[own.certificate]))
}

/// Server options of a self-signed certificate for [`HOST`], and client options that trust it.
pub fn trusting_pair() -> (ServerOptions, ClientOptions) {
    let key = p256();
    let own = self_signed(&key, -1..1);
    let mut server = ServerOptions::default();
    server.credentials = Some(credentials(&key, std::slice::from_ref(&own)));
    let mut client = ClientOptions::default();
    client.trust = Trust::Anchors(vec![own]);
    (server, client)
}

/// Timeouts that no test waits for.
pub fn patient() -> Transport {
    let mut transport = Transport::default();
    transport.handshake_timeout = Duration::from_secs(3600);
    transport
}

/// A server's acceptor and a client's configuration that trusts it.
#[derive(Debug)]
pub struct World {
    /// The server.
    pub acceptor: Acceptor,
    /// For any number of clients.
    pub client: ClientConfig,
    /// When the world began. Its sessions start at this time.
    pub now: Instant,
}

impl World {
    /// A self-signed certificate of `key` for [`HOST`], and default options.
    pub fn new(key: &PKey<Private>) -> Self {
        Self::with(key, Transport::default())
    }

    /// The same with `transport` on both sides.
    pub fn with(key: &PKey<Private>, transport: Transport) -> Self {
        let certificate = self_signed(key, -1..1);
        let mut client = ClientOptions::default();
        client.trust = Trust::Anchors(vec![certificate.clone()]);
        client.transport = transport;
        Self::of(credentials(key, &[certificate]), &client)
    }

    /// A server with `credentials` and the client's transport.
    pub fn of(credentials: Credentials, client: &ClientOptions) -> Self {
        let mut server = ServerOptions::default();
        server.credentials = Some(credentials);
        server.transport = client.transport;
        Self::between(&server, client)
    }

    /// Options of both sides.
    pub fn between(server: &ServerOptions, client: &ClientOptions) -> Self {
        let now = Instant::now();
        let config = ServerConfig::new(server, Arc::new(Cookies::new(now).unwrap())).unwrap();
        Self { acceptor: Acceptor::new(config).unwrap(), client: ClientConfig::new(client).unwrap(), now }
    }

    /// A client whose first ClientHello is under way.
    pub fn connect(&self, host: &str) -> End {
        let mut buffers = IoBuffers::new();
        let session = Session::connect(&self.client, host, self.now, &mut buffers).unwrap();
        End::new(session, buffers)
    }

    /// Hands one datagram to the acceptor: the session, if there is one, or the answers.
    pub fn accept(&mut self, from: SocketAddr, datagram: &[u8]) -> (Option<End>, Vec<Vec<u8>>) {
        let mut buffers = IoBuffers::new();
        match self.acceptor.accept(from, datagram, self.now, &mut buffers) {
            Accepted::Session(session) => (Some(End::new(*session, buffers)), Vec::new()),
            Accepted::CookieAsked | Accepted::Ignored => (None, drain(&mut buffers)),
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
            client.receive_all(answers);
        }
    }

    /// A handshake that runs as far as it comes: the client and the server.
    pub fn meet(&mut self, host: &str) -> (End, End) {
        let (mut client, mut server) = self.introduce(host);
        exchange(&mut client, &mut server);
        (client, server)
    }

    /// A connected pair: the client and the server.
    pub fn pair(&mut self) -> (End, End) {
        let (client, server) = self.meet(HOST);
        assert!(client.is_connected(), "the client: {}", client.words());
        assert!(server.is_connected(), "the server: {}", server.words());
        (client, server)
    }
}
