//! What two threads share: locks and atomics. The models in `tests` put loom's in their place.

pub(crate) use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, AtomicUsize, Ordering};

pub(crate) use parking_lot::Mutex;
