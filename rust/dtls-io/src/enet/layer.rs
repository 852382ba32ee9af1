//! The ENet peers of an I/O thread, and the hosts that they belong to.

use std::sync::Arc;
use std::time::Instant;

use dtls_core::EndReason;
use dtls_enet::{Cause, Event, Host, Peer, State};
use slotmap::SlotMap;

use super::connection::{EnetConnection, EnetState};
use super::event_queue::{ConnectionId, EventQueue, Queued, Share};
use crate::accept_queue::Place;
use crate::key::{HostKey, PeerKey};

/// What the peers of a host share on one thread.
pub(crate) struct Hosting {
    pub(crate) host: Host,
    pub(crate) queue: Arc<EventQueue>,
}

/// What a client asks its server for, once DTLS is connected.
pub(crate) struct EnetRequest {
    pub(crate) hosting: Hosting,
    pub(crate) id: ConnectionId,
    pub(crate) state: Arc<EnetState>,
    pub(crate) channel_count: u8,
    pub(crate) data: u32,
    /// A random number.
    pub(crate) connect_id: u32,
}

/// An ENet peer over a session.
pub(crate) struct EnetPeer {
    pub(crate) peer: Peer,
    pub(crate) host: HostKey,
    pub(crate) state: Arc<EnetState>,
    id: ConnectionId,
    queue: Arc<EventQueue>,
    share: Share,
    /// On a server: for the owner, once ENet is connected.
    connection: Option<EnetConnection>,
    /// Whether the owner knows that it is connected.
    is_announced: bool,
    /// Why ENet says that the connection is over.
    cause: Option<Cause>,
    /// Whether it is among the peers to be driven in this turn.
    is_touched: bool,
    /// Whether it is among the peers with more events than the queue has room for.
    is_held: bool,
}

/// A peer whose session is over, with events for which there is no room yet.
struct Ended {
    peer: Box<EnetPeer>,
    place: Option<Place>,
    reason: EndReason,
}

/// All ENet peers of a thread, and what has to be done for them.
#[derive(Default)]
pub(crate) struct Layer {
    pub(crate) hosts: SlotMap<HostKey, Hosting>,
    /// The host of the server's clients, if the thread is that of an ENet server.
    pub(crate) server: Option<HostKey>,
    /// Peers to be driven in this turn.
    touched: Vec<PeerKey>,
    /// Peers with more events than the queue has room for.
    held: Vec<PeerKey>,
    ended: Vec<Ended>,
    /// When a host shares its bandwidth, if it is not later than that.
    pub(crate) bandwidth_due: Option<Instant>,
}

impl Layer {
    pub(crate) fn new(server: Option<Hosting>) -> Self {
        let mut layer = Self::default();
        layer.server = server.map(|hosting| layer.hosts.insert(hosting));
        layer
    }

    /// Has `peer` driven in this turn.
    pub(crate) fn touch(&mut self, key: PeerKey, peer: &mut EnetPeer) {
        if !std::mem::replace(&mut peer.is_touched, true) {
            self.touched.push(key);
        }
    }

    pub(crate) fn next_touched(&mut self) -> Option<PeerKey> {
        self.touched.pop()
    }

    /// Moves the events of `peer` to its owner.
    pub(crate) fn deliver(&mut self, key: PeerKey, peer: &mut EnetPeer) {
        if !peer.deliver() && !std::mem::replace(&mut peer.is_held, true) {
            self.held.push(key);
        }
    }

    /// The peers with events for which there may be room now.
    pub(crate) fn take_held(&mut self) -> Vec<PeerKey> {
        std::mem::take(&mut self.held)
    }

    /// The session of a peer is over: tells the owner, once it has been told everything before that.
    pub(crate) fn end(&mut self, peer: Box<EnetPeer>, place: Option<Place>, reason: EndReason) {
        peer.state.end();
        if Some(peer.host) != self.server {
            self.hosts.remove(peer.host);
        }
        let ended = Ended { peer, place, reason };
        self.ended.extend(ended.finish());
    }

    /// Tells the owner of ends for which there may be room now.
    pub(crate) fn finish_ended(&mut self) {
        let ended = std::mem::take(&mut self.ended);
        self.ended.extend(ended.into_iter().filter_map(Ended::finish));
    }
}

impl EnetPeer {
    /// A server's end.
    pub(crate) fn accept(
        host: HostKey,
        hosting: &Hosting,
        connect: impl FnOnce(ConnectionId, Arc<EnetState>) -> EnetConnection,
        now: Instant,
    ) -> Box<Self> {
        let (id, state) = (hosting.queue.next_id(), Arc::<EnetState>::default());
        let connection = connect(id, Arc::clone(&state));
        Self::new(Peer::accept(&hosting.host, now), host, hosting, id, state, Some(connection))
    }

    /// A client's end, which asks its server for a connection.
    pub(crate) fn connect(layer: &mut Layer, request: EnetRequest, now: Instant) -> Box<Self> {
        let EnetRequest { mut hosting, id, state, channel_count, data, connect_id } = request;
        if let Some(compression) = state.compression() {
            hosting.host.set_compression(compression);
        }
        let peer = Peer::connect(&hosting.host, channel_count, data, connect_id, now);
        let host = layer.hosts.insert(hosting);
        Self::new(peer, host, &layer.hosts[host], id, state, None)
    }

    fn new(
        peer: Peer,
        host: HostKey,
        hosting: &Hosting,
        id: ConnectionId,
        state: Arc<EnetState>,
        connection: Option<EnetConnection>,
    ) -> Box<Self> {
        Box::new(Self {
            peer,
            host,
            state,
            id,
            queue: Arc::clone(&hosting.queue),
            share: Share::default(),
            connection,
            is_announced: false,
            cause: None,
            is_touched: false,
            is_held: false,
        })
    }

    /// When ENet has something to do, unless it is driven in this turn anyway.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        if self.is_touched { None } else { self.peer.deadline() }
    }

    /// It is driven now.
    pub(crate) const fn untouch(&mut self) {
        self.is_touched = false;
    }

    /// It is not among the peers with more events any more.
    pub(crate) const fn release(&mut self) {
        self.is_held = false;
    }

    /// Why the connection is over, if ENet says that it is.
    pub(crate) fn end_reason(&self) -> Option<EndReason> {
        let is_over = self.peer.state() == State::Disconnected;
        is_over.then(|| self.cause.map_or(EndReason::ClosedLocally, reason_of))
    }

    /// Moves events to the owner. `false` if there was no room for all of them.
    fn deliver(&mut self) -> bool {
        let mut queue = self.queue.add(&mut self.share);
        loop {
            if !queue.has_room() {
                return false;
            }
            let channel_count = self.peer.channel_count();
            match self.peer.poll_event() {
                None => return true,
                Some(Event::Received { channel, mode, packet }) => queue.push_packet(self.id, channel, mode, &packet),
                Some(Event::Connected { data }) => {
                    self.is_announced = true;
                    self.state.begin(channel_count);
                    queue.push(Queued::Connected { id: self.id, connection: self.connection.take(), data });
                }
                Some(Event::Disconnected { cause, .. }) => self.cause = Some(cause),
            }
        }
    }
}

impl Ended {
    /// Tells the owner all that is left. Returns itself if there was no room.
    fn finish(mut self) -> Option<Self> {
        if !self.peer.deliver() {
            return Some(self);
        }
        let Self { mut peer, place, reason } = self;
        // A client that never asked for a connection is nobody to the owner.
        if peer.is_announced {
            // Of an end that ENet has announced, the session may tell the rest only.
            let reason = peer.cause.map_or(reason, reason_of);
            let EnetPeer { queue, share, id, .. } = &mut *peer;
            queue.add(share).push(Queued::Disconnected { id: *id, reason, place });
        }
        None
    }
}

const fn reason_of(cause: Cause) -> EndReason {
    match cause {
        Cause::TimedOut => EndReason::Unacknowledged,
        Cause::Remote | Cause::Refused => EndReason::ClosedByPeer,
        Cause::Local => EndReason::ClosedLocally,
    }
}
