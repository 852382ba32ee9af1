//! The state of a connection that the owner's thread and the I/O thread share.
//!
//! `tests/connection_state.rs` includes this file, and lets both threads take their steps in every order.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};

use dtls_core::{EndReason, HandshakeInfo, MAX_PACKET, State};
use slotmap::{Key as _, KeyData};

use crate::budget::{Budget, Inbox, QueueLimits};
use crate::key::PeerKey;
use crate::pruning_queue::PruningQueue;
use crate::statistics::SessionCounts;
use crate::sync::{AtomicI64, AtomicU8, AtomicU64, AtomicUsize, Mutex, Ordering};

/// The connections of a server that have packets to read or a new state, except those that their owner has dropped.
pub(crate) type Ready = Mutex<PruningQueue<Arc<ConnectionState>>>;

/// What to do with a connection in a server's list after its packets were taken.
pub(crate) enum ReadyOutcome {
    /// Keep it: its owner has not set a tag yet.
    Waits,
    /// Set it aside: its owner has not seen its new state, and it is not set aside yet.
    HasNews,
    Done,
}

/// The shared state of a connection.
pub(crate) struct ConnectionState {
    pub(crate) inner: Mutex<Inner>,
    /// A copy of the state that can be read for each packet without a lock.
    phase: AtomicU8,
    /// The I/O thread's key for the connection; null before there is one.
    key: AtomicU64,
    /// The largest packet in bytes, once connected.
    max_packet: AtomicUsize,
    /// The largest packet that fits into one datagram, once connected.
    max_payload: AtomicUsize,
    /// How many packets wait to be encrypted, and their bytes.
    queued: AtomicUsize,
    queued_bytes: AtomicUsize,
    /// Counts of the session, as of its last turn.
    pub(crate) counts: SessionCounts,
    /// The owner's tag for the connection; 0 before there is one.
    tag: AtomicI64,
    /// The number of broadcasts that its server had sent when it was handed out, plus one; 0 before that.
    taken: AtomicU64,
    /// The list of its server, if it has a server that still listens.
    ready: Weak<Ready>,
    /// Limits for the packets that wait in each direction.
    limits: QueueLimits,
    /// The byte budget of all connections of the thread.
    budget: Arc<Budget>,
}

pub(crate) struct Inner {
    pub(crate) state: State,
    pub(crate) inbox: Inbox,
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) local_port: Option<u16>,
    pub(crate) handshake_info: Option<Arc<HandshakeInfo>>,
    /// Whether it is already in the server's list.
    listed: bool,
    /// Whether the state has changed since the owner last asked who is ready.
    changed: bool,
    /// Whether the server has set it aside because of a new state.
    set_aside: bool,
}

impl ConnectionState {
    const HANDSHAKING: u8 = 0;
    const CONNECTED: u8 = 1;
    const ENDED: u8 = 2;

    /// The tag of a connection that its owner has dropped.
    const GONE: i64 = -1;

    pub(crate) fn new(
        remote: Option<SocketAddr>,
        ready: Weak<Ready>,
        limits: QueueLimits,
        budget: Arc<Budget>,
    ) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::new(Inner {
                state: State::Handshaking,
                inbox: Inbox::new(limits, Arc::clone(&budget)),
                remote,
                local_port: None,
                handshake_info: None,
                listed: false,
                changed: false,
                set_aside: false,
            }),
            phase: AtomicU8::new(Self::HANDSHAKING),
            key: AtomicU64::new(PeerKey::null().data().as_ffi()),
            max_packet: AtomicUsize::new(MAX_PACKET),
            max_payload: AtomicUsize::new(0),
            queued: AtomicUsize::new(0),
            queued_bytes: AtomicUsize::new(0),
            counts: SessionCounts::default(),
            tag: AtomicI64::new(0),
            taken: AtomicU64::new(0),
            ready,
            limits,
            budget,
        })
    }

    pub(crate) fn key(&self) -> PeerKey {
        KeyData::from_ffi(self.key.load(Ordering::Acquire)).into()
    }

    pub(crate) fn set_key(&self, key: PeerKey) {
        self.key.store(key.data().as_ffi(), Ordering::Release);
    }

    /// Whether it is connected.
    pub(crate) fn is_connected(&self) -> bool {
        self.phase.load(Ordering::Acquire) == Self::CONNECTED
    }

    /// The largest packet in bytes.
    pub(crate) fn max_packet(&self) -> usize {
        self.max_packet.load(Ordering::Relaxed)
    }

    /// The largest packet in bytes that fits into one datagram; 0 unless connected.
    pub(crate) fn max_payload(&self) -> usize {
        if self.is_connected() { self.max_payload.load(Ordering::Relaxed) } else { 0 }
    }

    /// Sets the owner's tag, which must not be zero.
    pub(crate) fn set_tag(&self, tag: i64) {
        self.tag.store(tag, Ordering::Release);
    }

    /// Marks it as handed out by its server, after `broadcasts` broadcasts.
    pub(crate) fn take(&self, broadcasts: u64) {
        self.taken.store(broadcasts + 1, Ordering::Release);
    }

    /// Whether it was handed out before its server's broadcast with this number.
    pub(crate) fn was_taken_before(&self, broadcast: u64) -> bool {
        (1..=broadcast).contains(&self.taken.load(Ordering::Acquire))
    }

    /// Marks it as dropped by its owner.
    pub(crate) fn abandon(&self) {
        self.set_tag(Self::GONE);
        // The server's list may keep the rest for a while, so free the packets now.
        self.inner.lock().inbox.clear();
    }

    /// Whether it has ended, whichever side ended it.
    pub(crate) fn is_over(&self) -> bool {
        self.phase.load(Ordering::Acquire) == Self::ENDED
    }

    /// Whether it is connected or has ended, whatever the reason.
    pub(crate) fn is_decided(&self) -> bool {
        self.phase.load(Ordering::Acquire) != Self::HANDSHAKING
    }

    /// Reserves room for a packet of `length` bytes in the queue of packets to be encrypted; `false` if there is none.
    pub(crate) fn queue(&self, length: usize) -> bool {
        let packets = self.queued.fetch_add(1, Ordering::AcqRel);
        let bytes = self.queued_bytes.fetch_add(length, Ordering::AcqRel);
        let has_room = packets < self.limits.packets && bytes + length <= self.limits.bytes && self.budget.take(length);
        if !has_room {
            self.unqueue(length);
        }
        has_room
    }

    /// How many packets, and how many bytes, are in the queue of packets to be encrypted.
    pub(crate) fn queued(&self) -> (usize, usize) {
        (self.queued.load(Ordering::Acquire), self.queued_bytes.load(Ordering::Acquire))
    }

    /// A packet has left the queue of packets to be encrypted. The reader of the queue gives its bytes back to the
    /// budget, because the packet may outlive this connection.
    pub(crate) fn unqueue(&self, length: usize) {
        self.queued.fetch_sub(1, Ordering::AcqRel);
        self.queued_bytes.fetch_sub(length, Ordering::AcqRel);
    }

    /// Puts a packet into the inbox; `false` if the inbox is full.
    pub(crate) fn deliver(self: &Arc<Self>, packet: &[u8]) -> bool {
        let mut inner = self.inner.lock();
        if self.is_gone() {
            return true; // The owner is gone, so the packet does not count as dropped.
        }
        let delivered = inner.inbox.push(packet);
        if delivered {
            self.list(&mut inner);
        }
        delivered
    }

    /// The handshake of the session with this `key` is done. `false` if another attempt was faster, or if the owner has
    /// closed the connection.
    pub(crate) fn connected(
        self: &Arc<Self>,
        key: PeerKey,
        handshake_info: Option<Arc<HandshakeInfo>>,
        max_payload: usize,
    ) -> bool {
        let mut inner = self.inner.lock();
        let is_first = inner.state == State::Handshaking;
        if is_first {
            inner.state = State::Connected;
            if let Some(handshake_info) = &handshake_info {
                self.max_packet.store(handshake_info.max_packet(), Ordering::Relaxed);
            }
            self.max_payload.store(max_payload, Ordering::Relaxed);
            inner.handshake_info = handshake_info;
            inner.changed = true;
            // Under the lock, so that a concurrent close ends this session.
            self.set_key(key);
            self.phase.store(Self::CONNECTED, Ordering::Release);
            self.list(&mut inner);
        }
        is_first
    }

    /// Ends the connection. If it has already ended, the first reason stays.
    pub(crate) fn end(self: &Arc<Self>, reason: EndReason) {
        let mut inner = self.inner.lock();
        if matches!(inner.state, State::Ended(_)) {
            return;
        }
        let had_an_owner = inner.state == State::Connected;
        inner.state = State::Ended(reason);
        inner.changed = true;
        self.phase.store(Self::ENDED, Ordering::Release);
        if had_an_owner {
            self.list(&mut inner);
        }
    }

    /// Adds it to the server's list. Before the handshake is done it is not listed, because it has no owner yet.
    fn list(self: &Arc<Self>, inner: &mut Inner) {
        if inner.state != State::Handshaking
            && !std::mem::replace(&mut inner.listed, true)
            && let Some(ready) = self.ready.upgrade()
        {
            ready.lock().push(Arc::clone(self), |shared| !shared.is_gone());
        }
    }

    /// For the server's list: takes all packets, if the owner has set a tag.
    pub(crate) fn take_packets(&self, on_packet: &mut impl FnMut(i64, &[u8])) -> ReadyOutcome {
        let tag = self.tag.load(Ordering::Acquire);
        let mut inner = self.inner.lock();
        if tag == 0 {
            return ReadyOutcome::Waits;
        }
        inner.listed = false;
        if tag == Self::GONE {
            return ReadyOutcome::Done;
        }
        while let Some(packet) = inner.inbox.pop() {
            on_packet(tag, packet);
        }
        if inner.changed && !std::mem::replace(&mut inner.set_aside, true) {
            ReadyOutcome::HasNews
        } else {
            ReadyOutcome::Done
        }
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.tag.load(Ordering::Acquire) == Self::GONE
    }

    /// For the server's list: returns whether it stays there, and its tag if it has something for its owner.
    pub(crate) fn look(&self) -> (bool, Option<i64>) {
        let tag = self.tag.load(Ordering::Acquire);
        let mut inner = self.inner.lock();
        if std::mem::replace(&mut inner.set_aside, false) && inner.listed {
            // It was set aside, and is in the list again. What is in the list stays.
            return (false, None);
        }
        match tag {
            0 => (true, None),
            _ if tag != Self::GONE && (std::mem::take(&mut inner.changed) || !inner.inbox.is_empty()) => {
                inner.listed = true;
                (true, Some(tag))
            }
            _ => {
                inner.listed = false;
                (false, None)
            }
        }
    }
}
