//! Commands from the owner's thread to an I/O thread, in order.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dtls_core::{Acceptor, Session};
use mio::Waker;
use parking_lot::Mutex;

use crate::attempts::ConnectRequest;
use crate::budget::QueueLimits;
use crate::key::PeerKey;

/// A closure that reads a session and sends back its answer.
pub(crate) type Question = Box<dyn FnOnce(&Session) + Send>;

/// One command. Packets lie in [`CommandBuffer::bytes`], in the order of the commands that give their lengths.
pub(crate) enum Command {
    /// Encrypt a packet for one peer.
    Send { to: PeerKey, length: usize },
    /// Encrypt a packet for all connected peers except one. It goes only to peers that were handed out before the
    /// broadcast with this number.
    Broadcast { length: usize, except: Option<PeerKey>, number: u64 },
    /// Send close_notify to one peer and forget it.
    Close(PeerKey),
    /// Run a function on one peer's session.
    Ask(PeerKey, Question),
    /// Connect to a server.
    Connect(Box<ConnectRequest>),
    /// Accept new clients with other options and queue limits.
    Replace(Box<Acceptor>, QueueLimits),
    /// Send close_notify to all peers and end the thread.
    Stop,
}

/// Waiting commands, with all their packets in one allocation.
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

/// A queue of commands, and the waker for its reader.
pub(crate) struct CommandQueue {
    /// `None` once the reader is gone.
    waiting: Mutex<Option<CommandBuffer>>,
    waker: Waker,
    /// Whether the reader sleeps or is about to. Only then is a wake-up worth a system call.
    asleep: AtomicBool,
}

impl CommandQueue {
    pub(crate) fn new(waker: Waker) -> Arc<Self> {
        Arc::new(Self { waiting: Mutex::new(Some(CommandBuffer::default())), waker, asleep: AtomicBool::new(false) })
    }

    pub(crate) fn post(&self, command: Command) {
        self.post_with(command, &[]);
    }

    /// Posts a command that carries `packet`.
    pub(crate) fn post_with(&self, command: Command, packet: &[u8]) {
        // If the reader is gone, the command is dropped, and its reply channel closes.
        if let Some(waiting) = &mut *self.waiting.lock() {
            waiting.add(command, packet);
        }
        self.wake();
    }

    /// Posts all `commands` and leaves the buffer empty.
    pub(crate) fn post_all(&self, commands: &mut CommandBuffer) {
        if let Some(waiting) = &mut *self.waiting.lock() {
            waiting.commands.append(&mut commands.commands);
            waiting.bytes.append(&mut commands.bytes);
        }
        // Also if the reader is gone: these keys are valid on no other thread.
        commands.commands.clear();
        commands.bytes.clear();
        self.wake();
    }

    fn wake(&self) {
        if self.asleep.swap(false, Ordering::SeqCst) {
            // This fails only if the system is out of resources. The reader then sees the command at its next event.
            let _ = self.waker.wake();
        }
    }

    /// Takes all commands, and leaves the empty `commands` buffer in their place.
    pub(crate) fn take(&self, commands: &mut CommandBuffer) {
        if let Some(waiting) = &mut *self.waiting.lock() {
            std::mem::swap(waiting, commands);
        }
    }

    /// Marks the reader as gone.
    pub(crate) fn close(&self) {
        let unread = self.waiting.lock().take();
        drop(unread);
    }

    /// Whether there still is a reader.
    pub(crate) fn is_open(&self) -> bool {
        self.waiting.lock().is_some()
    }

    /// Runs `wait`, which receives whether it may sleep. A post wakes it.
    pub(crate) fn sleep(&self, wait: impl FnOnce(bool) -> io::Result<()>) -> io::Result<()> {
        self.asleep.store(true, Ordering::SeqCst);
        let nothing_waits = self.waiting.lock().as_ref().is_none_or(|waiting| waiting.commands.is_empty());
        let waited = wait(nothing_waits);
        self.asleep.store(false, Ordering::SeqCst);
        waited
    }
}
