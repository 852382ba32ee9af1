//! A server and clients over loopback, each side's packets moved by I/O threads.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used)]

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dtls_core::{
    ClientConfig, ClientOptions, Cookies, EndReason, IoBuffers, Psk, PskStore, ServerConfig, ServerOptions, Session,
    State, Transport, Trust,
};
use dtls_io::{Connection, QueueLimits, Server, ServerSettings, connect};
use dtls_test_support::{HOST, credentials, drain, options, p256, self_signed};

pub const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How long anything here may take; what is waited for is always a condition.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct World {
    pub server: Server,
    pub client: ClientConfig,
}

pub fn settings() -> ServerSettings {
    let mut settings = ServerSettings::default();
    settings.address = Some(LOOPBACK);
    settings
}

impl World {
    pub fn new() -> Self {
        Self::with(settings(), Transport::default())
    }

    pub fn with(settings: ServerSettings, transport: Transport) -> Self {
        let (server, client) = configs(transport);
        Self { server: Server::listen(&server, settings).unwrap(), client }
    }

    /// A pre-shared key instead of certificates: the same in every process, and cheaper.
    pub fn with_psk(settings: ServerSettings, transport: Transport) -> Self {
        Self::try_with_psk(settings, transport).unwrap()
    }

    /// The same where the system may refuse it.
    pub fn try_with_psk(settings: ServerSettings, transport: Transport) -> std::io::Result<Self> {
        let cookies = Arc::new(Cookies::new(Instant::now()).unwrap());
        let psks = PskStore::default();
        psks.insert(psk());
        let options = options!(ServerOptions { psks: Some(Arc::new(psks)), transport, ..Default::default() });
        let server = Server::listen(&ServerConfig::new(&options, cookies).unwrap(), settings)?;
        Ok(Self { server, client: psk_client(transport) })
    }

    pub fn connect(&self) -> Connection {
        join(self.server.port(), &self.client)
    }

    /// A socket that sends to the server what a test likes.
    pub fn raw_client(&self) -> UdpSocket {
        self.raw_client_at(LOOPBACK)
    }

    /// The same from an address of its own.
    pub fn raw_client_at(&self, address: IpAddr) -> UdpSocket {
        let socket = UdpSocket::bind((address, 0)).unwrap();
        socket.connect((LOOPBACK, self.server.port())).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    /// A client in memory behind `socket`, whose second hello has left: the server's answer is what comes next.
    pub fn greet(&self, socket: &UdpSocket) -> Session {
        let mut buffers = IoBuffers::new();
        let mut session = Session::connect(&self.client, HOST, Instant::now(), &mut buffers).unwrap();
        let mut buffer = [0; 2048];
        send_all(socket, &mut buffers);
        let length = socket.recv(&mut buffer).unwrap();
        session.receive(&buffer[..length], Instant::now(), &mut buffers, |_| {});
        send_all(socket, &mut buffers);
        session
    }

    /// Has `session` go on behind `socket` until its handshake is done.
    pub fn finish(&self, socket: &UdpSocket, session: &mut Session) {
        let mut buffers = IoBuffers::new();
        let mut buffer = [0; 2048];
        while session.state() == &State::Handshaking {
            let length = socket.recv(&mut buffer).unwrap();
            session.receive(&buffer[..length], Instant::now(), &mut buffers, |_| {});
            send_all(socket, &mut buffers);
        }
        assert_eq!(session.state(), &State::Connected);
    }

    /// A connected pair: the client's end and the server's.
    pub fn pair(&self) -> (Connection, Connection) {
        let client = self.connect();
        let server = until("a connection", || self.server.accept());
        until("the client to be connected", || is_connected(&client).then_some(()));
        (client, server)
    }
}

/// A server with a self-signed certificate, and clients that trust it.
pub fn configs(transport: Transport) -> (ServerConfig, ClientConfig) {
    // First, so that OpenSSL has no memory yet and takes it from where the library has it do so.
    let cookies = Arc::new(Cookies::new(Instant::now()).unwrap());
    let key = p256();
    let certificate = self_signed(&key, -1..1);
    let options = options!(ServerOptions {
        credentials: Some(credentials(&key, std::slice::from_ref(&certificate))),
        transport,
        ..Default::default()
    });
    let server = ServerConfig::new(&options, cookies).unwrap();
    let options = options!(ClientOptions {
        trust: Trust::Anchors(vec![certificate]),
        name_override: HOST.into(),
        transport: options!(Transport { idle_timeout: None, ..transport }),
        ..ClientOptions::default()
    });
    (server, ClientConfig::new(&options).unwrap())
}

fn psk() -> Psk {
    Psk::new("alice", &[7; 32]).unwrap()
}

/// A client of any [`World::with_psk`].
pub fn psk_client(transport: Transport) -> ClientConfig {
    ClientConfig::new(&options!(ClientOptions { psk: Some(psk()), transport, ..Default::default() })).unwrap()
}

/// A client under way to a port of this machine.
pub fn join(port: u16, config: &ClientConfig) -> Connection {
    connect("127.0.0.1", port, config.clone(), QueueLimits::default()).unwrap()
}

/// Waits for the next packet.
pub fn receive(connection: &Connection) -> Vec<u8> {
    let mut packet = Vec::new();
    until("a packet", || connection.receive(&mut packet).then_some(()));
    packet
}

/// Waits until `connection` has ended: why.
pub fn end_of(connection: &Connection) -> EndReason {
    until("the end", || match connection.state() {
        State::Ended(reason) => Some(reason),
        State::Handshaking | State::Connected => None,
    })
}

/// Sends what a session behind `socket` wants sent.
pub fn send_all(socket: &UdpSocket, buffers: &mut IoBuffers) {
    for datagram in drain(buffers) {
        socket.send(&datagram).unwrap();
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
