//! A session after its handshake, without an `SSL`.

use std::time::Instant;

use super::last_flight::LastFlight;
use super::openssl::OpenSsl;
use crate::cause::OpenSslError;
use crate::datagram::IoBuffers;
use crate::end_reason::EndReason;
use crate::prf::MasterSecret;
use crate::record::{ALERT, APPLICATION_DATA, HANDSHAKE, records};
use crate::record_layer::RecordLayer;

// RFC 5246 §7.2
const WARNING: u8 = 1;
const FATAL: u8 = 2;
const CLOSE_NOTIFY: u8 = 0;
const NO_RENEGOTIATION: u8 = 100;
// A Finished is a handshake header and 12 bytes (RFC 5246 §7.4.9, RFC 6347 §4.2.2).
const FINISHED_START: [u8; 4] = [20, 0, 0, 12];
const FINISHED_LENGTH: usize = 24;

/// The record layer, and what the other side may still need of the handshake.
pub(super) struct Established {
    pub(super) records: RecordLayer,
    pub(super) secret: MasterSecret,
    last_flight: LastFlight,
    /// Whether a request for renegotiation was answered. Only the first one is.
    refused_renegotiation: bool,
}

impl Established {
    /// Takes over from OpenSSL, if the record layer supports the version and the cipher.
    pub(super) fn after(openssl: &OpenSsl) -> Option<Self> {
        let (records, secret, mut own) = RecordLayer::after(openssl.ssl(), openssl.last_sealed?, openssl.opened?)?;
        Some(Self {
            records,
            secret,
            last_flight: LastFlight::of(&openssl.last_written, &mut own),
            refused_renegotiation: false,
        })
    }

    /// Encrypts one packet.
    pub(super) fn seal(&mut self, packet: &[u8], buffers: &mut IoBuffers) -> Result<(), OpenSslError> {
        self.records.seal(APPLICATION_DATA, packet, &mut buffers.datagrams.outgoing)?;
        Ok(())
    }

    /// Decrypts the records of `datagram`. Passes the application data of each to `on_packet`, even if empty.
    pub(super) fn open(
        &mut self,
        datagram: &[u8],
        now: Instant,
        buffers: &mut IoBuffers,
        mut on_packet: impl FnMut(&[u8]),
    ) -> Result<(), EndReason> {
        let IoBuffers { datagrams, plaintext, .. } = buffers;
        self.last_flight.allow(datagram.len());
        for record in records(datagram) {
            let Some(content) = self.records.open(record, plaintext) else { continue };
            match (record.kind(), content) {
                (APPLICATION_DATA, content) => {
                    // The other side has received the last flight, or it would not send application data.
                    self.last_flight.forget();
                    on_packet(content);
                }
                (ALERT, [_, CLOSE_NOTIFY]) => return Err(EndReason::ClosedByPeer),
                (ALERT, [FATAL, alert]) => return Err(EndReason::Alert(*alert)),
                // A retransmitted Finished: the other side has not received this side's last flight.
                (HANDSHAKE, content) if content.len() == FINISHED_LENGTH && content.starts_with(&FINISHED_START) => {
                    self.last_flight.resend(&mut self.records, now, &mut datagrams.outgoing);
                }
                // A request for renegotiation (RFC 5746 §4.5). An answer that fails to encrypt counts as lost in transit.
                (HANDSHAKE, [_, ..]) if !std::mem::replace(&mut self.refused_renegotiation, true) => {
                    let _ = self.records.seal(ALERT, &[WARNING, NO_RENEGOTIATION], &mut datagrams.outgoing);
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn send_close_notify(&mut self, buffers: &mut IoBuffers) {
        // The session ends even if this fails.
        let _ = self.records.seal(ALERT, &[WARNING, CLOSE_NOTIFY], &mut buffers.datagrams.outgoing);
    }
}
