//! A client of a multiplayer server: ENet, with or without DTLS below it, and RPCs above it.

use std::time::Instant;

use dtls_core::{IoBuffers, Session, State};
use dtls_enet::{Event, Host, HostOptions, Mode, Packet, Peer};

use crate::link::Message;
use crate::rpc::{self, Incoming, Method};

/// A client of the engine asks for as many, unless its script says otherwise.
const CHANNELS: u8 = 255;

/// ENet's channels of transfer channel 0.
const RELIABLE: u8 = 0;
const UNRELIABLE: u8 = 1;

pub(crate) struct Player {
    /// `None` for no DTLS.
    session: Option<Session>,
    host: Host,
    peer: Peer,
    message: Message,
    /// Whether the server's script can be called. So its `peer_connected` was emitted.
    is_known: bool,
}

impl Player {
    /// A client on its way.
    pub(crate) fn new(session: Option<Session>, message: Message, now: Instant, buffers: &mut IoBuffers) -> Self {
        let host = Host::new(HostOptions::default(), now);
        // Numbers of clients are positive, and 1 is the server's.
        let peer = Peer::connect(&host, CHANNELS, fastrand::u32(2..1 << 31), fastrand::u32(..), now);
        let mut player = Self { session, host, peer, message, is_known: false };
        player.transmit(now, buffers);
        player
    }

    pub(crate) const fn is_connected(&self) -> bool {
        self.is_known
    }

    /// Hands on the bytes that the server's script sends back.
    pub(crate) fn receive(
        &mut self,
        datagram: &[u8],
        now: Instant,
        buffers: &mut IoBuffers,
        mut on_packet: impl FnMut(&[u8]),
    ) {
        let Self { session, peer, host, .. } = self;
        match session {
            Some(session) => session.receive(datagram, now, buffers, |packet| peer.receive(packet, now, host)),
            None => peer.receive(datagram, now, host),
        }
        while let Some(event) = self.peer.poll_event() {
            let reply = match event {
                Event::Connected { .. } => rpc::introduce(),
                Event::Received { packet, .. } => match rpc::read(&packet) {
                    Incoming::Path(number) => rpc::confirm(number),
                    Incoming::Bytes(bytes) => {
                        on_packet(bytes);
                        continue;
                    }
                    Incoming::Confirmed => {
                        self.is_known = true;
                        continue;
                    }
                    Incoming::Other => continue,
                },
                Event::Disconnected { .. } => {
                    self.is_known = false;
                    continue;
                }
            };
            let _ = self.peer.send(RELIABLE, Mode::Reliable, &Packet::from(&*reply));
        }
        self.transmit(now, buffers);
    }

    /// Sends a message with these bytes; whether that was possible.
    pub(crate) fn send(&mut self, bytes: &[u8], now: Instant, buffers: &mut IoBuffers) -> bool {
        let (channel, mode, packet) = match self.message {
            Message::ReliableRpc => (RELIABLE, Mode::Reliable, rpc::call(Method::AskReliably, bytes)),
            Message::UnreliableRpc => (UNRELIABLE, Mode::Unsequenced, rpc::call(Method::Ask, bytes)),
            Message::Bytes => (UNRELIABLE, Mode::Unsequenced, rpc::raw(bytes)),
        };
        let is_sent = self.peer.send(channel, mode, &Packet::from(&*packet)).is_ok();
        self.transmit(now, buffers);
        is_sent
    }

    pub(crate) fn handle_timer(&mut self, now: Instant, buffers: &mut IoBuffers) {
        if let Some(session) = &mut self.session
            && session.deadline().is_some_and(|deadline| deadline <= now)
        {
            session.handle_timeout(now, buffers);
        }
        if self.peer.deadline().is_some_and(|deadline| deadline <= now) {
            self.peer.handle_timeout(now, &mut self.host);
            self.transmit(now, buffers);
        }
    }

    pub(crate) fn close(&mut self, buffers: &mut IoBuffers) {
        self.peer.disconnect_now(0);
        self.transmit(Instant::now(), buffers);
        if let Some(session) = &mut self.session {
            session.close(buffers);
        }
    }

    fn transmit(&mut self, now: Instant, buffers: &mut IoBuffers) {
        if self.session.as_ref().is_some_and(|session| *session.state() != State::Connected) {
            return;
        }
        while let Some(datagram) = self.peer.poll_transmit(now, &mut self.host) {
            match &mut self.session {
                // What cannot be encrypted is lost, as it could be on the network.
                Some(session) => drop(session.send(datagram, buffers)),
                None => buffers.outgoing().push(datagram),
            }
        }
    }
}
