//! A session without its `SSL`: what is left to do once the handshake is done.

use openssl::error::ErrorStack;

use super::last_flight::LastFlight;
use super::openssl::OpenSsl;
use crate::datagram::Wire;
use crate::error::EndReason;
use crate::prf::MasterSecret;
use crate::record::{ALERT, APPLICATION_DATA, HANDSHAKE, records};
use crate::record_layer::RecordLayer;

// RFC 5246 §7.2
const WARNING: u8 = 1;
const FATAL: u8 = 2;
const CLOSE_NOTIFY: u8 = 0;
const NO_RENEGOTIATION: u8 = 100;
// RFC 5246 §7.4
const FINISHED: u8 = 20;

/// The record layer, and what may yet be asked of the handshake.
pub(super) struct Established {
    records: RecordLayer,
    pub(super) secret: MasterSecret,
    last_flight: LastFlight,
}

impl Established {
    /// Takes over from OpenSSL, if the version and the cipher are ones that the record layer knows.
    pub(super) fn after(openssl: &OpenSsl) -> Option<Self> {
        let (records, secret, mut own) = RecordLayer::after(openssl.ssl(), openssl.last_sealed?)?;
        Some(Self { records, secret, last_flight: LastFlight::of(&openssl.last_written, &mut own) })
    }

    /// Seals one packet.
    pub(super) fn seal(&mut self, packet: &[u8], wire: &mut Wire) -> Result<(), ErrorStack> {
        self.records.seal(APPLICATION_DATA, packet, &mut wire.datagrams.outgoing)
    }

    /// Opens the records of `datagram`.
    pub(super) fn open(
        &mut self,
        datagram: &[u8],
        wire: &mut Wire,
        mut on_packet: impl FnMut(&[u8]),
    ) -> Result<(), EndReason> {
        let Wire { datagrams, plaintext } = wire;
        for record in records(datagram) {
            let Some(content) = self.records.open(record, plaintext) else { continue };
            match (record.kind(), content) {
                (APPLICATION_DATA, [_, ..]) => on_packet(content),
                (ALERT, [_, CLOSE_NOTIFY]) => return Err(EndReason::ClosedByPeer),
                (ALERT, [FATAL, alert]) => return Err(EndReason::Alert(*alert)),
                // The other side ends its handshake once more: it has not seen this side's end.
                (HANDSHAKE, [FINISHED, ..]) => self.last_flight.send(&mut self.records, &mut datagrams.outgoing),
                // A wish for another handshake (RFC 5746 §4.5). Whether the answer could be sealed changes nothing.
                (HANDSHAKE, [_, ..]) => {
                    let _ = self.records.seal(ALERT, &[WARNING, NO_RENEGOTIATION], &mut datagrams.outgoing);
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn say_close_notify(&mut self, wire: &mut Wire) {
        // Whether it could be sealed changes nothing: this side is done.
        let _ = self.records.seal(ALERT, &[WARNING, CLOSE_NOTIFY], &mut wire.datagrams.outgoing);
    }
}
