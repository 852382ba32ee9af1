//! A connection of an I/O thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dtls_core::{PendingId, Session};

use crate::accept_queue::Place;
use crate::connection_state::ConnectionState;
use crate::enet::layer::EnetPeer;
use crate::key::EndpointKey;
use crate::route::Route;

/// A client that restarts repeatedly must wait twice as long each time, up to 2 to this power of seconds.
const LONGEST_PATIENCE: u32 = 6;

/// A connection.
pub(crate) struct Peer {
    pub(crate) session: Session,
    pub(crate) shared: Arc<ConnectionState>,
    pub(crate) endpoint: EndpointKey,
    pub(crate) route: Route,
    /// Whether the owner of the connection knows that it is connected.
    pub(crate) announced: bool,
    /// On a server, once announced: its place.
    pub(crate) place: Option<Place>,
    /// The layer above, if it is a connection of an ENet host.
    pub(crate) enet: Option<Box<EnetPeer>>,
    /// On a server: its entry among the handshakes in progress.
    pub(crate) pending: Option<PendingId>,
    /// When the session was created.
    pub(crate) since: Instant,
    /// How often its client has started a new session within a short time.
    pub(crate) restarts: u32,
}

impl Peer {
    /// When it has something to do, if nothing arrives.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let enet = self.enet.as_ref().and_then(|enet| enet.deadline());
        self.session.deadline().into_iter().chain(enet).min()
    }

    /// Whether its client may restart now. The first restart is free; a client that restarts repeatedly must wait.
    pub(crate) fn may_restart(&self, now: Instant) -> bool {
        let patience = self.restarts.checked_sub(1).map_or(0, |exponent| 1 << exponent.min(LONGEST_PATIENCE));
        now.saturating_duration_since(self.since) >= Duration::from_secs(patience)
    }

    /// The value of `restarts` for the client's next session.
    pub(crate) fn restarts_of_next(&self, now: Instant) -> u32 {
        let is_long_ago = now.saturating_duration_since(self.since) >= Duration::from_secs(1 << LONGEST_PATIENCE);
        if is_long_ago { 1 } else { self.restarts + 1 }
    }
}
