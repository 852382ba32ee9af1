//! How many bytes of handshake messages OpenSSL is given to put together.
//!
//! OpenSSL sets memory aside for each message that it has seen a fragment of, by the length that the fragment claims, which
//! nothing proves.

use crate::record::{MAX_MESSAGES, Message, messages};

/// From a client that sends no certificate: a ClientHello and a ClientKeyExchange, with room to spare.
pub(super) const OF_CLIENT: usize = 8 * 1024;

/// From a client whose certificate is asked for, which its ticket may hold again.
pub(super) const OF_CLIENT_WITH_CERTIFICATE: usize = 32 * 1024;

/// From a server: its certificates and the authorities it names.
pub(super) const OF_SERVER: usize = 48 * 1024;

/// What the messages of one handshake may claim in all, in bytes.
pub(super) struct MessageBudget {
    left: usize,
    /// What each message was said to have, by its number. OpenSSL keeps to the first claim, too.
    claimed: [Option<u32>; MAX_MESSAGES],
}

impl MessageBudget {
    pub(super) const fn new(bytes: usize) -> Self {
        Self { left: bytes, claimed: [None; MAX_MESSAGES] }
    }

    /// Whether the messages in the fragment of an unprotected handshake record fit.
    pub(super) fn admits(&mut self, fragment: &[u8]) -> bool {
        messages(fragment).all(|message| message.is_some_and(|message| self.admits_message(message)))
    }

    fn admits_message(&mut self, Message { length, sequence, .. }: Message) -> bool {
        let Some(claim) = self.claimed.get_mut(sequence) else { return false };
        match *claim {
            Some(claimed) => claimed as usize == length,
            None if length <= self.left => {
                self.left -= length;
                *claim = Some(length as u32);
                true
            }
            None => false,
        }
    }
}
