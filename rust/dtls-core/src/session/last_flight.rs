//! The flight that ends a handshake. Its sender keeps it, in case it was lost (RFC 6347 §4.2.4).

use std::time::{Duration, Instant};

use crate::cipher_suite::MAX_OVERHEAD;
use crate::datagram::PacketQueue;
use crate::record::{self, RECORD_HEADER, records};
use crate::record_layer::{Direction, RecordLayer};

/// The flight is retransmitted at most once in this time.
const RESEND_INTERVAL: Duration = Duration::from_secs(1);

/// At most this many bytes are retransmitted for each byte received, as in RFC 9000 §8.1.
const AMPLIFICATION: usize = 3;

/// The records of the flight. They are retransmitted under new sequence numbers, because receivers drop a reused number as a
/// replay.
///
/// A peer that asks repeatedly gets the flight once a second, and at most three times the bytes that it sends.
#[derive(Default)]
pub(super) struct LastFlight {
    messages: Vec<Message>,
    /// How many bytes may be retransmitted now.
    allowance: usize,
    resent_at: Option<Instant>,
    /// The sequence number of the next unprotected record.
    next: u64,
}

struct Message {
    kind: u8,
    protected: bool,
    content: Vec<u8>,
}

impl LastFlight {
    /// Takes the records that end a handshake from OpenSSL's last `datagrams`. `own` decrypts what this side has encrypted.
    pub(super) fn of(datagrams: &PacketQueue, own: &mut Direction) -> Self {
        let mut flight = Self::default();
        for record in datagrams.iter().flat_map(records).filter(|record| record.ends_a_handshake()) {
            let protected = record.is_protected();
            let content = if protected {
                let mut room = vec![0; record.fragment().len()];
                own.open(record, &mut room).map(<[u8]>::to_vec)
            } else {
                flight.next = record.sequence() + 1;
                Some(record.fragment().to_vec())
            };
            flight.messages.extend(content.map(|content| Message { kind: record.kind(), protected, content }));
        }
        flight
    }

    /// Counts `received` bytes from the other side.
    pub(super) fn allow(&mut self, received: usize) {
        if !self.messages.is_empty() {
            self.allowance = self.allowance.saturating_add(AMPLIFICATION * received);
        }
    }

    /// Drops the flight, because the other side has received it.
    pub(super) fn forget(&mut self) {
        self.messages = Vec::new();
    }

    /// Retransmits the flight, if the limits allow it. Each record is a datagram of its own.
    pub(super) fn resend(&mut self, layer: &mut RecordLayer, now: Instant, datagrams: &mut PacketQueue) {
        let cost = self.messages.iter().map(Message::datagram_length).sum();
        let too_soon = self.resent_at.is_some_and(|at| now.saturating_duration_since(at) < RESEND_INTERVAL);
        if too_soon || self.allowance < cost {
            return;
        }
        self.resent_at = Some(now);
        self.allowance -= cost;
        for Message { kind, protected, content } in &self.messages {
            if *protected {
                // A record that fails to encrypt counts as lost in transit.
                let _ = layer.seal(*kind, content, datagrams);
            } else {
                let header = record::header(*kind, self.next, content.len());
                datagrams.push(&[&header[..], content].concat());
                self.next += 1;
            }
        }
    }
}

impl Message {
    /// The most bytes that its datagram may have.
    fn datagram_length(&self) -> usize {
        let overhead = if self.protected { MAX_OVERHEAD } else { 0 };
        RECORD_HEADER + overhead + self.content.len()
    }
}
