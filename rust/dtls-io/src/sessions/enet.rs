//! Drives the ENet peers above sessions.

use std::sync::Arc;
use std::time::Instant;

use dtls_core::{EndReason, State};
use dtls_enet::{Mode, Packet, SendError};

use super::Sessions;
use crate::command_queue::CommandQueue;
use crate::connection::Connection;
use crate::connection_state::ConnectionState;
use crate::enet::command::EnetCommand;
use crate::enet::connection::{EnetConnection, most_room};
use crate::enet::layer::{EnetPeer, EnetRequest, Hosting, Layer};
use crate::key::{HostKey, PeerKey};
use crate::peer::Peer;

/// How many datagrams of one peer are made before others have their turn.
const DATAGRAMS: usize = 64;

impl Sessions {
    /// Decrypts a datagram, and passes what is in it to the ENet peer.
    pub(super) fn receive_enet(&mut self, key: PeerKey, now: Instant, datagram: &[u8]) {
        let Self { peers, enet: layer, buffers, counters, command_queue, .. } = self;
        let Some(Peer { session, shared, enet, .. }) = peers.get_mut(key) else { return };
        session.receive(datagram, now, buffers, |packet| {
            counters.packets_received.add(1);
            // The client's request may arrive before the handshake is announced.
            if enet.is_none() {
                *enet = accept(layer, shared, command_queue, now);
            }
            if let Some(enet) = enet {
                if let Some(Hosting { host, .. }) = layer.hosts.get_mut(enet.host) {
                    enet.peer.receive(packet, now, host);
                }
                layer.touch(key, enet);
            }
        });
    }

    /// A client of an ENet server is connected.
    pub(super) fn accept_enet(&mut self, key: PeerKey) {
        let Self { peers, enet: layer, command_queue, .. } = self;
        let Some(Peer { shared, enet, .. }) = peers.get_mut(key) else { return };
        if enet.is_none() {
            *enet = accept(layer, shared, command_queue, Instant::now());
        }
    }

    /// A client is connected: asks the server for an ENet connection.
    pub(crate) fn connect_enet(&mut self, key: PeerKey, request: EnetRequest, now: Instant) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let mut enet = EnetPeer::connect(&mut self.enet, request, now);
        self.enet.touch(key, &mut enet);
        peer.enet = Some(enet);
    }

    /// Handles a command. `packets` starts with its packet.
    pub(crate) fn handle_enet_command(&mut self, command: EnetCommand, packets: &mut &[u8], now: Instant) {
        match command {
            EnetCommand::Send { to, channel, mode, length } => {
                let packet = Packet::from(take(packets, length));
                self.send_enet(to, channel, mode, &packet);
            }
            EnetCommand::SendToMany { to, channel, mode, length } => {
                let packet = Packet::from(take(packets, length));
                for peer in to {
                    self.send_enet(peer, channel, mode, &packet);
                }
            }
            EnetCommand::Disconnect(key) => {
                // First what was sent before, which ENet forgets then.
                while !self.transmit_enet(key, now) {}
                if let Some(enet) = self.peers.get_mut(key).and_then(|peer| peer.enet.as_mut()) {
                    enet.peer.disconnect(0);
                    self.enet.touch(key, enet);
                }
            }
            EnetCommand::Compress(of, compression) => {
                let host = match of {
                    Some(key) => self.peers.get(key).and_then(|peer| Some(peer.enet.as_ref()?.host)),
                    None => self.enet.server,
                };
                if let Some(hosting) = host.and_then(|host| self.enet.hosts.get_mut(host)) {
                    hosting.host.set_compression(compression);
                }
            }
            EnetCommand::Deliver => {
                self.enet.finish_ended();
                for key in self.enet.take_held() {
                    if let Some(enet) = self.peers.get_mut(key).and_then(|peer| peer.enet.as_mut()) {
                        enet.release();
                        self.enet.touch(key, enet);
                    }
                }
            }
        }
    }

    fn send_enet(&mut self, to: PeerKey, channel: u8, mode: Mode, packet: &Packet) {
        self.budget.give_back(packet.len());
        let enet = self.peers.get(to).and_then(|peer| peer.enet.as_ref());
        // The host of a client is gone with its peer.
        let host = enet.map(|enet| enet.host).or(self.enet.server);
        self.queue_at_peer(to, channel, mode, packet);
        if let Some(hosting) = host.and_then(|host| self.enet.hosts.get(host)) {
            hosting.host.queue().arrived(most_room(1, packet.len()));
        }
    }

    fn queue_at_peer(&mut self, to: PeerKey, channel: u8, mode: Mode, packet: &Packet) {
        let Some(peer) = self.peers.get_mut(to) else {
            self.counters.dropped_not_connected.add(1);
            return;
        };
        if let Some(enet) = &mut peer.enet {
            match enet.peer.send(channel, mode, packet) {
                Ok(()) => self.counters.packets_sent.add(1),
                // The packet is lost, on which others depend. A client that lets so much pile up is gone, or wants it to.
                Err(SendError::QueueFull) if mode == Mode::Reliable && *peer.session.state() == State::Connected => {
                    peer.session.refuse(EndReason::Unacknowledged, &mut self.buffers);
                    self.outgoing.address(&mut self.buffers, peer.endpoint, peer.route);
                    self.ended.push(to);
                }
                Err(_) => self.counters.dropped_not_connected.add(1),
            }
            enet.state.publish_queued(enet.peer.queued_data());
            self.enet.touch(to, enet);
        }
        peer.shared.unqueue(packet.len());
    }

    /// Takes a peer that has to be driven in this turn.
    pub(crate) fn next_touched(&mut self) -> Option<PeerKey> {
        self.enet.next_touched()
    }

    /// Sends what an ENet peer wants sent, and moves its events to the owner. `false` if it has more to send, for which to
    /// call it again.
    pub(crate) fn drive_enet(&mut self, key: PeerKey, now: Instant) -> bool {
        if !self.transmit_enet(key, now) {
            return false;
        }
        let Some(Peer { session, enet: Some(enet), endpoint, route, .. }) = self.peers.get_mut(key) else {
            return true;
        };
        enet.untouch();
        if *session.state() == State::Connected {
            self.enet.deliver(key, enet);
            enet.state.publish(enet.peer.statistics());
            if let Some(reason) = enet.end_reason() {
                session.refuse(reason, &mut self.buffers);
                self.outgoing.address(&mut self.buffers, *endpoint, *route);
            }
            if *session.state() != State::Connected {
                self.ended.push(key);
            }
        }
        self.schedule(key);
        true
    }

    /// Sends what an ENet peer wants sent. `false` if it may have more.
    fn transmit_enet(&mut self, key: PeerKey, now: Instant) -> bool {
        let Some(Peer { session, enet: Some(enet), endpoint, route, shared, .. }) = self.peers.get_mut(key) else {
            return true;
        };
        let Some(Hosting { host, .. }) = self.enet.hosts.get_mut(enet.host) else { return true };
        let mut is_done = false;
        for _ in 0..DATAGRAMS {
            let Some(datagram) = enet.peer.poll_transmit(now, host) else {
                is_done = true;
                break;
            };
            // A datagram that cannot be encrypted is lost, as it could be on the network.
            let _ = session.send(datagram, &mut self.buffers);
        }
        let bandwidth_deadline = host.bandwidth_deadline();
        self.enet.bandwidth_due = self.enet.bandwidth_due.into_iter().chain(bandwidth_deadline).min();
        shared.counts.publish(&session.statistics());
        self.outgoing.address(&mut self.buffers, *endpoint, *route);
        is_done
    }

    /// The connection is about to be closed: tells the other side's ENet, too.
    pub(super) fn disconnect_enet(&mut self, key: PeerKey) {
        let now = Instant::now();
        while !self.transmit_enet(key, now) {}
        if let Some(enet) = self.peers.get_mut(key).and_then(|peer| peer.enet.as_mut()) {
            enet.peer.disconnect_now(0);
            while !self.transmit_enet(key, now) {}
        }
    }

    pub(super) fn handle_enet_timeout(&mut self, key: PeerKey, now: Instant) {
        if let Some(enet) = self.peers.get_mut(key).and_then(|peer| peer.enet.as_mut())
            && enet.peer.deadline().is_some_and(|deadline| deadline <= now)
            && let Some(Hosting { host, .. }) = self.enet.hosts.get_mut(enet.host)
        {
            enet.peer.handle_timeout(now, host);
            self.enet.touch(key, enet);
        }
    }

    /// Has hosts share their bandwidth that are due to.
    pub(crate) fn share_bandwidth(&mut self, now: Instant) {
        if self.enet.bandwidth_due.take_if(|due| *due <= now).is_none() {
            return;
        }
        let Self { peers, enet: layer, .. } = self;
        let is_due = |hosting: &Hosting| hosting.host.bandwidth_deadline().is_some_and(|due| due <= now);
        let due: Vec<HostKey> = layer.hosts.iter().filter(|(_, hosting)| is_due(hosting)).map(|(key, _)| key).collect();
        for host in due {
            let mut of_host: Vec<_> = peers
                .iter_mut()
                .filter_map(|(key, peer)| Some((key, peer.enet.as_mut()?)).filter(|(_, enet)| enet.host == host))
                .collect();
            let mut enet_peers: Vec<_> = of_host.iter_mut().map(|(_, enet)| &mut enet.peer).collect();
            layer.hosts[host].host.throttle_bandwidth(&mut enet_peers, now);
            for (key, enet) in of_host {
                layer.touch(key, enet);
            }
        }
        layer.bandwidth_due = layer.hosts.values().filter_map(|hosting| hosting.host.bandwidth_deadline()).min();
    }
}

fn take<'p>(packets: &mut &'p [u8], length: usize) -> &'p [u8] {
    let (packet, rest) = packets.split_at(length);
    *packets = rest;
    packet
}

/// The ENet peer of a client, if the thread is that of an ENet server.
fn accept(
    layer: &Layer,
    shared: &Arc<ConnectionState>,
    command_queue: &Arc<CommandQueue>,
    now: Instant,
) -> Option<Box<EnetPeer>> {
    let host: HostKey = layer.server?;
    let hosting = layer.hosts.get(host)?;
    let connection = Connection::new(Arc::clone(shared), Arc::clone(command_queue), None);
    let enet = &hosting.host;
    let connect = |id, state| EnetConnection::new(connection, id, state, enet.options(), enet.queue().clone());
    Some(EnetPeer::accept(host, hosting, connect, now))
}
