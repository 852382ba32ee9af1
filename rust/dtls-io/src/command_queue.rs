//! Commands from the owner's thread to an I/O thread, in order.

use std::sync::Arc;

use dtls_core::{Acceptor, Session};
use mio::Waker;

use crate::attempts::ConnectRequest;
use crate::budget::QueueLimits;
use crate::command_channel::CommandChannel;
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

    pub(crate) fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }
}

/// A queue of commands, and the waker of its I/O thread.
pub(crate) struct CommandQueue {
    pub(crate) channel: CommandChannel<CommandBuffer>,
    waker: Waker,
}

impl CommandQueue {
    pub(crate) fn new(waker: Waker) -> Arc<Self> {
        Arc::new(Self { channel: CommandChannel::default(), waker })
    }

    pub(crate) fn post(&self, command: Command) {
        self.post_with(command, &[]);
    }

    /// Posts a command that carries `packet`. If the thread is gone, the command is dropped, and its reply channel closes.
    pub(crate) fn post_with(&self, command: Command, packet: &[u8]) {
        if self.channel.send(|waiting| waiting.add(command, packet)) {
            self.wake();
        }
    }

    /// Posts all `commands` and leaves the buffer empty.
    pub(crate) fn post_all(&self, commands: &mut CommandBuffer) {
        let must_wake = self.channel.send(|waiting| {
            waiting.commands.append(&mut commands.commands);
            waiting.bytes.append(&mut commands.bytes);
        });
        // Also if the thread is gone: these keys are valid on no other thread.
        commands.commands.clear();
        commands.bytes.clear();
        if must_wake {
            self.wake();
        }
    }

    fn wake(&self) {
        // This fails only if the system is out of resources. The thread then sees the command at its next event.
        let _ = self.waker.wake();
    }
}
