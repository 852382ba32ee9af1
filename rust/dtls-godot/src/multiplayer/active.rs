//! A server with its clients, or a client: who is connected, and what waits to be read.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use dtls_core::{EndReason, PacketQueue, State};
use dtls_io::dtls_enet::limits::PACKET_OVERHEAD;
use dtls_io::dtls_enet::{Compression, Mode};
use dtls_io::{ConnectionId, EnetConnection, EnetEvent, EnetHost, Server};
use godot::obj::Gd;

use crate::peer::PacketPeerDtls;

/// The server's id.
pub(crate) const SERVER: i32 = 1;

/// How many bytes of unread packets, with their overhead, keep a poll from taking more.
const MAX_UNREAD: usize = 64 * 1024 * 1024;

pub(crate) struct Active {
    host: EnetHost,
    unique_id: i32,
    /// On a client: its connection, from the start.
    own: Option<Arc<EnetConnection>>,
    /// The connected peers by their ids.
    pub(super) peers: HashMap<i32, Member>,
    /// The ids of connections, without those that were disconnected by force.
    ids: HashMap<ConnectionId, i32>,
    unread: VecDeque<Unread>,
    packets: PacketQueue,
    /// Ends that are told in the next poll, so that the packets before them can be read.
    ends: VecDeque<(i32, EndReason)>,
    /// Ends that are told in this poll.
    due: VecDeque<(i32, EndReason)>,
    /// Why a client has not got through, as of the start of this poll.
    failure: Option<EndReason>,
}

/// A connected peer.
pub(super) struct Member {
    pub(super) connection: Arc<EnetConnection>,
    /// What scripts were given for it.
    pub(super) handle: Option<Gd<PacketPeerDtls>>,
    /// Whether this side has disconnected it: nobody reads its packets any more.
    is_leaving: bool,
}

/// A packet that waits to be read, without its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unread {
    pub(crate) from: i32,
    pub(crate) channel: u8,
    pub(crate) mode: Mode,
}

/// What a poll has to tell.
#[derive(Debug)]
pub(super) enum News {
    Connected(i32),
    /// The peer is to be [forgotten](Active::forget) once this is told.
    Disconnected(i32, EndReason),
    /// A client did not get through, or a thread has failed.
    Failed(EndReason),
}

/// Whether the log should tell why a client failed, though nothing else does.
pub(super) const fn is_worth_a_report(reason: &EndReason) -> bool {
    matches!(reason, EndReason::CertificateRefused(_) | EndReason::ThreadFailed)
}

impl Active {
    pub(super) fn server(host: EnetHost) -> Self {
        Self::new(host, SERVER, None)
    }

    pub(super) fn client(host: EnetHost, connection: EnetConnection, unique_id: i32) -> Self {
        Self::new(host, unique_id, Some(Arc::new(connection)))
    }

    fn new(host: EnetHost, unique_id: i32, own: Option<Arc<EnetConnection>>) -> Self {
        Self {
            host,
            unique_id,
            own,
            peers: HashMap::new(),
            ids: HashMap::new(),
            unread: VecDeque::new(),
            packets: PacketQueue::new(),
            ends: VecDeque::new(),
            due: VecDeque::new(),
            failure: None,
        }
    }

    pub(super) const fn is_server(&self) -> bool {
        self.own.is_none()
    }

    /// Whether packets can be sent: a server can before it has a client.
    pub(super) fn is_connected(&self) -> bool {
        self.is_server() || self.peers.contains_key(&SERVER)
    }

    pub(super) const fn unique_id(&self) -> i32 {
        self.unique_id
    }

    pub(super) fn local_port(&self) -> u16 {
        match &self.own {
            Some(connection) => connection.local_port().unwrap_or(0),
            None => self.host.server().map_or(0, Server::port),
        }
    }

    pub(super) const fn host(&self) -> &EnetHost {
        &self.host
    }

    pub(super) fn set_compression(&self, compression: Compression) {
        match &self.own {
            Some(connection) => connection.set_compression(compression),
            None => self.host.set_compression(compression),
        }
    }

    pub(super) fn refuse_new_clients(&self, refuse: bool) {
        if let Some(server) = self.host.server() {
            server.refuse_new_clients(refuse);
        }
    }

    /// Why the handshake of a server's client failed, if one has failed since the last call.
    pub(super) fn take_failure(&self) -> Option<EndReason> {
        self.host.server().and_then(Server::take_failure)
    }

    /// Takes what the threads have.
    pub(super) fn begin_poll(&mut self) {
        self.due.append(&mut self.ends);
        // Before the events, which may have come before the end.
        self.failure = self.find_failure();
        if self.packets.bytes() + self.unread.len() * PACKET_OVERHEAD < MAX_UNREAD {
            self.host.take_batch();
        }
    }

    /// What the script has to be told next.
    pub(super) fn next_news(&mut self) -> Option<News> {
        if let Some((id, reason)) = self.due.pop_front() {
            return Some(News::Disconnected(id, reason));
        }
        while let Some(event) = self.host.next_event() {
            match event {
                EnetEvent::Received { id, channel, mode, packet } => {
                    let Some(from) = self.ids.get(&id) else { continue };
                    if self.peers.get(from).is_some_and(|member| !member.is_leaving) {
                        self.unread.push_back(Unread { from: *from, channel, mode });
                        self.packets.push(packet);
                    }
                }
                EnetEvent::Connected { id, connection, data } => {
                    if let Some(id) = self.add(id, connection, data) {
                        return Some(News::Connected(id));
                    }
                }
                EnetEvent::Disconnected { id, reason } => {
                    let Some(id) = self.ids.remove(&id).filter(|id| self.peers.contains_key(id)) else { continue };
                    if self.unread.is_empty() {
                        return Some(News::Disconnected(id, reason));
                    }
                    self.ends.push_back((id, reason));
                }
            }
        }
        self.failure.take().map(News::Failed)
    }

    /// A peer is connected: its id, unless it is refused.
    fn add(&mut self, connection_id: ConnectionId, connection: Option<EnetConnection>, data: u32) -> Option<i32> {
        let (id, connection) = match (&self.own, connection) {
            (Some(own), _) => (SERVER, Arc::clone(own)),
            (None, Some(connection)) => match i32::try_from(data) {
                Ok(id @ 2..) if !self.peers.contains_key(&id) => (id, Arc::new(connection)),
                // Clients choose their ids. Dropping the connection disconnects this one.
                _ => return None,
            },
            (None, None) => return None,
        };
        self.ids.insert(connection_id, id);
        self.peers.insert(id, Member { connection, handle: None, is_leaving: false });
        Some(id)
    }

    /// Forgets a peer whose end was told.
    pub(super) fn forget(&mut self, id: i32) {
        self.peers.remove(&id);
    }

    /// What ends all of this without an event.
    fn find_failure(&self) -> Option<EndReason> {
        if self.host.has_failed() {
            return Some(EndReason::ThreadFailed);
        }
        match self.own.as_ref().filter(|_| !self.is_connected())?.state() {
            State::Ended(reason) => Some(reason),
            State::Handshaking | State::Connected => None,
        }
    }

    /// Disconnects a peer, which is told of in a later poll unless it is done by `force`. `false` if there is no such peer.
    pub(super) fn disconnect(&mut self, id: i32, force: bool) -> bool {
        let Some(member) = self.peers.get_mut(&id) else { return false };
        member.connection.disconnect();
        member.is_leaving = true;
        if force {
            // The next to have this ID is somebody else.
            self.ids.remove(&member.connection.id());
            self.peers.remove(&id);
            self.ends.retain(|(ended, _)| *ended != id);
            self.due.retain(|(ended, _)| *ended != id);
        }
        self.drop_unread_of(id);
        true
    }

    fn drop_unread_of(&mut self, id: i32) {
        let mut packets = std::mem::take(&mut self.packets);
        self.unread.retain(|entry| {
            let bytes = packets.pop().unwrap_or_default();
            if entry.from != id {
                self.packets.push(bytes);
            }
            entry.from != id
        });
    }

    pub(super) fn unread(&self) -> usize {
        self.unread.len()
    }

    pub(super) fn oldest(&self) -> Option<Unread> {
        self.unread.front().copied()
    }

    /// Moves the oldest packet into `packet`; `false` if there is none.
    pub(super) fn take_packet(&mut self, packet: &mut Vec<u8>) -> bool {
        packet.clear();
        let (Some(_), Some(bytes)) = (self.unread.pop_front(), self.packets.pop()) else { return false };
        packet.extend_from_slice(bytes);
        true
    }

    /// Disconnects all peers at once, and tells them.
    pub(super) fn close(self) {
        // Scripts may hold on to it.
        if let Some(connection) = &self.own {
            connection.close();
        }
    }
}
