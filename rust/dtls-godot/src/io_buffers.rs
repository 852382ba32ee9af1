//! The buffers of the main thread, which all peers share.

use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use dtls_core::IoBuffers;
use parking_lot::{Mutex, MutexGuard};

/// Buffers for one call into a session.
pub(crate) enum BuffersGuard {
    Shared(MutexGuard<'static, IoBuffers>),
    /// For a call from within another: what we or the engine report runs a script's Logger, which may use other peers.
    Own(Box<IoBuffers>),
}

pub(crate) fn buffers() -> BuffersGuard {
    static SHARED: LazyLock<Mutex<IoBuffers>> = LazyLock::new(|| Mutex::new(IoBuffers::new()));
    SHARED.try_lock().map_or_else(|| BuffersGuard::Own(Box::default()), BuffersGuard::Shared)
}

/// Whether the wire has memory to release in a while: a copy, for a look at every poll.
static LEFTOVERS: AtomicBool = AtomicBool::new(false);

pub(crate) fn has_leftovers() -> bool {
    LEFTOVERS.load(Ordering::Relaxed)
}

/// To be called after a session was driven. What another's own wire has to release goes with the next of the shared one.
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
