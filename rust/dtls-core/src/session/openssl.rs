//! OpenSSL's part of a session: the handshake, and afterwards the records of what
//! [`RecordLayer`](crate::record_layer::RecordLayer) does not know.

use std::time::{Duration, Instant};

use openssl::ssl::{Error as SslError, ErrorCode, SslRef, SslStream};

use crate::datagram::{Datagrams, PacketQueue, Wire};
use crate::error::EndReason;
use crate::ossl;
use crate::record::{ALERT, APPLICATION_DATA, Record, records};
use crate::record_layer::LastSealed;
use crate::resumption::Resumption;
use crate::verify::Verdict;

/// How much is kept of packets that overtook the end of their sender's handshake, in bytes; more is lost.
const MAX_EARLY: usize = 32 * 1024;

/// One connection of OpenSSL.
pub(super) struct OpenSsl {
    stream: SslStream<Datagrams>,
    verdict: Verdict,
    /// Whether a connection must agree on an application protocol.
    pub(super) needs_alpn: bool,
    /// On a client that resumes sessions.
    pub(super) resumption: Option<Resumption>,
    /// When an unanswered flight has to be sent again.
    pub(super) retransmit_at: Option<Instant>,
    /// Records that came before they could be opened.
    pub(super) early: PacketQueue,
    early_bytes: usize,
    /// How many such records were lost because too many came.
    pub(super) early_lost: u64,
    pub(super) last_sealed: Option<LastSealed>,
    /// What the step wrote that ended the handshake.
    pub(super) last_written: PacketQueue,
}

impl OpenSsl {
    pub(super) const fn new(stream: SslStream<Datagrams>, verdict: Verdict, needs_alpn: bool) -> Self {
        Self {
            stream,
            verdict,
            needs_alpn,
            resumption: None,
            retransmit_at: None,
            early: PacketQueue::new(),
            early_bytes: 0,
            early_lost: 0,
            last_sealed: None,
            last_written: PacketQueue::new(),
        }
    }

    pub(super) fn ssl(&self) -> &SslRef {
        self.stream.ssl()
    }

    /// Goes on with the handshake, by what `datagram` holds. `Ok(true)` when it is done.
    pub(super) fn handshake(&mut self, datagram: &[u8], now: Instant, wire: &mut Wire) -> Result<bool, EndReason> {
        for record in records(datagram) {
            let is_packet = record.is_protected() && record.kind() == APPLICATION_DATA;
            if !is_packet {
                wire.datagrams.add_incoming(record.bytes);
            }
            // An alert is for whoever can open it first.
            if is_packet || record.is_protected() && record.kind() == ALERT {
                self.hold_back(record);
            }
        }
        let sent_before = wire.datagrams.outgoing.len();
        let done = self.work(wire, SslStream::do_handshake);
        wire.datagrams.drop_incoming();
        match done {
            Ok(()) => {
                self.retransmit_at = None;
                wire.datagrams.outgoing.iter().skip(sent_before).for_each(|flight| self.last_written.push(flight));
                Ok(true)
            }
            Err(error) => match self.end_reason(&error) {
                Some(reason) => Err(reason),
                None => {
                    self.schedule_retransmission(now);
                    Ok(false)
                }
            },
        }
    }

    fn hold_back(&mut self, record: Record<'_>) {
        if self.early_bytes + record.bytes.len() <= MAX_EARLY {
            self.early_bytes += record.bytes.len();
            self.early.push(record.bytes);
        } else {
            self.early_lost += 1;
        }
    }

    /// Whether the last flight has to be sent again by now. OpenSSL's clock is another, and has the last word.
    pub(super) fn is_flight_due(&mut self, now: Instant) -> bool {
        if self.retransmit_at.is_none_or(|at| at > now) {
            return false;
        }
        self.schedule_retransmission(now);
        ossl::retransmit_in(self.ssl()).is_some_and(|left| left.is_zero())
    }

    /// Sends the last flight again. `false` after too many times.
    pub(super) fn retransmit(&mut self, now: Instant, wire: &mut Wire) -> bool {
        let alive = self.work(wire, |stream| ossl::handle_timeout(ossl::ssl_mut(stream)));
        if alive {
            self.schedule_retransmission(now);
        }
        alive
    }

    /// Has flights leave in datagrams of at most `mtu` bytes.
    pub(super) fn set_mtu(&mut self, mtu: u16) {
        // A refusal leaves it as it is.
        let _ = ossl::ssl_mut(&mut self.stream).set_mtu(u32::from(mtu));
        ossl::clear_errors();
    }

    /// Seals one packet.
    pub(super) fn seal(&mut self, packet: &[u8], wire: &mut Wire) -> Result<(), SslError> {
        wire.datagrams.lend(&mut self.stream, |stream| stream.ssl_write(packet)).map(drop)
    }

    /// Opens the `count` records of `datagram`.
    pub(super) fn open(
        &mut self,
        datagram: &[u8],
        count: usize,
        wire: &mut Wire,
        mut on_packet: impl FnMut(&[u8]),
    ) -> Result<(), EndReason> {
        wire.datagrams.add_incoming(datagram);
        let Wire { datagrams, plaintext } = wire;
        ossl::clear_errors();
        let end = datagrams.lend(&mut self.stream, |stream| {
            (0..count).find_map(|_| match stream.ssl_read(&mut **plaintext) {
                Ok(length) => {
                    on_packet(&plaintext[..length]);
                    None
                }
                Err(error) => Some(error),
            })
        });
        datagrams.drop_incoming();
        end.and_then(|error| self.end_reason(&error)).map_or(Ok(()), Err)
    }

    pub(super) fn say_close_notify(&mut self, wire: &mut Wire) {
        // Whether it could be sealed changes nothing: this side is done.
        let _ = wire.datagrams.lend(&mut self.stream, SslStream::shutdown);
        ossl::clear_errors();
    }

    /// A step of the handshake, which may seal a record.
    fn work<R>(&mut self, wire: &mut Wire, step: impl FnOnce(&mut SslStream<Datagrams>) -> R) -> R {
        let sent_before = wire.datagrams.outgoing.len();
        ossl::clear_errors();
        let result = wire.datagrams.lend(&mut self.stream, step);
        let sent = wire.datagrams.outgoing.iter().skip(sent_before);
        self.last_sealed = sent.flat_map(records).filter_map(LastSealed::of).last().or(self.last_sealed);
        result
    }

    fn schedule_retransmission(&mut self, now: Instant) {
        // OpenSSL calls a timer due 15 ms early; waiting at least a millisecond keeps an owner from spinning.
        self.retransmit_at = ossl::retransmit_in(self.ssl()).map(|left| now + left.max(Duration::from_millis(1)));
    }

    /// Why `error` ends the session, unless it only waits for the next datagram.
    fn end_reason(&self, error: &SslError) -> Option<EndReason> {
        match error.code() {
            ErrorCode::WANT_READ | ErrorCode::WANT_WRITE => None,
            ErrorCode::ZERO_RETURN => Some(EndReason::ClosedByPeer),
            _ => Some(match (self.verdict.refusal(), error.ssl_error()) {
                (Some(refusal), _) => EndReason::CertificateRefused(refusal),
                (None, Some(stack)) => EndReason::from_errors(stack),
                (None, None) => EndReason::Protocol("the stream ended".to_owned()),
            }),
        }
    }
}
