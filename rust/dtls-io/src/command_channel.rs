//! A channel to a thread that may sleep.
//!
//! `tests/command_channel.rs` includes this file, and lets its threads take their steps in every order. The file therefore
//! uses nothing of the crate but `sync`.

use crate::sync::Mutex;

/// Commands for a receiver on another thread, and whether that thread has to be woken. They wait in a buffer `B`.
pub(crate) struct CommandChannel<B>(Mutex<State<B>>);

struct State<B> {
    /// `None` once the receiver is gone.
    waiting: Option<B>,
    /// Whether the receiver sleeps or is about to. Only then is a wake-up worth a system call.
    asleep: bool,
}

impl<B: Default> Default for CommandChannel<B> {
    fn default() -> Self {
        Self(Mutex::new(State { waiting: Some(B::default()), asleep: false }))
    }
}

impl<B> CommandChannel<B> {
    /// Runs `add` on what waits, unless the receiver is gone. Returns whether the caller must wake the receiver.
    #[must_use]
    pub(crate) fn send(&self, add: impl FnOnce(&mut B)) -> bool {
        let mut state = self.0.lock();
        if let Some(waiting) = &mut state.waiting {
            add(waiting);
        }
        std::mem::take(&mut state.asleep)
    }

    /// Takes everything that waits, and leaves the empty `received` in its place.
    pub(crate) fn receive(&self, received: &mut B) {
        if let Some(waiting) = &mut self.0.lock().waiting {
            std::mem::swap(waiting, received);
        }
    }

    /// Runs `wait`, which is told whether it may sleep: whether all that waits `is_empty`.
    pub(crate) fn sleep<R>(&self, is_empty: impl FnOnce(&B) -> bool, wait: impl FnOnce(bool) -> R) -> R {
        let may_sleep = {
            let mut state = self.0.lock();
            state.asleep = state.waiting.as_ref().is_none_or(is_empty);
            state.asleep
        };
        let waited = wait(may_sleep);
        self.0.lock().asleep = false;
        waited
    }

    /// Marks the receiver as gone, and drops what waits.
    pub(crate) fn close(&self) {
        let unread = self.0.lock().waiting.take();
        drop(unread);
    }

    /// Whether there still is a receiver.
    pub(crate) fn is_open(&self) -> bool {
        self.0.lock().waiting.is_some()
    }
}
