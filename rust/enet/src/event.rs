//! What a peer reports to its owner.

use std::borrow::Cow;

use crate::packet::Mode;

/// Something that happened on a connection. Events come in the order in which they happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Packets can be sent from now on.
    Connected {
        /// What the client gave to [`Peer::connect`](crate::Peer::connect); on a client, 0.
        data: u32,
    },
    /// A packet arrived.
    Received {
        /// Its channel.
        channel: u8,
        /// How it was sent.
        mode: Mode,
        /// Its bytes. They are owned if the packet came in fragments or out of order.
        packet: Cow<'a, [u8]>,
    },
    /// The connection is over. This is the last event.
    Disconnected {
        /// What the other side gave to its `disconnect`; 0 if it did not end the connection.
        data: u32,
        /// Why.
        cause: Cause,
    },
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The other side disconnected.
    Remote,
    /// The other side acknowledged our `disconnect`.
    Local,
    /// The other side acknowledged nothing for too long.
    TimedOut,
    /// The server answered another request than ours.
    Refused,
}
