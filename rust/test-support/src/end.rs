//! One side of a connection in memory, and the wire between two.

use std::time::Instant;

use dtls_core::{HandshakeInfo, IoBuffers, Session, State};

/// One side, with what it received.
#[derive(Debug)]
pub struct End {
    /// The session under test.
    pub session: Session,
    /// Holds the datagrams that the session wants sent.
    pub buffers: IoBuffers,
    /// The packets that arrived, oldest first.
    pub received: Vec<Vec<u8>>,
}

impl End {
    /// An end that has received nothing; `buffers` holds what `session` already wants sent.
    pub const fn new(session: Session, buffers: IoBuffers) -> Self {
        Self { session, buffers, received: Vec::new() }
    }

    /// Hands a datagram to the session and keeps the packets that were in it.
    pub fn receive(&mut self, datagram: &[u8]) {
        let received = &mut self.received;
        self.session.receive(datagram, Instant::now(), &mut self.buffers, |packet| received.push(packet.to_vec()));
    }

    /// [`receive`](Self::receive) for several datagrams, in order.
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

    /// Whether the handshake is done and the session has not ended.
    pub fn is_connected(&self) -> bool {
        *self.session.state() == State::Connected
    }

    /// The result of the handshake. Panics before there is one.
    pub fn handshake_info(&self) -> &HandshakeInfo {
        self.session.handshake_info().unwrap()
    }

    /// Encrypts a packet; the datagram waits in [`sent`](Self::sent).
    pub fn send(&mut self, packet: &[u8]) {
        self.session.send(packet, &mut self.buffers).unwrap();
    }

    /// Takes the datagrams that are to be sent.
    pub fn sent(&mut self) -> Vec<Vec<u8>> {
        drain(&mut self.buffers)
    }

    /// Waits until this side's timer has sent something.
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

/// Takes the datagrams that are to be sent out of `buffers`.
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
        b.receive_all(from_a);
        a.receive_all(from_b);
    }
}
