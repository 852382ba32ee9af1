//! A mailbox whose reader may sleep.
//!
//! `tests/mailbox.rs` includes this file, and lets its threads take their steps in every order. The file therefore uses
//! nothing of the crate but `sync`.

use crate::sync::Mutex;

/// Messages for a reader on another thread, and whether that reader has to be woken.
pub(crate) struct Mailbox<M>(Mutex<State<M>>);

struct State<M> {
    /// `None` once the reader is gone.
    waiting: Option<M>,
    /// Whether the reader sleeps or is about to. Only then is a wake-up worth a system call.
    asleep: bool,
}

impl<M: Default> Default for Mailbox<M> {
    fn default() -> Self {
        Self(Mutex::new(State { waiting: Some(M::default()), asleep: false }))
    }
}

impl<M> Mailbox<M> {
    /// Runs `add` on what waits, unless the reader is gone. Returns whether the caller must wake the reader.
    #[must_use]
    pub(crate) fn post(&self, add: impl FnOnce(&mut M)) -> bool {
        let mut state = self.0.lock();
        if let Some(waiting) = &mut state.waiting {
            add(waiting);
        }
        std::mem::take(&mut state.asleep)
    }

    /// Takes everything that waits, and leaves the empty `taken` in its place.
    pub(crate) fn take(&self, taken: &mut M) {
        if let Some(waiting) = &mut self.0.lock().waiting {
            std::mem::swap(waiting, taken);
        }
    }

    /// Runs `wait`, which receives whether it may sleep: whether all that waits `is_empty`.
    pub(crate) fn sleep<R>(&self, is_empty: impl FnOnce(&M) -> bool, wait: impl FnOnce(bool) -> R) -> R {
        let may_sleep = {
            let mut state = self.0.lock();
            state.asleep = state.waiting.as_ref().is_none_or(is_empty);
            state.asleep
        };
        let waited = wait(may_sleep);
        self.0.lock().asleep = false;
        waited
    }

    /// Marks the reader as gone, and drops what waits.
    pub(crate) fn close(&self) {
        let unread = self.0.lock().waiting.take();
        drop(unread);
    }

    /// Whether there still is a reader.
    pub(crate) fn is_open(&self) -> bool {
        self.0.lock().waiting.is_some()
    }
}
