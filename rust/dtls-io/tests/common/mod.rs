//! A server and clients over loopback, each side's packets moved by I/O threads.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used)]

#[path = "../../../dtls-core/tests/common/mod.rs"]
pub mod memory;

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dtls_core::{ClientConfig, ClientOptions, Cookies, ServerConfig, ServerOptions, State, Transport, Trust};
use dtls_io::{Connection, Server, ServerSettings, connect};
use memory::{HOST, credentials, p256, self_signed};

pub const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How long anything here may take; what is waited for is always a condition.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct World {
    pub server: Server,
    pub client: ClientConfig,
}

pub fn settings() -> ServerSettings {
    ServerSettings { address: Some(LOOPBACK), port: 0, max_pending: 4096, threads: 1 }
}

impl World {
    pub fn new() -> Self {
        Self::with(settings(), Transport::default())
    }

    pub fn with(settings: ServerSettings, transport: Transport) -> Self {
        // First, so that OpenSSL has no memory yet and takes it from where the library has it do so.
        let cookies = Arc::new(Cookies::new(Instant::now()).unwrap());
        let key = p256();
        let certificate = self_signed(&key, -1..1);
        let options = ServerOptions {
            credentials: Some(credentials(&key, std::slice::from_ref(&certificate))),
            transport,
            ..Default::default()
        };
        let server = Server::listen(&ServerConfig::new(&options, cookies).unwrap(), settings).unwrap();
        let options = ClientOptions {
            trust: Trust::Anchors(vec![certificate]),
            name_override: HOST.into(),
            transport,
            ..ClientOptions::default()
        };
        Self { server, client: ClientConfig::new(&options).unwrap() }
    }

    pub fn connect(&self) -> Connection {
        connect("127.0.0.1", self.server.port(), self.client.clone()).unwrap()
    }

    /// A socket that sends to the server what a test likes.
    pub fn raw_client(&self) -> UdpSocket {
        let socket = UdpSocket::bind((LOOPBACK, 0)).unwrap();
        socket.connect((LOOPBACK, self.server.port())).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    /// A connected pair: the client's end and the server's.
    pub fn pair(&self) -> (Connection, Connection) {
        let client = self.connect();
        let server = until("a connection", || self.server.accept());
        until("the client to be connected", || is_connected(&client).then_some(()));
        (client, server)
    }

    /// A pair whose server lives as long as the test's process.
    pub fn leak_pair(self) -> (Connection, Connection) {
        Box::leak(Box::new(self)).pair()
    }
}

pub fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

pub fn is_connected(connection: &Connection) -> bool {
    connection.state() == State::Connected
}
