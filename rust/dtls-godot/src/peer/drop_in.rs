//! A connection over the script's PacketPeerUDP. `poll()` drives its session.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use dtls_core::{ClientConfig, EndReason, IoBuffers, OptionsError, SendError, Session, State};
use dtls_io::{Budget, Inbox, QueueLimits};
use godot::classes::PacketPeerUdp;
use godot::global::Error;
use godot::obj::Gd;

use crate::io_buffers::{buffers, has_leftovers, note_leftovers};
use crate::shared_acceptor::Place;
use crate::udp::{self, Socket};

pub(crate) struct DropIn {
    pub(crate) udp: Gd<PacketPeerUdp>,
    pub(crate) session: Session,
    /// On a server: the client's address, and its place among the handshakes or connections.
    client: Option<(SocketAddr, Place)>,
    pub(crate) received: Inbox,
}

impl DropIn {
    /// Starts a client's handshake.
    pub(crate) fn connect(
        mut udp: Gd<PacketPeerUdp>,
        config: &ClientConfig,
        queue_limits: QueueLimits,
        host_name: &str,
    ) -> Result<Self, OptionsError> {
        let mut buffers = buffers();
        let session = Session::connect(config, host_name, Instant::now(), &mut buffers)?;
        // A first flight that the socket could not take is sent again in time.
        udp::send(&mut udp, buffers.outgoing());
        let received = Inbox::new(queue_limits, Arc::new(Budget::new(usize::MAX)));
        Ok(Self { udp, session, client: None, received })
    }

    /// Continues with a client of a server whose cookie was valid.
    pub(crate) fn accepted(udp: Gd<PacketPeerUdp>, session: Session, from: SocketAddr, place: Place) -> Self {
        let received = place.inbox();
        let mut accepted = Self { udp, session, client: Some((from, place)), received };
        let mut buffers = buffers();
        accepted.notice_end_of_handshake(&mut buffers);
        udp::send(&mut accepted.udp, buffers.outgoing());
        accepted
    }

    /// Keeps the packets that were received but not read, and drops everything else.
    pub(crate) fn into_received(mut self) -> Inbox {
        let empty = Inbox::new(QueueLimits::default(), Arc::new(Budget::new(0)));
        std::mem::replace(&mut self.received, empty)
    }

    pub(crate) const fn is_server(&self) -> bool {
        self.client.is_some()
    }

    /// Receives and sends datagrams, and handles the session's timers.
    pub(crate) fn poll(&mut self) {
        let socket = udp::look(&self.udp);
        if socket == (Socket::Open { waiting: 0 }) && self.session.deadline().is_none() && !has_leftovers() {
            return; // Most polls of most peers: without a look at the clock.
        }
        let now = Instant::now();
        let mut buffers = buffers();
        let Self { udp, session, client, received } = self;
        let mut replaced = false;
        if client.as_ref().is_some_and(|(_, place)| place.is_evicted()) {
            session.end(EndReason::TooManyHandshakes);
        }
        match socket {
            Socket::Open { waiting } => udp::receive(udp, waiting, |_, datagram| {
                if let Some((from, place)) = client
                    && session.is_foreign_hello(datagram)
                {
                    if place.acceptor().verify(*from, datagram, now, &mut buffers) {
                        session.end(EndReason::Replaced);
                        replaced = true;
                    }
                } else {
                    session.receive(datagram, now, &mut buffers, |packet| {
                        received.push(packet);
                    });
                }
            }),
            Socket::Refused => session.port_unreachable(now),
            Socket::Closed => session.end(EndReason::SocketClosed),
        }
        if session.deadline().is_some_and(|deadline| deadline <= now) {
            session.handle_timeout(now, &mut buffers);
        }
        self.notice_end_of_handshake(&mut buffers);
        if socket != Socket::Closed {
            udp::send(&mut self.udp, buffers.outgoing());
        }
        buffers.outgoing().clear();
        buffers.release_memory(now);
        note_leftovers(&buffers);
        if replaced {
            self.udp.close(); // So that the UDPServer offers the newcomer as a new connection.
        }
    }

    /// When the handshake is over, frees the client's place among the handshakes and takes one among the connections.
    /// If there is none, the client is told that the server is full.
    fn notice_end_of_handshake(&mut self, buffers: &mut IoBuffers) {
        if let Some((_, place)) = &mut self.client {
            match self.session.state() {
                State::Handshaking => {}
                State::Connected if place.connect() => {}
                State::Connected => self.session.refuse(EndReason::ServerFull, buffers),
                State::Ended(reason) => place.end(reason),
            }
        }
    }

    /// Encrypts one packet and passes it to the socket. Returns the socket's result.
    pub(crate) fn send(&mut self, packet: &[u8]) -> Result<Error, SendError> {
        if !self.udp.is_socket_connected() {
            // The engine would open another, whose datagrams the other side does not know.
            self.session.end(EndReason::SocketClosed);
        }
        let mut buffers = buffers();
        self.session.send(packet, &mut buffers)?;
        Ok(udp::send(&mut self.udp, buffers.outgoing()))
    }
}

impl Drop for DropIn {
    /// Sends close_notify if connected, so that the other side need not wait for a time-out.
    fn drop(&mut self) {
        let mut buffers = buffers();
        self.session.close(&mut buffers);
        if self.udp.is_socket_connected() {
            udp::send(&mut self.udp, buffers.outgoing());
        }
        buffers.outgoing().clear();
    }
}
