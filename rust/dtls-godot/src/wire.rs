//! The buffers of the main thread, which all peers share.

use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;

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
