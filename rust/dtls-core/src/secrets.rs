//! Secrets that the servers of a fleet share.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::error::OptionsError;

/// Size of one secret in bytes.
pub(crate) const SECRET_LENGTH: usize = 32;

/// How many secrets may be valid at the same time: the one in use, and earlier ones.
const MAX_SECRETS: usize = 8;

/// Secrets that servers behind one address share, newest first. The first makes new cookies or tickets. All of them are
/// accepted. They are wiped when the last clone is dropped.
#[derive(Clone)]
pub struct SharedSecrets(Arc<[Zeroizing<[u8; SECRET_LENGTH]>]>);

impl std::fmt::Debug for SharedSecrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SharedSecrets").finish_non_exhaustive()
    }
}

impl SharedSecrets {
    /// Reads 1 to 8 secrets of 32 random bytes each, joined.
    ///
    /// # Errors
    /// [`OptionsError::SecretLength`] for another size, [`OptionsError::SecretNotRandom`] if all bytes of a secret are the
    /// same, as in a buffer that nobody filled.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OptionsError> {
        let (secrets, rest) = bytes.as_chunks::<SECRET_LENGTH>();
        if !rest.is_empty() || secrets.is_empty() || secrets.len() > MAX_SECRETS {
            return Err(OptionsError::SecretLength(bytes.len()));
        }
        if secrets.iter().any(|secret| secret.iter().all(|byte| *byte == secret[0])) {
            return Err(OptionsError::SecretNotRandom);
        }
        Ok(Self(secrets.iter().map(|secret| Zeroizing::new(*secret)).collect()))
    }

    /// The bytes that [`from_bytes`](Self::from_bytes) reads. They are wiped when dropped.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.iter().flatten().copied().collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8; SECRET_LENGTH]> {
        self.0.iter().map(|secret| &**secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_read_newest_first() {
        let bytes: Vec<u8> = (0..64).collect();
        let secrets = SharedSecrets::from_bytes(&bytes).map(|secrets| secrets.iter().copied().collect::<Vec<_>>());
        assert_eq!(secrets.map(|secrets| secrets.concat()), Ok(bytes));
    }

    #[test]
    fn secrets_of_another_size_or_without_randomness_are_refused() {
        for length in [0, 1, 31, 33, 48, 9 * 32] {
            let bytes: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            assert_eq!(SharedSecrets::from_bytes(&bytes).map(drop), Err(OptionsError::SecretLength(length)));
        }
        assert_eq!(SharedSecrets::from_bytes(&[0; 32]).map(drop), Err(OptionsError::SecretNotRandom));
    }
}
