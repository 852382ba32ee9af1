//! A client's sessions, kept so that it can resume them (RFC 5077).

use std::collections::VecDeque;
use std::sync::Arc;

use openssl::ssl::{SslRef, SslSession};
use parking_lot::Mutex;
use zeroize::Zeroizing;

/// How many sessions are kept. The oldest is removed first.
const MAX_SESSIONS: usize = 64;

/// What a session was negotiated for, as a hash: it is resumed only where the same is wanted. Debug shows nothing, because a
/// guess at a pre-shared key could be compared with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ResumptionKey(pub(crate) [u8; 32]);

impl std::fmt::Debug for ResumptionKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ResumptionKey").finish_non_exhaustive()
    }
}

/// Sessions that clients can resume. Share one cache among the configurations of a client. It is wiped when dropped.
#[derive(Default)]
pub struct SessionCache(Mutex<VecDeque<(ResumptionKey, Zeroizing<Vec<u8>>)>>);

impl std::fmt::Debug for SessionCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SessionCache").field("len", &self.0.lock().len()).finish_non_exhaustive()
    }
}

impl SessionCache {
    /// Removes a session to offer it. A successful handshake stores the session again, so a session that a server cannot
    /// handle is tried only once.
    fn take(&self, terms: &ResumptionKey) -> Option<SslSession> {
        let mut sessions = self.0.lock();
        let position = sessions.iter().position(|(of, _)| of == terms)?;
        let (_, der) = sessions.remove(position)?;
        SslSession::from_der(&der).ok()
    }

    /// Stores a session as DER, which shares nothing with the connection.
    fn put(&self, terms: ResumptionKey, session: &SslSession) {
        let Ok(der) = session.to_der().map(Zeroizing::new) else { return };
        let mut sessions = self.0.lock();
        sessions.retain(|(of, _)| *of != terms);
        if sessions.len() == MAX_SESSIONS {
            sessions.pop_front();
        }
        sessions.push_back((terms, der));
    }
}

/// A connection's access to the cache.
#[derive(Debug)]
pub(crate) struct Resumption {
    pub(crate) cache: Arc<SessionCache>,
    /// The key for the connection's host.
    pub(crate) terms: ResumptionKey,
}

impl Resumption {
    /// Takes the session to offer.
    pub(crate) fn take(&self) -> Option<SslSession> {
        self.cache.take(&self.terms)
    }

    /// Stores the session of a connection whose handshake is done.
    pub(crate) fn keep(&self, ssl: &SslRef) {
        if let Some(session) = ssl.session() {
            self.cache.put(self.terms, &session.to_owned());
        }
    }
}
