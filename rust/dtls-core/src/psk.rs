//! Pre-shared keys (RFC 4279, RFC 5489): both sides hold a key, and need no certificates.

use std::collections::HashMap;

use openssl::error::ErrorStack;
use openssl::rand::rand_bytes;
use openssl::ssl::SslContextBuilder;
use parking_lot::RwLock;
use std::sync::Arc;
use zeroize::Zeroizing;

use crate::error::OptionsError;

/// The longest identity in bytes that every implementation supports (RFC 4279 §5.3).
const MAX_IDENTITY: usize = 128;

/// Sizes of a key in bytes: from 128 bits of security to what every implementation supports (RFC 4279 §5.3).
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

/// Size in bytes of the key that an unknown identity gets.
const DECOY_LENGTH: usize = 32;

/// An identity and its key. The key is wiped when dropped, and Debug does not show it.
#[derive(Clone)]
pub struct Psk {
    pub(crate) identity: String,
    pub(crate) key: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Psk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Psk").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Psk {
    /// An `identity` of 1 to 128 bytes without a NUL, which is sent unencrypted, and its `key` of 16 to 64 random bytes.
    ///
    /// # Errors
    /// [`OptionsError::PskIdentity`] or [`OptionsError::PskKey`].
    pub fn new(identity: &str, key: &[u8]) -> Result<Self, OptionsError> {
        if identity.is_empty() || identity.len() > MAX_IDENTITY || identity.contains('\0') {
            return Err(OptionsError::PskIdentity(identity.len()));
        }
        if !KEY_LENGTHS.contains(&key.len()) {
            return Err(OptionsError::PskKey(key.len()));
        }
        Ok(Self { identity: identity.to_owned(), key: Zeroizing::new(key.to_vec()) })
    }

    /// Makes clients with `context` use this key.
    pub(crate) fn offer(&self, context: &mut SslContextBuilder) {
        let psk = self.clone();
        context.set_psk_client_callback(move |_, _, identity, key| {
            let (name, secret) = (psk.identity.as_bytes(), &*psk.key);
            if name.len() < identity.len() && secret.len() <= key.len() {
                identity[..name.len()].copy_from_slice(name);
                identity[name.len()] = 0;
                key[..secret.len()].copy_from_slice(secret);
                Ok(secret.len())
            } else {
                Ok(0)
            }
        });
    }
}

/// A server's keys by identity. Changes apply to handshakes that have not used the key yet.
#[derive(Default)]
pub struct PskStore(RwLock<HashMap<Vec<u8>, Zeroizing<Vec<u8>>>>);

impl std::fmt::Debug for PskStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PskStore").field("len", &self.0.read().len()).finish_non_exhaustive()
    }
}

impl PskStore {
    /// Adds a key. It replaces an earlier key of the same identity.
    pub fn insert(&self, psk: Psk) {
        self.0.write().insert(psk.identity.into_bytes(), psk.key);
    }

    /// Removes the key of `identity`, and returns whether there was one. Existing connections stay.
    pub fn remove(&self, identity: &str) -> bool {
        self.0.write().remove(identity.as_bytes()).is_some()
    }

    /// Makes servers with `context` use these keys.
    pub(crate) fn serve(self: &Arc<Self>, context: &mut SslContextBuilder) {
        let store = Arc::clone(self);
        context.set_psk_server_callback(move |_, identity, key| store.copy_key(identity.unwrap_or_default(), key));
    }

    /// The key of `identity`. An unknown identity gets a random key, so that its handshake fails as with a wrong key, and
    /// nobody can find out which identities exist (RFC 4279 §5.4 allows this).
    fn copy_key(&self, identity: &[u8], out: &mut [u8]) -> Result<usize, ErrorStack> {
        // Generated for known identities, too, so that both take the same time.
        let mut decoy = Zeroizing::new([0; DECOY_LENGTH]);
        rand_bytes(&mut *decoy)?;
        let keys = self.0.read();
        let key = keys.get(identity).map_or(&decoy[..], |key| &key[..]);
        match out.get_mut(..key.len()) {
            Some(out) => {
                out.copy_from_slice(key);
                Ok(key.len())
            }
            None => Ok(0),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_identity_gets_another_random_key_each_time() {
        let store = PskStore::default();
        store.insert(Psk::new("known", &[7; 32]).unwrap());
        let key_of = |identity: &[u8]| {
            let mut key = [0; 64];
            let length = store.copy_key(identity, &mut key).unwrap();
            key[..length].to_vec()
        };
        assert_eq!(key_of(b"known"), [7; 32]);
        assert_eq!(key_of(b"unknown").len(), DECOY_LENGTH);
        assert_ne!(key_of(b"unknown"), key_of(b"unknown"));
        assert!(store.remove("known"));
        assert_ne!(key_of(b"known"), [7; 32]);
        assert!(!store.remove("known"));
    }

    #[test]
    fn identities_and_keys_of_other_sizes_are_refused() {
        assert_eq!(Psk::new("", &[7; 32]).map(drop), Err(OptionsError::PskIdentity(0)));
        assert_eq!(Psk::new(&"x".repeat(129), &[7; 32]).map(drop), Err(OptionsError::PskIdentity(129)));
        assert_eq!(Psk::new("a\0b", &[7; 32]).map(drop), Err(OptionsError::PskIdentity(3)));
        assert_eq!(Psk::new("x", &[7; 15]).map(drop), Err(OptionsError::PskKey(15)));
        assert_eq!(Psk::new("x", &[7; 65]).map(drop), Err(OptionsError::PskKey(65)));
    }

    #[test]
    fn debug_shows_no_key() {
        let psk = Psk::new("alice", &[0xab; 16]).unwrap();
        assert_eq!(format!("{psk:?}"), "Psk { identity: \"alice\", .. }");
        let store = PskStore::default();
        store.insert(psk);
        assert_eq!(format!("{store:?}"), "PskStore { len: 1, .. }");
    }
}
