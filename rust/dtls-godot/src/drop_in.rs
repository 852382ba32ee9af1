//! A connection whose datagrams the script's PacketPeerUDP carries: the session is driven by `poll()`.

use std::net::SocketAddr;
use std::time::Instant;

use dtls_core::{ClientConfig, EndReason, OptionsError, PacketQueue, SendError, Session};
use godot::classes::PacketPeerUdp;
use godot::global::Error;
use godot::obj::Gd;

use crate::server::Gate;
use crate::udp::{self, Socket};
use crate::wire::{has_leftovers, note_leftovers, wire};

pub(crate) struct DropIn {
    pub(crate) udp: Gd<PacketPeerUdp>,
    pub(crate) session: Session,
    /// On a server: where the client is, and the gate it came through.
    client: Option<(SocketAddr, Gate)>,
    pub(crate) received: PacketQueue,
    /// How many packets were lost because as many waited as may.
    pub(crate) overflowed: u64,
}

impl DropIn {
    /// Starts a client's handshake.
    pub(crate) fn connect(
        mut udp: Gd<PacketPeerUdp>,
        config: &ClientConfig,
        host_name: &str,
    ) -> Result<Self, OptionsError> {
        let mut wire = wire();
        let session = Session::connect(config, host_name, Instant::now(), &mut wire)?;
        // A first flight that the socket could not take is sent again in time.
        udp::send(&mut udp, wire.outgoing());
        Ok(Self::new(udp, session, None))
    }

    /// Goes on with a server's client whose cookie was valid.
    pub(crate) fn accepted(udp: Gd<PacketPeerUdp>, session: Session, from: SocketAddr, gate: Gate) -> Self {
        Self::new(udp, session, Some((from, gate)))
    }

    fn new(udp: Gd<PacketPeerUdp>, session: Session, client: Option<(SocketAddr, Gate)>) -> Self {
        Self { udp, session, client, received: PacketQueue::new(), overflowed: 0 }
    }

    pub(crate) const fn is_server(&self) -> bool {
        self.client.is_some()
    }

    /// Moves datagrams both ways, and lets the session's timers act.
    pub(crate) fn poll(&mut self) {
        let socket = udp::look(&self.udp);
        if socket == (Socket::Open { waiting: 0 }) && self.session.deadline().is_none() && !has_leftovers() {
            return; // Most polls of most peers: without a look at the clock.
        }
        let now = Instant::now();
        let mut wire = wire();
        let Self { udp, session, client, received, overflowed } = self;
        let most = session.transport().max_queued_packets;
        let mut replaced = false;
        match socket {
            Socket::Open { waiting } => udp::receive(udp, waiting, |_, datagram| {
                if let Some((from, gate)) = client
                    && session.is_foreign_hello(datagram)
                {
                    if gate.lock().verify(*from, datagram, now, &mut wire) {
                        session.end(EndReason::Replaced);
                        replaced = true;
                    }
                } else {
                    session.receive(datagram, now, &mut wire, |packet| {
                        if received.len() < most {
                            received.push(packet);
                        } else {
                            *overflowed += 1;
                        }
                    });
                }
            }),
            Socket::Refused => session.port_unreachable(now),
            Socket::Closed => session.end(EndReason::SocketClosed),
        }
        if session.deadline().is_some_and(|deadline| deadline <= now) {
            session.handle_timeout(now, &mut wire);
        }
        if socket != Socket::Closed {
            udp::send(udp, wire.outgoing());
        }
        wire.outgoing().clear();
        wire.release_memory(now);
        note_leftovers(&wire);
        if replaced {
            udp.close(); // So that the UDPServer offers the newcomer as a new connection.
        }
    }

    /// Seals one packet and hands it to the socket; what the socket says of it.
    pub(crate) fn send(&mut self, packet: &[u8]) -> Result<Error, SendError> {
        if !self.udp.is_socket_connected() {
            // The engine would open another, whose datagrams the other side does not know.
            self.session.end(EndReason::SocketClosed);
        }
        let mut wire = wire();
        self.session.send(packet, &mut wire)?;
        Ok(udp::send(&mut self.udp, wire.outgoing()))
    }
}

impl Drop for DropIn {
    /// Says close_notify if connected: the other side need not wait for a time-out.
    fn drop(&mut self) {
        let mut wire = wire();
        self.session.close(&mut wire);
        if self.udp.is_socket_connected() {
            udp::send(&mut self.udp, wire.outgoing());
        }
        wire.outgoing().clear();
    }
}
