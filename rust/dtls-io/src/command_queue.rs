//! What the owner's thread asks of an I/O thread, in order.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dtls_core::{Acceptor, Session};
use mio::Waker;
use parking_lot::Mutex;

use crate::attempts::ConnectRequest;
use crate::budget::QueueLimits;
use crate::key::PeerKey;

/// What is asked of a session, with the way its answer takes.
pub(crate) type Question = Box<dyn FnOnce(&Session) + Send>;

/// One request. Packets lie in [`CommandBuffer::bytes`], in the order of the requests that name their lengths.
pub(crate) enum Command {
    /// Seal a packet for one peer.
    Send { to: PeerKey, length: usize },
    /// Seal a packet for all connected peers but one, that were handed out before the broadcast of this number.
    Broadcast { length: usize, except: Option<PeerKey>, number: u64 },
    /// Say close_notify to one peer and forget it.
    Close(PeerKey),
    /// Look at one peer's session.
    Ask(PeerKey, Question),
    /// Connect to a server.
    Connect(Box<ConnectRequest>),
    /// Let new clients in with other options, and queues of another length.
    Replace(Box<Acceptor>, QueueLimits),
    /// Say close_notify to all and end the thread.
    Stop,
}

/// Requests that wait, with the packets they carry in one allocation.
#[derive(Default)]
pub(crate) struct CommandBuffer {
    pub(crate) commands: Vec<Command>,
    pub(crate) bytes: Vec<u8>,
}

impl CommandBuffer {
    pub(crate) fn add(&mut self, command: Command, packet: &[u8]) {
        self.commands.push(command);
        self.bytes.extend_from_slice(packet);
    }
}

/// Where requests wait, and how their reader is woken.
pub(crate) struct CommandQueue {
    /// `None` once nobody reads any more.
    waiting: Mutex<Option<CommandBuffer>>,
    waker: Waker,
    /// Whether the reader sleeps, or is about to: only then is waking it worth a system call.
    asleep: AtomicBool,
}

impl CommandQueue {
    pub(crate) fn new(waker: Waker) -> Arc<Self> {
        Arc::new(Self { waiting: Mutex::new(Some(CommandBuffer::default())), waker, asleep: AtomicBool::new(false) })
    }

    pub(crate) fn post(&self, command: Command) {
        self.post_with(command, &[]);
    }

    /// Posts a request that carries `packet`.
    pub(crate) fn post_with(&self, command: Command, packet: &[u8]) {
        // The reader is gone: the command is dropped, and its reply channel closes.
        if let Some(waiting) = &mut *self.waiting.lock() {
            waiting.add(command, packet);
        }
        self.wake();
    }

    /// Posts all of `commands`, and empties them.
    pub(crate) fn post_all(&self, commands: &mut CommandBuffer) {
        if let Some(waiting) = &mut *self.waiting.lock() {
            waiting.commands.append(&mut commands.commands);
            waiting.bytes.append(&mut commands.bytes);
        }
        // The reader is gone; these keys are invalid elsewhere.
        commands.commands.clear();
        commands.bytes.clear();
        self.wake();
    }

    fn wake(&self) {
        if self.asleep.swap(false, Ordering::SeqCst) {
            // It fails only if the system is out of resources; the reader then sees the post at its next event.
            let _ = self.waker.wake();
        }
    }

    /// Takes all commands, and leaves the empty `commands` in their place.
    pub(crate) fn take(&self, commands: &mut CommandBuffer) {
        if let Some(waiting) = &mut *self.waiting.lock() {
            std::mem::swap(waiting, commands);
        }
    }

    /// Says that nobody reads any more.
    pub(crate) fn close(&self) {
        let unread = self.waiting.lock().take();
        drop(unread);
    }

    /// Whether somebody reads.
    pub(crate) fn is_open(&self) -> bool {
        self.waiting.lock().is_some()
    }

    /// Has the reader wait with `wait`, which is told whether it may sleep, and is woken by a post.
    pub(crate) fn sleep(&self, wait: impl FnOnce(bool) -> io::Result<()>) -> io::Result<()> {
        self.asleep.store(true, Ordering::SeqCst);
        let nothing_waits = self.waiting.lock().as_ref().is_none_or(|waiting| waiting.commands.is_empty());
        let waited = wait(nothing_waits);
        self.asleep.store(false, Ordering::SeqCst);
        waited
    }
}
