//! The flight that ends a handshake, which its sender keeps in case the other side has not seen it (RFC 6347 §4.2.4).

use crate::datagram::PacketQueue;
use crate::record::{self, records};
use crate::record_layer::{Direction, RecordLayer};

/// What has to be said again, as records with new numbers: who has seen an old number takes it for a copy.
#[derive(Default)]
pub(super) struct LastFlight {
    messages: Vec<Message>,
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

    /// Sends it again, each record as a datagram of its own.
    pub(super) fn send(&mut self, layer: &mut RecordLayer, datagrams: &mut PacketQueue) {
        for Message { kind, protected, content } in &self.messages {
            if *protected {
                // One that could not be sealed is lost, as on the way.
                let _ = layer.seal(*kind, content, datagrams);
            } else {
                let header = record::header(*kind, self.next, content.len());
                datagrams.push(&[&header[..], content].concat());
                self.next += 1;
            }
        }
    }
}
