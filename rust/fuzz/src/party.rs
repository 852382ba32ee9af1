//! One side of a connection, which is held to its bounds at each step.

use std::net::{Ipv4Addr, SocketAddr};

use dtls_core::{Accepted, Acceptor, ClientConfig, EndReason, IoBuffers, ServerConfig, Session, State};
use dtls_test_support::HOST;

use crate::ffi::{live_bytes, now};

/// The most that a handshake may use, in bytes (docs/threat-model.md).
const HANDSHAKE_MEMORY: isize = 192 * 1024;

/// The most that one datagram or one time-out may bring forth during a handshake, in bytes: two flights with a chain of
/// certificates.
const FLIGHTS: usize = 8 * 1024;

/// Where clients are.
pub(crate) fn address(host: u8) -> SocketAddr {
    (Ipv4Addr::new(192, 0, 2, host), 40_000).into()
}

/// A thread's buffers, which have their size already.
pub(crate) fn buffers() -> IoBuffers {
    let mut buffers = IoBuffers::new();
    for _ in 0..64 {
        buffers.outgoing().push(&[0; 1024]);
    }
    buffers.outgoing().clear();
    buffers
}

/// A client; or a server, which has a session once a cookie was valid.
pub(crate) struct Party {
    acceptor: Option<Acceptor>,
    session: Option<Session>,
    buffers: IoBuffers,
    /// What it has on the heap, in bytes.
    memory: isize,
    received: Vec<Vec<u8>>,
}

impl Party {
    /// A client, and its first flight.
    pub(crate) fn client(config: &ClientConfig) -> (Self, Vec<Vec<u8>>) {
        let mut client = Self::new(None);
        let flight = client.step(|client| {
            client.session =
                Some(Session::connect(config, HOST, now(), &mut client.buffers).expect("the host is good"));
        });
        (client, flight)
    }

    pub(crate) fn server(config: &ServerConfig) -> Self {
        Self::new(Some(Acceptor::new(config.clone()).expect("OpenSSL has memory")))
    }

    fn new(acceptor: Option<Acceptor>) -> Self {
        Self { acceptor, session: None, buffers: buffers(), memory: 0, received: Vec::new() }
    }

    pub(crate) fn session(&mut self) -> Option<&mut Session> {
        self.session.as_mut()
    }

    pub(crate) fn state(&self) -> Option<&State> {
        self.session.as_ref().map(Session::state)
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.state() == Some(&State::Connected)
    }

    pub(crate) fn end_reason(&self) -> Option<&EndReason> {
        match self.state()? {
            State::Ended(reason) => Some(reason),
            State::Handshaking | State::Connected => None,
        }
    }

    /// What it has on the heap, in bytes.
    pub(crate) const fn memory(&self) -> isize {
        self.memory
    }

    /// The packets that came.
    pub(crate) fn received(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.received)
    }

    /// Hands it a datagram; what it answers.
    pub(crate) fn receive(&mut self, datagram: &[u8]) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        let answers = self.step(|party| match (&mut party.session, &mut party.acceptor) {
            (Some(session), _) => {
                // Packets are the caller's, and not in the account.
                let mut kept = 0;
                session.receive(datagram, now(), &mut party.buffers, |packet| {
                    let before = live_bytes() as isize;
                    packets.push(packet.to_vec());
                    kept += live_bytes() as isize - before;
                });
                party.memory -= kept;
            }
            (None, Some(acceptor)) => {
                if let Accepted::Session(session) = acceptor.accept(address(7), datagram, now(), &mut party.buffers) {
                    party.session = Some(*session);
                }
            }
            (None, None) => {}
        });
        self.received.append(&mut packets);
        answers
    }

    /// Has it look at its timers.
    pub(crate) fn look_at_the_clock(&mut self) -> Vec<Vec<u8>> {
        self.step(|party| {
            if let Some(session) = &mut party.session {
                session.handle_timeout(now(), &mut party.buffers);
            }
        })
    }

    /// Sends a packet, if it can be sent.
    pub(crate) fn send(&mut self, packet: &[u8]) -> Vec<Vec<u8>> {
        self.act(|session, buffers| {
            let _ = session.send(packet, buffers);
        })
    }

    pub(crate) fn close(&mut self) -> Vec<Vec<u8>> {
        self.act(Session::close)
    }

    fn act(&mut self, act: impl FnOnce(&mut Session, &mut IoBuffers)) -> Vec<Vec<u8>> {
        if let Some(session) = &mut self.session {
            act(session, &mut self.buffers);
        }
        self.outgoing()
    }

    /// One call of its owner, after which it is within its bounds.
    fn step(&mut self, call: impl FnOnce(&mut Self)) -> Vec<Vec<u8>> {
        let was_shaking_hands = self.state().is_none_or(|state| *state == State::Handshaking);
        let before = live_bytes() as isize;
        call(self);
        self.memory += live_bytes() as isize - before;
        let outgoing = self.outgoing();
        if was_shaking_hands {
            let bytes = outgoing.iter().map(Vec::len).sum::<usize>();
            assert!(bytes <= FLIGHTS, "{bytes} bytes in answer to one datagram");
            assert!(self.memory <= HANDSHAKE_MEMORY, "a handshake uses {} bytes", self.memory);
        }
        let has_deadline = self.session.as_ref().is_some_and(|session| session.deadline().is_some());
        match self.state() {
            Some(State::Handshaking) => assert!(has_deadline, "a handshake ends by itself"),
            Some(State::Ended(_)) => assert!(!has_deadline, "what has ended waits for nothing"),
            Some(State::Connected) | None => {}
        }
        outgoing
    }

    fn outgoing(&mut self) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| self.buffers.outgoing().pop().map(<[u8]>::to_vec)).collect()
    }
}
