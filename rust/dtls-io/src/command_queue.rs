//! Commands from the owner's thread to an I/O thread, in order.

use std::sync::Arc;

use dtls_core::{Acceptor, Session};
use mio::Waker;

use crate::attempts::ConnectRequest;
use crate::budget::QueueLimits;
use crate::command_channel::CommandChannel;
use crate::enet::command::EnetCommand;
use crate::key::PeerKey;

/// How many commands an emptied buffer keeps memory for: a frame's packets to thousands of players, not a burst.
const KEPT_COMMANDS: usize = 8 * 1024;

/// How many bytes of packets it keeps memory for.
const KEPT_BYTES: usize = 1024 * 1024;

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
    /// For the ENet layer.
    Enet(EnetCommand),
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

    /// Drops the commands with their packets, and frees the memory of a burst.
    pub(crate) fn clear(&mut self) {
        self.commands.clear();
        self.commands.shrink_to(KEPT_COMMANDS);
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
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
        commands.clear();
        if must_wake {
            self.wake();
        }
    }

    fn wake(&self) {
        // This fails only if the system is out of resources. The thread then sees the command at its next event.
        let _ = self.waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emptied_buffer_keeps_the_memory_of_a_frame_and_frees_that_of_a_burst() {
        let mut buffer = CommandBuffer::default();
        for (packets, size) in [(1000, 1000), (4 * KEPT_COMMANDS, 0), (1000, 16 * 1024)] {
            for _ in 0..packets {
                buffer.add(Command::Stop, &vec![7; size]);
            }
            buffer.clear();
            assert!(buffer.is_empty() && buffer.bytes.is_empty());
            assert!((1000..=KEPT_COMMANDS).contains(&buffer.commands.capacity()));
            assert!((1_000_000..=KEPT_BYTES).contains(&buffer.bytes.capacity()));
        }
    }
}
