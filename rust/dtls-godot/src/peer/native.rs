//! A connection that an I/O thread drives, and whose packets it carries.

use std::ops::Deref;
use std::sync::Arc;

use dtls_io::{Connection, EnetConnection};

pub(crate) enum Native {
    /// Those of the peer itself.
    Own(Connection),
    /// Those of an ENetMultiplayerPeerOpenSSL, whose connection this is.
    OfMultiplayer(Arc<EnetConnection>),
}

impl Deref for Native {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Own(connection) => connection,
            Self::OfMultiplayer(connection) => connection,
        }
    }
}
