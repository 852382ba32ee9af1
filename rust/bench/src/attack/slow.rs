//! Handshakes that take a place on the server and stop there.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use dtls_core::{ClientConfig, IoBuffers, Session};
use dtls_test_support::record::{HANDSHAKE, MESSAGE_HEADER, RECORD_HEADER, records};

use super::{Attack, Flood, address, socket, trusting};

/// More ports than an address has places.
const PORTS: usize = 4096;

/// With as many ports each, more than all places.
const ADDRESSES: usize = 64;

/// Handshakes that go on side by side.
const CHUNK: usize = 64;

/// How long to wait for the server's answers.
const PATIENCE: Duration = Duration::from_millis(50);

/// Where a handshake stops. The server has asked for a certificate, so a client's last flight has four records: Certificate,
/// ClientKeyExchange, ChangeCipherSpec, Finished (RFC 5246 §7.3).
#[derive(Debug, Clone, Copy)]
enum Place {
    /// With a fragment of the hello that returns the cookie.
    HalfHello,
    /// With the server's flight.
    Hello,
    /// With the first kilobyte of a long certificate.
    HalfCertificate,
    /// With a fragment of the key exchange.
    HalfKeyExchange,
    /// With the key exchange.
    KeyExchange,
    /// Before the last message.
    ChangeCipherSpec,
}

impl Place {
    const ALL: [Self; 6] = [
        Self::HalfHello,
        Self::Hello,
        Self::HalfCertificate,
        Self::HalfKeyExchange,
        Self::KeyExchange,
        Self::ChangeCipherSpec,
    ];

    /// What is sent of the last flight.
    fn part_of(self, flight: &[&[u8]]) -> Vec<Vec<u8>> {
        const CERTIFICATE: usize = 16_000;
        let &[certificate, exchange, change, _] = flight else { return Vec::new() };
        match self {
            Self::HalfHello | Self::Hello => Vec::new(),
            Self::HalfCertificate => vec![first_fragment(certificate, CERTIFICATE, &[0; 1000])],
            Self::HalfKeyExchange => vec![certificate.to_vec(), half(exchange)],
            Self::KeyExchange => vec![[certificate, exchange].concat()],
            Self::ChangeCipherSpec => vec![[certificate, exchange, change].concat()],
        }
    }
}

/// Handshakes that stop in each place in turn. Those that the server has given up begin again.
pub(super) struct SlowHandshakes {
    config: ClientConfig,
    clients: VecDeque<Client>,
    buffers: IoBuffers,
}

struct Client {
    socket: UdpSocket,
    place: Place,
    session: Option<Session>,
    /// How many datagrams of the current handshake were sent after its first hello.
    sent: usize,
}

impl SlowHandshakes {
    pub(super) fn new(server: SocketAddr, attack: Attack) -> Result<Self> {
        let of = |number: usize| -> Ipv4Addr {
            if attack == Attack::SlowFromOne { address(1) } else { address(number % ADDRESSES) }
        };
        let ports = if attack == Attack::SlowFromOne { PORTS } else { 2 * PORTS };
        let client = |number| {
            let socket = socket(of(number), server).context("no socket for a slow handshake")?;
            socket.set_nonblocking(true)?;
            Ok(Client { socket, place: Place::ALL[number % Place::ALL.len()], session: None, sent: 0 })
        };
        let clients = (0..ports).map(client).collect::<Result<_>>()?;
        Ok(Self { config: trusting()?, clients, buffers: IoBuffers::new() })
    }
}

impl Flood for SlowHandshakes {
    /// Has some clients go as far as they go. Those that have waited longest begin next.
    fn turn(&mut self) -> usize {
        let Self { config, clients, buffers } = self;
        let mut chunk: Vec<_> = clients.drain(..CHUNK).collect();
        let mut sent = chunk.iter_mut().filter_map(|client| client.begin(config, buffers).ok()).count();
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end && chunk.iter().any(|client| client.session.is_some()) {
            let before = sent;
            sent += chunk.iter_mut().map(|client| client.go_on(buffers)).sum::<usize>();
            if sent == before {
                thread::sleep(Duration::from_millis(1));
            }
        }
        clients.extend(chunk);
        sent
    }
}

impl Client {
    fn begin(&mut self, config: &ClientConfig, buffers: &mut IoBuffers) -> Result<()> {
        let mut buffer = [0; 2048];
        // What the last handshake has left.
        while self.socket.recv(&mut buffer).is_ok() {}
        self.session = Some(Session::connect(config, "localhost", Instant::now(), buffers)?);
        self.sent = 0;
        self.socket.send(buffers.outgoing().pop().context("a hello")?)?;
        Ok(())
    }

    /// Answers what has come, and forgets the session at its place; how many datagrams were sent.
    fn go_on(&mut self, buffers: &mut IoBuffers) -> usize {
        let mut buffer = [0; 2048];
        let before = self.sent;
        while let Some(session) = &mut self.session
            && let Ok(length) = self.socket.recv(&mut buffer)
        {
            session.receive(&buffer[..length], Instant::now(), buffers, |_| {});
            let datagrams: Vec<_> = std::iter::from_fn(|| buffers.outgoing().pop().map(<[u8]>::to_vec)).collect();
            if datagrams.is_empty() {
                continue; // The server's flight has more than one.
            }
            if datagrams[0][0] != HANDSHAKE {
                self.session = None; // An alert: what came was of the handshake before.
                break;
            }
            let is_hello = self.sent == 0;
            let answer = match (is_hello, self.place) {
                (true, Place::HalfHello) => datagrams.iter().map(|hello| half(hello)).collect(),
                (true, _) => datagrams,
                (false, place) => {
                    let flight: Vec<_> =
                        datagrams.iter().flat_map(|it| records(it)).map(|(_, record)| record).collect();
                    place.part_of(&flight)
                }
            };
            if !is_hello || matches!(self.place, Place::HalfHello) {
                self.session = None;
            }
            self.sent += answer.iter().filter(|datagram| self.socket.send(datagram).is_ok()).count();
        }
        self.sent - before
    }
}

/// The first half of the message in a record, as a fragment.
fn half(record: &[u8]) -> Vec<u8> {
    let body = &record[RECORD_HEADER + MESSAGE_HEADER..];
    first_fragment(record, body.len(), &body[..body.len() / 2])
}

/// The record with only `body`, of a message that has `length` bytes in all (RFC 6347 §4.2.3).
fn first_fragment(record: &[u8], length: usize, body: &[u8]) -> Vec<u8> {
    let (head, message) = record.split_at(RECORD_HEADER);
    let mut head = head.to_vec();
    head[11..].copy_from_slice(&((MESSAGE_HEADER + body.len()) as u16).to_be_bytes());
    let mut header = message[..MESSAGE_HEADER].to_vec();
    header[1..4].copy_from_slice(&(length as u32).to_be_bytes()[1..]);
    header[9..].copy_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
    [&head[..], &header, body].concat()
}
