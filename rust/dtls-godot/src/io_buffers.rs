//! The main thread's buffers, which all peers share.

use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use dtls_core::IoBuffers;
use parking_lot::{Mutex, MutexGuard};

/// The buffers for one call into a session.
pub(crate) enum BuffersGuard {
    Shared(MutexGuard<'static, IoBuffers>),
    /// For a call within another call: a message that is reported may run a script's Logger, which may use other peers.
    Own(Box<IoBuffers>),
}

pub(crate) fn buffers() -> BuffersGuard {
    static SHARED: LazyLock<Mutex<IoBuffers>> = LazyLock::new(|| Mutex::new(IoBuffers::new()));
    SHARED.try_lock().map_or_else(|| BuffersGuard::Own(Box::default()), BuffersGuard::Shared)
}

/// Whether the shared buffers will have memory to release. It is read at every poll, without the lock.
static LEFTOVERS: AtomicBool = AtomicBool::new(false);

pub(crate) fn has_leftovers() -> bool {
    LEFTOVERS.load(Ordering::Relaxed)
}

/// Call it after a session was driven. The memory of a call's own buffers is released with the next of the shared ones.
pub(crate) fn note_leftovers(buffers: &BuffersGuard) {
    if let BuffersGuard::Shared(buffers) = buffers {
        LEFTOVERS.store(buffers.release_at().is_some(), Ordering::Relaxed);
    }
}

impl Deref for BuffersGuard {
    type Target = IoBuffers;

    fn deref(&self) -> &IoBuffers {
        match self {
            Self::Shared(buffers) => buffers,
            Self::Own(buffers) => buffers,
        }
    }
}

impl DerefMut for BuffersGuard {
    fn deref_mut(&mut self) -> &mut IoBuffers {
        match self {
            Self::Shared(buffers) => buffers,
            Self::Own(buffers) => buffers,
        }
    }
}
