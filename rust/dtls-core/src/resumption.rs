//! A client's memory of its sessions, so that it can resume them (RFC 5077).

use std::collections::VecDeque;
use std::sync::Arc;

use openssl::ssl::{SslRef, SslSession};
use parking_lot::Mutex;
use zeroize::Zeroizing;

/// How many sessions are remembered; the oldest goes first.
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

/// Sessions that clients may resume. Share one among the configurations of a client; wiped when dropped.
#[derive(Default)]
pub struct SessionCache(Mutex<VecDeque<(ResumptionKey, Zeroizing<Vec<u8>>)>>);

impl std::fmt::Debug for SessionCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SessionCache").field("len", &self.0.lock().len()).finish_non_exhaustive()
    }
}

impl SessionCache {
    /// Takes a session out: it is put back when it led to a connection, so that one which a server chokes on is tried once.
    fn take(&self, terms: &ResumptionKey) -> Option<SslSession> {
        let mut sessions = self.0.lock();
        let position = sessions.iter().position(|(of, _)| of == terms)?;
        let (_, der) = sessions.remove(position)?;
        SslSession::from_der(&der).ok()
    }

    /// As DER, which shares nothing with the connection the session comes from.
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

/// Where one connection finds the session to resume, and leaves its own.
#[derive(Debug)]
pub(crate) struct Resumption {
    pub(crate) cache: Arc<SessionCache>,
    /// With the host among them.
    pub(crate) terms: ResumptionKey,
}

impl Resumption {
    /// The session to offer.
    pub(crate) fn take(&self) -> Option<SslSession> {
        self.cache.take(&self.terms)
    }

    /// Keeps the session of a connection that has come about.
    pub(crate) fn keep(&self, ssl: &SslRef) {
        if let Some(session) = ssl.session() {
            self.cache.put(self.terms, &session.to_owned());
        }
    }
}
