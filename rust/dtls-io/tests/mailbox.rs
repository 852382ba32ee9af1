//! The mailbox between a connection's owner and its I/O thread, as a model whose threads take their steps in every order
//! (loom). If a wake-up is lost, the reader sleeps for ever, and loom reports a deadlock.
#![allow(clippy::unwrap_used)]

use loom::model::Builder;
use loom::sync::{Arc, Notify};
use loom::thread;

/// What `src/sync.rs` is to the library.
mod sync {
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
            self.0.lock().unwrap()
        }
    }
}

#[path = "../src/mailbox.rs"]
mod mailbox;

use mailbox::Mailbox;

/// Runs `threads` in every order in which a thread is interrupted at most three times.
fn model(threads: impl Fn() + Sync + Send + 'static) {
    let mut orders = Builder::new();
    orders.preemption_bound = Some(3);
    orders.check(threads);
}

/// A mailbox with the waker of its reader.
struct Letters {
    mailbox: Mailbox<Vec<u32>>,
    waker: Notify,
}

impl Letters {
    fn new() -> Arc<Self> {
        Arc::new(Self { mailbox: Mailbox::default(), waker: Notify::new() })
    }

    fn post(&self, letter: u32) {
        if self.mailbox.post(|waiting| waiting.push(letter)) {
            self.waker.notify();
        }
    }

    /// Reads as the I/O thread does, until there were this many letters.
    fn read(&self, count: usize) -> Vec<u32> {
        let (mut read, mut taken) = (Vec::new(), Vec::new());
        while read.len() < count {
            self.mailbox.sleep(Vec::is_empty, |may_sleep| {
                if may_sleep {
                    self.waker.wait();
                }
            });
            self.mailbox.take(&mut taken);
            read.append(&mut taken);
        }
        read
    }
}

#[test]
fn a_reader_that_sleeps_is_woken_by_every_writer() {
    model(|| {
        let letters = Letters::new();
        let writers = [1, 2].map(|letter| {
            let letters = Arc::clone(&letters);
            thread::spawn(move || letters.post(letter))
        });
        let mut read = letters.read(2);
        read.sort_unstable();
        assert_eq!(read, [1, 2]);
        for writer in writers {
            writer.join().unwrap();
        }
    });
}

#[test]
fn letters_of_a_writer_arrive_in_order_whether_or_not_their_reader_sleeps() {
    model(|| {
        let letters = Letters::new();
        let writer = thread::spawn({
            let letters = Arc::clone(&letters);
            move || (1..=3).for_each(|letter| letters.post(letter))
        });
        assert_eq!(letters.read(3), [1, 2, 3]);
        writer.join().unwrap();
    });
}

#[test]
fn nothing_waits_for_a_reader_that_is_gone() {
    model(|| {
        let letters = Arc::new(Mailbox::<Vec<Arc<()>>>::default());
        let letter = Arc::new(());
        let writer = thread::spawn({
            let (letters, letter) = (Arc::clone(&letters), Arc::clone(&letter));
            move || letters.post(|waiting| waiting.push(letter))
        });
        letters.close();
        assert!(!letters.is_open());
        writer.join().unwrap();
        assert_eq!(Arc::strong_count(&letter), 1, "whoever waits for an answer to it learns that none comes");
    });
}
