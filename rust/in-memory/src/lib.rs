//! Both ends of a connection in one process, without sockets: the least that a handshake or a packet can cost.

mod identity;
mod raw;

pub use identity::{HOST, Identity};
pub use raw::{Contexts, End, Pair};
