//! What `src/sync.rs` is to the library, of loom.
#![allow(dead_code, unused_imports)] // each model needs some of it

use loom::model::Builder;
pub(crate) use loom::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, AtomicUsize, Ordering};

#[derive(Default)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap()
    }
}

/// Runs `threads` in every order in which a thread is interrupted at most three times.
pub(crate) fn model(threads: impl Fn() + Sync + Send + 'static) {
    let mut orders = Builder::new();
    orders.preemption_bound = Some(3);
    orders.check(threads);
}
