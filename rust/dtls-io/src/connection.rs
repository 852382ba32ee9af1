//! A connection as its owner's thread has it, and what it shares with the I/O thread.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak, mpsc};

use dtls_core::{Agreed, EndReason, MAX_PACKET, PacketQueue, Session, State, Statistics};
use parking_lot::Mutex;
use slotmap::{Key as _, KeyData};

use crate::driver::Thread;
use crate::endpoint::PeerKey;
use crate::mailbox::{Letter, Letters, Mailbox};
use crate::pruned::Pruned;

/// Why a packet was not taken. The connection lives on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendError {
    /// The handshake is not done, or the connection has ended.
    NotConnected,
    /// Larger than [`MAX_PACKET`].
    TooLarge(usize),
    /// As many wait to be sealed as may (`Transport::max_queued_packets`).
    Busy,
}

/// One end of a DTLS connection whose socket an I/O thread owns. Dropping it says close_notify.
pub struct Connection {
    shared: Arc<Shared>,
    mailbox: Arc<Mailbox>,
    /// A client's connections keep their thread; a server's do not keep the server.
    thread: Option<Arc<Thread>>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Connection").field("state", &self.state()).finish_non_exhaustive()
    }
}

impl Connection {
    pub(crate) fn new(shared: Arc<Shared>, mailbox: Arc<Mailbox>, thread: Option<Arc<Thread>>) -> Self {
        Self { shared, mailbox, thread }
    }

    /// Where the connection stands.
    pub fn state(&self) -> State {
        self.shared.inner.lock().state.clone()
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.shared.is_over()
    }

    /// Whether packets flow: what [`state`](Self::state) says, without a lock.
    pub fn is_connected(&self) -> bool {
        self.shared.phase.load(Ordering::Acquire) == Shared::CONNECTED
    }

    /// How many packets wait to be read.
    pub fn available(&self) -> usize {
        self.shared.inner.lock().inbox.len()
    }

    /// Moves the oldest packet into `buffer`; `false` when none waits.
    pub fn receive(&self, buffer: &mut Vec<u8>) -> bool {
        buffer.clear();
        match self.shared.inner.lock().inbox.pop() {
            Some(packet) => {
                buffer.extend_from_slice(packet);
                true
            }
            None => false,
        }
    }

    /// Hands a packet of 1 to [`MAX_PACKET`] bytes over for sealing; an empty one is nothing to send.
    ///
    /// # Errors
    /// See [`SendError`].
    pub fn send(&self, packet: &[u8]) -> Result<(), SendError> {
        if let Some(to) = self.reserve(packet)? {
            self.mailbox.post_with(Letter::Send { to, length: packet.len() }, packet);
        }
        Ok(())
    }

    /// The peer to send to, with a place in its queue; `None` for an empty packet.
    fn reserve(&self, packet: &[u8]) -> Result<Option<PeerKey>, SendError> {
        if !self.is_connected() {
            return Err(SendError::NotConnected);
        }
        if packet.len() > MAX_PACKET {
            return Err(SendError::TooLarge(packet.len()));
        }
        if packet.is_empty() {
            return Ok(None);
        }
        if self.shared.queued.fetch_add(1, Ordering::AcqRel) >= self.shared.max_queued_packets {
            self.shared.queued.fetch_sub(1, Ordering::AcqRel);
            return Err(SendError::Busy);
        }
        Ok(Some(self.shared.key()))
    }

    /// Says close_notify if connected, and ends.
    pub fn close(&self) {
        self.shared.end(EndReason::ClosedLocally);
        if !self.shared.key().is_null() {
            self.mailbox.post(Letter::Close(self.shared.key()));
        }
    }

    /// The other side's address, once it is known.
    pub fn remote_address(&self) -> Option<SocketAddr> {
        self.shared.inner.lock().remote
    }

    /// This side's port, once there is one.
    pub fn local_port(&self) -> Option<u16> {
        self.shared.inner.lock().local_port
    }

    /// How many packets were lost because as many waited to be read as may.
    pub fn overflowed(&self) -> u64 {
        self.shared.inner.lock().overflowed
    }

    /// Whether it is a client's connection to a server of this process.
    pub const fn is_server(&self) -> bool {
        self.thread.is_none()
    }

    /// Has the I/O thread look at the session, and waits for what `question` finds, usually well under a millisecond.
    /// `None` when there is no session any more, or none yet.
    pub fn ask<A: Send + 'static>(&self, question: impl FnOnce(&Session) -> A + Send + 'static) -> Option<A> {
        let key = self.shared.key();
        if key.is_null() {
            return None;
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let question = move |session: &Session| {
            // Nobody waits any more only if the asking thread has ended.
            let _ = answer.send(question(session));
        };
        self.mailbox.post(Letter::Ask(key, Box::new(question)));
        answered.recv().ok()
    }

    /// What the two sides have agreed on, once connected, and also when it is over.
    pub fn agreed(&self) -> Option<Arc<Agreed>> {
        self.shared.inner.lock().agreed.clone()
    }

    /// What the connection did, also when it is over.
    pub fn statistics(&self) -> Statistics {
        self.ask(Session::statistics).unwrap_or_else(|| self.shared.inner.lock().statistics)
    }

    /// Names this connection in [`Server::ready`](crate::Server::ready). Not zero.
    pub fn set_tag(&self, tag: i64) {
        self.shared.tag.store(tag, Ordering::Release);
    }

    /// What the I/O thread that reads `mailbox` calls it, if it is that one's.
    pub(crate) fn key_in(&self, mailbox: &Arc<Mailbox>) -> Option<PeerKey> {
        Arc::ptr_eq(&self.mailbox, mailbox).then(|| self.shared.key())
    }
}

/// Packets for many connections, handed over at once.
#[derive(Default)]
pub struct Bundle {
    letters: Letters,
    mailbox: Option<Arc<Mailbox>>,
}

impl Bundle {
    /// Adds a packet for `connection`, as [`Connection::send`] takes it.
    ///
    /// # Errors
    /// See [`SendError`]; the packet is left out.
    pub fn add(&mut self, connection: &Connection, packet: &[u8]) -> Result<(), SendError> {
        let Some(to) = connection.reserve(packet)? else { return Ok(()) };
        if self.mailbox.as_ref().is_none_or(|mailbox| !Arc::ptr_eq(mailbox, &connection.mailbox)) {
            self.send();
            self.mailbox = Some(Arc::clone(&connection.mailbox));
        }
        self.letters.add(Letter::Send { to, length: packet.len() }, packet);
        Ok(())
    }

    /// Hands over what was added.
    pub fn send(&mut self) {
        if let Some(mailbox) = &self.mailbox {
            mailbox.post_all(&mut self.letters);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.tag.store(Shared::GONE, Ordering::Release);
        // Its server's list may keep the rest for a while.
        self.shared.inner.lock().inbox = PacketQueue::new();
        self.close();
    }
}

/// The connections of a server that have something to read or a new state, unless they are gone.
pub(crate) type Ready = Mutex<Pruned<Arc<Shared>>>;

/// What is to be done with a connection in a server's list after its packets were taken.
pub(crate) enum After {
    /// Its owner does not know it yet.
    Waits,
    /// Its owner has not heard of its state: it is to be set aside, which it was not before.
    HasNews,
    Done,
}

/// What both threads see of a connection.
pub(crate) struct Shared {
    pub(crate) inner: Mutex<Inner>,
    /// A copy of the state, for looking at it per packet.
    phase: AtomicU8,
    /// The I/O thread's name for the connection; null before it has one.
    key: AtomicU64,
    /// How many packets wait to be sealed.
    queued: AtomicUsize,
    /// The owner's name for the connection: 0 before it has one.
    tag: AtomicI64,
    /// The list of its server, if it has one that still listens.
    ready: Weak<Ready>,
    /// How many packets may wait each way.
    max_queued_packets: usize,
}

pub(crate) struct Inner {
    pub(crate) state: State,
    pub(crate) inbox: PacketQueue,
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) local_port: Option<u16>,
    overflowed: u64,
    agreed: Option<Arc<Agreed>>,
    /// Of a session that is gone.
    pub(crate) statistics: Statistics,
    /// Whether it is in the server's list already.
    listed: bool,
    /// Whether the state has changed since the owner last asked who is ready.
    changed: bool,
    /// Whether the server has set it aside for that.
    set_aside: bool,
}

impl Shared {
    const HANDSHAKING: u8 = 0;
    const CONNECTED: u8 = 1;
    const ENDED: u8 = 2;

    /// The tag of a connection that its owner has dropped.
    const GONE: i64 = -1;

    pub(crate) fn new(remote: Option<SocketAddr>, ready: Weak<Ready>, max_queued_packets: usize) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::new(Inner {
                state: State::Handshaking,
                inbox: PacketQueue::new(),
                remote,
                local_port: None,
                overflowed: 0,
                agreed: None,
                statistics: Statistics::default(),
                listed: false,
                changed: false,
                set_aside: false,
            }),
            phase: AtomicU8::new(Self::HANDSHAKING),
            key: AtomicU64::new(PeerKey::null().data().as_ffi()),
            queued: AtomicUsize::new(0),
            tag: AtomicI64::new(0),
            ready,
            max_queued_packets,
        })
    }

    pub(crate) fn key(&self) -> PeerKey {
        KeyData::from_ffi(self.key.load(Ordering::Acquire)).into()
    }

    pub(crate) fn set_key(&self, key: PeerKey) {
        self.key.store(key.data().as_ffi(), Ordering::Release);
    }

    /// Whether the owner has closed or dropped it.
    pub(crate) fn is_over(&self) -> bool {
        self.phase.load(Ordering::Acquire) == Self::ENDED
    }

    /// A packet left the queue to be sealed.
    pub(crate) fn unqueue(&self) {
        self.queued.fetch_sub(1, Ordering::AcqRel);
    }

    /// Puts a packet into the inbox; `false` when it is full.
    pub(crate) fn deliver(self: &Arc<Self>, packet: &[u8]) -> bool {
        let mut inner = self.inner.lock();
        if inner.inbox.len() >= self.max_queued_packets {
            inner.overflowed += 1;
            return false;
        }
        inner.inbox.push(packet);
        self.list(&mut inner);
        true
    }

    pub(crate) fn connected(self: &Arc<Self>, agreed: Option<Arc<Agreed>>) {
        let mut inner = self.inner.lock();
        if inner.state == State::Handshaking {
            inner.state = State::Connected;
            inner.agreed = agreed;
            inner.changed = true;
            self.phase.store(Self::CONNECTED, Ordering::Release);
            self.list(&mut inner);
        }
    }

    /// Ends it, unless it has ended already: the first reason stays.
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

    /// Before the handshake is done there is no owner to look for it in the list.
    fn list(self: &Arc<Self>, inner: &mut Inner) {
        if inner.state != State::Handshaking
            && !std::mem::replace(&mut inner.listed, true)
            && let Some(ready) = self.ready.upgrade()
        {
            ready.lock().push(Arc::clone(self), |shared| !shared.is_gone());
        }
    }

    /// For the server's list: takes every packet, if the owner knows the connection.
    pub(crate) fn take_packets(&self, on_packet: &mut impl FnMut(i64, &[u8])) -> After {
        let tag = self.tag.load(Ordering::Acquire);
        let mut inner = self.inner.lock();
        if tag == 0 {
            return After::Waits;
        }
        inner.listed = false;
        if tag == Self::GONE {
            return After::Done;
        }
        while let Some(packet) = inner.inbox.pop() {
            on_packet(tag, packet);
        }
        if inner.changed && !std::mem::replace(&mut inner.set_aside, true) { After::HasNews } else { After::Done }
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.tag.load(Ordering::Acquire) == Self::GONE
    }

    /// For the server's list: whether it stays, and its tag if it has something for its owner.
    pub(crate) fn look(&self) -> (bool, Option<i64>) {
        let tag = self.tag.load(Ordering::Acquire);
        let mut inner = self.inner.lock();
        inner.set_aside = false;
        match tag {
            0 => (true, None),
            _ if tag != Self::GONE && (std::mem::take(&mut inner.changed) || !inner.inbox.is_empty()) => {
                // Also if it was set aside before.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of_server() -> (Arc<Ready>, Arc<Shared>) {
        let ready = Arc::<Ready>::default();
        let shared = Shared::new(None, Arc::downgrade(&ready), 8);
        (ready, shared)
    }

    #[test]
    fn a_handshake_that_fails_is_never_listed_even_if_packets_came_early() {
        let (ready, shared) = of_server();
        assert!(shared.deliver(b"early"));
        shared.end(EndReason::Crowded);
        assert!(ready.lock().is_empty());
    }

    #[test]
    fn packets_that_came_early_are_there_once_it_is_connected() {
        let (ready, shared) = of_server();
        shared.deliver(b"early");
        shared.connected(None);
        assert!(!ready.lock().is_empty());
        assert_eq!(shared.inner.lock().inbox.len(), 1);
    }

    #[test]
    fn news_are_set_aside_once_until_they_are_told() {
        let (_ready, shared) = of_server();
        shared.connected(None);
        shared.tag.store(1, Ordering::Release);
        let take = || shared.take_packets(&mut |_, _| {});
        assert!(matches!(take(), After::HasNews));
        assert!(matches!(take(), After::Done));
        assert_eq!(shared.look(), (true, Some(1)));
        shared.end(EndReason::ClosedByPeer);
        assert!(matches!(shared.take_packets(&mut |_, _| {}), After::HasNews));
    }

    #[test]
    fn a_connection_whose_news_were_told_is_listed_once() {
        let (ready, shared) = of_server();
        shared.connected(None);
        shared.tag.store(1, Ordering::Release);
        assert_eq!(ready.lock().drain().count(), 1);
        assert!(matches!(shared.take_packets(&mut |_, _| {}), After::HasNews));
        assert_eq!(shared.look(), (true, Some(1)));
        shared.deliver(b"packet");
        assert!(ready.lock().is_empty(), "whoever told the news has it in hand still");
    }

    #[test]
    fn connections_that_come_and_go_unseen_are_let_go_of() {
        let ready = Arc::<Ready>::default();
        for _ in 0..10_000 {
            let shared = Shared::new(None, Arc::downgrade(&ready), 8);
            shared.connected(None);
            shared.tag.store(Shared::GONE, Ordering::Release);
        }
        assert!(ready.lock().drain().count() < 1000);
    }

    #[test]
    fn a_server_that_is_gone_keeps_no_connection_alive() {
        let (ready, shared) = of_server();
        shared.connected(None);
        assert!(!ready.lock().is_empty());
        let alive = Arc::downgrade(&shared);
        drop((ready, shared));
        assert!(alive.upgrade().is_none());
    }
}
