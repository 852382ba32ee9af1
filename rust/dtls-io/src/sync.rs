//! The lock of `mailbox`. Its model in `tests/mailbox.rs` puts loom's in its place.

pub(crate) use parking_lot::Mutex;
