//! The buffers of the main thread, which all peers share.

use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use dtls_core::Wire;
use parking_lot::{Mutex, MutexGuard};

/// Buffers for one call into a session.
pub(crate) enum Lent {
    Shared(MutexGuard<'static, Wire>),
    /// For a call from within another: what we or the engine report runs a script's Logger, which may use other peers.
    Own(Box<Wire>),
}

pub(crate) fn wire() -> Lent {
    static SHARED: LazyLock<Mutex<Wire>> = LazyLock::new(|| Mutex::new(Wire::new()));
    SHARED.try_lock().map_or_else(|| Lent::Own(Box::default()), Lent::Shared)
}

/// Whether the wire has memory to release in a while: a copy, for a look at every poll.
static LEFTOVERS: AtomicBool = AtomicBool::new(false);

pub(crate) fn has_leftovers() -> bool {
    LEFTOVERS.load(Ordering::Relaxed)
}

/// To be called after a session was driven. What another's own wire has to release goes with the next of the shared one.
pub(crate) fn note_leftovers(wire: &Lent) {
    if let Lent::Shared(wire) = wire {
        LEFTOVERS.store(wire.release_at().is_some(), Ordering::Relaxed);
    }
}

impl Deref for Lent {
    type Target = Wire;

    fn deref(&self) -> &Wire {
        match self {
            Self::Shared(wire) => wire,
            Self::Own(wire) => wire,
        }
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Wire {
        match self {
            Self::Shared(wire) => wire,
            Self::Own(wire) => wire,
        }
    }
}
