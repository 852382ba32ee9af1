//! The flight that ends a handshake, which its sender keeps in case the other side has not seen it (RFC 6347 §4.2.4).

use std::time::{Duration, Instant};

use crate::cipher_suite::MAX_OVERHEAD;
use crate::datagram::PacketQueue;
use crate::record::{self, RECORD_HEADER, records};
use crate::record_layer::{Direction, RecordLayer};

/// A flight goes out again once in this time at most.
const RESEND_INTERVAL: Duration = Duration::from_secs(1);

/// At most so many bytes go out again for each byte that came in, as in RFC 9000 §8.1.
const AMPLIFICATION: usize = 3;

/// The records to send again, under new sequence numbers: receivers drop a reused number as a replay.
///
/// A peer that asks for it again and again gets it once a second, and never more than three times the bytes it sent.
#[derive(Default)]
pub(super) struct LastFlight {
    messages: Vec<Message>,
    /// What a resend may still cost, in bytes.
    allowance: usize,
    resent_at: Option<Instant>,
    /// The number of the next record that is not protected.
    next: u64,
}

struct Message {
    kind: u8,
    protected: bool,
    content: Vec<u8>,
}

impl LastFlight {
    /// Of the records in `datagrams`, that OpenSSL wrote last, those that end a handshake. `own` opens what this side has sealed.
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

    /// Takes note of `received` bytes from the other side.
    pub(super) fn allow(&mut self, received: usize) {
        if !self.messages.is_empty() {
            self.allowance = self.allowance.saturating_add(AMPLIFICATION * received);
        }
    }

    /// The other side has seen the flight.
    pub(super) fn forget(&mut self) {
        self.messages = Vec::new();
    }

    /// Sends it again, each record as a datagram of its own, if the limits allow it.
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
                // A record that fails to seal counts as lost in transit.
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
    /// The most bytes that it takes as a datagram.
    fn datagram_length(&self) -> usize {
        let overhead = if self.protected { MAX_OVERHEAD } else { 0 };
        RECORD_HEADER + overhead + self.content.len()
    }
}
