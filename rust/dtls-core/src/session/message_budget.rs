//! Limits the memory that OpenSSL allocates for handshake messages.
//!
//! OpenSSL allocates each message when its first fragment arrives, with the length that the fragment claims. Anyone can
//! claim any length.

use crate::record::{MAX_MESSAGES, Message, messages};

/// The budget of a client that sends no certificate: ample for a ClientHello and a ClientKeyExchange.
pub(super) const OF_CLIENT: usize = 8 * 1024;

/// The budget of a client that may send a certificate, once more in its ticket.
pub(super) const OF_CLIENT_WITH_CERTIFICATE: usize = 32 * 1024;

/// The budget of a server: certificates, and names of authorities.
pub(super) const OF_SERVER: usize = 48 * 1024;

/// How many bytes the messages of one handshake may claim in total.
pub(super) struct MessageBudget {
    left: usize,
    /// The claimed length of each message, by its number. The first claim counts, as for OpenSSL.
    claimed: [Option<u32>; MAX_MESSAGES],
}

impl MessageBudget {
    pub(super) const fn new(bytes: usize) -> Self {
        Self { left: bytes, claimed: [None; MAX_MESSAGES] }
    }

    /// Whether the messages in the fragment of an unprotected handshake record fit into the budget.
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
