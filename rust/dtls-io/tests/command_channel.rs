//! The channel from a connection's owner to its I/O thread, as a model whose threads take their steps in every order (loom).
//! If a wake-up is lost, the receiver sleeps for ever, and loom reports a deadlock.
//! Not on Windows, where loom cannot unwind the stacks of its threads; the steps are the same there.
#![cfg(not(windows))]
#![allow(clippy::unwrap_used)]

use loom::sync::{Arc, Notify};
use loom::thread;

#[path = "../src/command_channel.rs"]
mod command_channel;
#[path = "model/sync.rs"]
mod sync;

use command_channel::CommandChannel;
use sync::model;

/// A channel with the waker of its receiver, as the library's.
struct CommandQueue {
    channel: CommandChannel<Vec<u32>>,
    waker: Notify,
}

impl CommandQueue {
    fn new() -> Arc<Self> {
        Arc::new(Self { channel: CommandChannel::default(), waker: Notify::new() })
    }

    fn post(&self, command: u32) {
        if self.channel.send(|waiting| waiting.push(command)) {
            self.waker.notify();
        }
    }

    /// Receives as the I/O thread does, until there were this many commands.
    fn receive(&self, count: usize) -> Vec<u32> {
        let (mut commands, mut received) = (Vec::new(), Vec::new());
        while commands.len() < count {
            self.channel.sleep(Vec::is_empty, |may_sleep| {
                if may_sleep {
                    self.waker.wait();
                }
            });
            self.channel.receive(&mut received);
            commands.append(&mut received);
        }
        commands
    }
}

#[test]
fn a_receiver_that_sleeps_is_woken_by_every_sender() {
    model(|| {
        let queue = CommandQueue::new();
        let senders = [1, 2].map(|command| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.post(command))
        });
        let mut commands = queue.receive(2);
        commands.sort_unstable();
        assert_eq!(commands, [1, 2]);
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

#[test]
fn commands_of_a_sender_arrive_in_order_whether_or_not_their_receiver_sleeps() {
    model(|| {
        let queue = CommandQueue::new();
        let sender = thread::spawn({
            let queue = Arc::clone(&queue);
            move || (1..=3).for_each(|command| queue.post(command))
        });
        assert_eq!(queue.receive(3), [1, 2, 3]);
        sender.join().unwrap();
    });
}

#[test]
fn nothing_waits_for_a_receiver_that_is_gone() {
    model(|| {
        let channel = Arc::new(CommandChannel::<Vec<Arc<()>>>::default());
        let command = Arc::new(());
        let sender = thread::spawn({
            let (channel, command) = (Arc::clone(&channel), Arc::clone(&command));
            move || channel.send(|waiting| waiting.push(command))
        });
        channel.close();
        assert!(!channel.is_open());
        sender.join().unwrap();
        assert_eq!(Arc::strong_count(&command), 1, "whoever waits for an answer to it learns that none comes");
    });
}
