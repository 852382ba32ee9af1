//! The keys that protect a server's session tickets (RFC 5077).

use std::sync::Arc;
use std::time::{Duration, Instant};

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::rand::rand_bytes;
use openssl::sign::Signer;
use openssl::ssl::{SslContextBuilder, SslRef};
use parking_lot::Mutex;
use zeroize::Zeroizing;

use crate::cookie::Candidate;
use crate::ossl::{self, ChooseTicketKey, TICKET_KEY_NAME, TicketKey};
use crate::secrets::{SECRET_LENGTH, SharedSecrets};

/// How long a random key protects new tickets. Tickets are valid as long (OpenSSL's default for DTLS is 7200 s), so the
/// current key and the previous one cover all valid tickets.
const ROTATION: Duration = Duration::from_secs(7200);

/// The keys of a server's tickets. Keep one `TicketKeys` when a server's options change, so that its tickets stay valid.
pub struct TicketKeys(Source);

enum Source {
    Rotating(Mutex<Rotating>),
    /// Newest first.
    Shared(Vec<Arc<TicketKey>>),
}

struct Rotating {
    current: Arc<TicketKey>,
    previous: Option<Arc<TicketKey>>,
    rotated: Instant,
}

impl std::fmt::Debug for TicketKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TicketKeys").finish_non_exhaustive()
    }
}

impl TicketKeys {
    /// Random keys, which are renewed every two hours and deleted after four. A key that is stolen later cannot decrypt what
    /// was recorded before.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn new(now: Instant) -> Result<Self, ErrorStack> {
        ossl::init();
        let current = Arc::new(random_key()?);
        Ok(Self(Source::Rotating(Mutex::new(Rotating { current, previous: None, rotated: now }))))
    }

    /// Keys that several servers share. The operator renews them.
    ///
    /// # Errors
    /// When OpenSSL is out of memory.
    pub fn shared(secrets: &SharedSecrets) -> Result<Self, ErrorStack> {
        ossl::init();
        let keys: Result<_, ErrorStack> = secrets.iter().map(|secret| derive(secret).map(Arc::new)).collect();
        Ok(Self(Source::Shared(keys?)))
    }

    /// Makes servers with `context` use these keys.
    pub(crate) fn serve(self: &Arc<Self>, context: &mut SslContextBuilder) -> Result<(), ErrorStack> {
        ossl::set_ticket_keys(context, Arc::<Self>::clone(self))
    }

    /// The key for new tickets.
    fn sealing(&self, now: Instant) -> Result<Option<Arc<TicketKey>>, ErrorStack> {
        match &self.0 {
            Source::Rotating(keys) => {
                let mut keys = keys.lock();
                keys.rotate(now)?;
                Ok(Some(Arc::clone(&keys.current)))
            }
            Source::Shared(keys) => Ok(keys.first().cloned()),
        }
    }

    /// The key that a ticket names, and whether the client should get a new ticket, because the key is not the newest.
    fn opening(&self, name: &[u8], now: Instant) -> Option<(Arc<TicketKey>, bool)> {
        match &self.0 {
            Source::Rotating(keys) => {
                let mut keys = keys.lock();
                keys.rotate(now).ok()?;
                find([&keys.current].into_iter().chain(&keys.previous), name)
            }
            Source::Shared(keys) => find(keys.iter(), name),
        }
    }
}

impl ChooseTicketKey for TicketKeys {
    fn for_new(&self, ssl: &SslRef) -> Result<Option<Arc<TicketKey>>, ErrorStack> {
        match Candidate::of(ssl) {
            // A session with a pre-shared key gets no ticket: a full handshake is as cheap, and a removed key must not be
            // usable any more.
            Some(candidate) if ssl.psk_identity().is_none() => self.sealing(candidate.now),
            _ => Ok(None),
        }
    }

    fn by_name(&self, ssl: &SslRef, name: &[u8; TICKET_KEY_NAME]) -> Option<(Arc<TicketKey>, bool)> {
        self.opening(name, Candidate::of(ssl)?.now)
    }
}

fn find<'a>(mut keys: impl Iterator<Item = &'a Arc<TicketKey>>, name: &[u8]) -> Option<(Arc<TicketKey>, bool)> {
    let position = keys.by_ref().enumerate().find(|(_, key)| key.name == name);
    position.map(|(position, key)| (Arc::clone(key), position > 0))
}

impl Rotating {
    fn rotate(&mut self, now: Instant) -> Result<(), ErrorStack> {
        let age = now.saturating_duration_since(self.rotated);
        if age >= ROTATION {
            let retired = std::mem::replace(&mut self.current, Arc::new(random_key()?));
            self.previous = (age < 2 * ROTATION).then_some(retired);
            self.rotated = now;
        }
        Ok(())
    }
}

fn random_key() -> Result<TicketKey, ErrorStack> {
    let mut secret = Zeroizing::new([0; SECRET_LENGTH]);
    rand_bytes(&mut *secret)?;
    derive(&secret)
}

/// Derives independent keys from one secret, each as a keyed hash of a label (SP 800-108).
fn derive(secret: &[u8; SECRET_LENGTH]) -> Result<TicketKey, ErrorStack> {
    let secret = PKey::hmac(secret)?;
    let labelled = |label: &[u8]| {
        let mut key = Zeroizing::new([0; 32]);
        Signer::new(MessageDigest::sha256(), &secret)?.sign_oneshot(&mut *key, label)?;
        Ok::<_, ErrorStack>(key)
    };
    let mut name = [0; TICKET_KEY_NAME];
    name.copy_from_slice(&labelled(b"ticket name")?[..TICKET_KEY_NAME]);
    Ok(TicketKey { name, cipher: labelled(b"ticket cipher")?, mac: labelled(b"ticket mac")? })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_seals_for_one_rotation_and_opens_for_two() {
        let start = Instant::now();
        let keys = TicketKeys::new(start).unwrap();
        let first = keys.sealing(start).unwrap().unwrap().name;
        let in_time = start + ROTATION;
        assert_ne!(keys.sealing(in_time).unwrap().unwrap().name, first);
        assert!(keys.opening(&first, in_time).unwrap().1, "the client should get a new ticket");
        assert!(keys.opening(&first, start + 2 * ROTATION).is_none());
    }

    #[test]
    fn a_key_is_forgotten_after_a_long_silence() {
        let start = Instant::now();
        let keys = TicketKeys::new(start).unwrap();
        let first = keys.sealing(start).unwrap().unwrap().name;
        assert!(keys.opening(&first, start + 2 * ROTATION).is_none());
    }

    #[test]
    fn servers_that_share_secrets_open_each_other_s_tickets_also_across_a_rotation() {
        let now = Instant::now();
        let (old, new): (Vec<u8>, Vec<u8>) = ((0..32).collect(), (32..64).collect());
        let keys = |bytes: &[u8]| TicketKeys::shared(&SharedSecrets::from_bytes(bytes).unwrap()).unwrap();
        let (before, after) = (keys(&old), keys(&[new, old].concat()));
        let sealed = before.sealing(now).unwrap().unwrap();
        let (opened, renew) = after.opening(&sealed.name, now).unwrap();
        assert_eq!((*opened.cipher, *opened.mac), (*sealed.cipher, *sealed.mac));
        assert!(renew);
        assert!(before.opening(&after.sealing(now).unwrap().unwrap().name, now).is_none());
    }
}
