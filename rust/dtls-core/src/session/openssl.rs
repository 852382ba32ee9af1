//! OpenSSL's part of a session: the handshake, and then the records if
//! [`RecordLayer`](crate::record_layer::RecordLayer) does not support the cipher.

use std::time::{Duration, Instant};

use openssl::error::ErrorStack;
use openssl::ssl::{Error as SslError, ErrorCode, SslRef, SslStream};

use super::message_budget::MessageBudget;
use crate::cause::OpenSslError;
use crate::cipher_suite::MAX_OVERHEAD;
use crate::datagram::{Datagrams, IoBuffers, PacketQueue};
use crate::end_reason::EndReason;
use crate::options::usable_ciphers;
use crate::ossl;
use crate::record::{ALERT, APPLICATION_DATA, HANDSHAKE, Record, records};
use crate::record_layer::LastSealed;
use crate::resumption::Resumption;
use crate::verify::VerifyResult;

// <openssl/sslerr.h>
const NO_SHARED_CIPHER: i32 = 193;
const PEER_DID_NOT_RETURN_A_CERTIFICATE: i32 = 199;

/// How many bytes are kept of packets that arrive before the end of the handshake. Further packets are lost.
const MAX_EARLY: usize = 16 * 1024;

/// How many records are kept that may be a Finished which arrived before its ChangeCipherSpec.
const MAX_FINISHED: usize = 4;

/// The longest fragment of a Finished in bytes: handshake header, 12 bytes (RFC 5246 §7.4.9), and what the cipher adds.
const LONGEST_FINISHED: usize = 24 + MAX_OVERHEAD;

/// Higher than the sequence number of any ClientHello that OpenSSL has read before, and far from the last one, 2^48 - 1.
const FIRST_UNPROTECTED: u64 = 1 << 47;

/// OpenSSL's name of the state after the other side's ChangeCipherSpec, in which it waits for the Finished.
const READ_CHANGE_CIPHER_SPEC: &str = "TRCCS";

/// One connection of OpenSSL.
pub(super) struct OpenSsl {
    stream: SslStream<Datagrams>,
    verify_result: VerifyResult,
    budget: MessageBudget,
    /// The sequence number under which OpenSSL received the last unprotected record.
    unprotected: u64,
    /// Records that may be the other side's Finished, newest last. Before the ChangeCipherSpec, OpenSSL would keep a hundred
    /// protected records, each in a buffer of 16 KiB.
    finished: PacketQueue,
    /// Whether an application protocol must be negotiated.
    pub(super) needs_alpn: bool,
    /// For a client that resumes sessions.
    pub(super) resumption: Option<Resumption>,
    /// When to retransmit an unanswered flight.
    pub(super) retransmit_at: Option<Instant>,
    /// Records that arrived before they could be decrypted.
    pub(super) early: PacketQueue,
    early_bytes: usize,
    /// How many such records were lost because there were too many.
    pub(super) early_lost: u64,
    pub(super) last_sealed: Option<LastSealed>,
    /// Epoch and sequence number of the Finished that ended the handshake.
    pub(super) opened: Option<u64>,
    /// The datagrams that the last step of the handshake wrote.
    pub(super) last_written: PacketQueue,
}

impl OpenSsl {
    pub(super) const fn new(
        stream: SslStream<Datagrams>,
        verify_result: VerifyResult,
        needs_alpn: bool,
        budget: MessageBudget,
    ) -> Self {
        Self {
            stream,
            verify_result,
            budget,
            unprotected: FIRST_UNPROTECTED,
            finished: PacketQueue::new(),
            needs_alpn,
            resumption: None,
            retransmit_at: None,
            early: PacketQueue::new(),
            early_bytes: 0,
            early_lost: 0,
            last_sealed: None,
            opened: None,
            last_written: PacketQueue::new(),
        }
    }

    pub(super) fn ssl(&self) -> &SslRef {
        self.stream.ssl()
    }

    /// Starts the handshake, or continues it with `datagram`. `Ok(true)` when it is done.
    pub(super) fn handshake(
        &mut self,
        datagram: &[u8],
        now: Instant,
        buffers: &mut IoBuffers,
    ) -> Result<bool, EndReason> {
        let sent_before = buffers.datagrams.outgoing.len();
        let mut reads = datagram.is_empty();
        for record in records(datagram) {
            if record.is_protected() {
                self.keep_protected(record);
            } else if record.kind() != HANDSHAKE || self.budget.admits(record.fragment()) {
                self.add_unprotected(record, buffers);
                reads = true;
            }
        }
        let mut done = if reads { self.do_handshake(now, buffers)? } else { false };
        // One at a time: OpenSSL drops everything after a record that it does not expect.
        while !done
            && self.ssl().state_string() == READ_CHANGE_CIPHER_SPEC
            && let Some(bytes) = self.finished.pop()
        {
            self.opened = Some(Record { bytes }.sequence());
            buffers.datagrams.add_incoming(bytes);
            done = self.do_handshake(now, buffers)?;
        }
        if done {
            self.retransmit_at = None;
            buffers.datagrams.outgoing.iter().skip(sent_before).for_each(|flight| self.last_written.push(flight));
        }
        Ok(done)
    }

    /// Passes an unprotected record to OpenSSL, under the next of our own sequence numbers. Its replay window believes the
    /// received ones: a single forged record with a high number would lock out all that follow. Messages have numbers of their
    /// own, so OpenSSL still drops a message that comes twice.
    fn add_unprotected(&mut self, record: Record<'_>, buffers: &mut IoBuffers) {
        self.unprotected += 1;
        let (kind_and_version, rest) = record.bytes.split_at(3);
        buffers.datagrams.add_incoming(kind_and_version);
        buffers.datagrams.add_incoming(&self.unprotected.to_be_bytes());
        buffers.datagrams.add_incoming(&rest[size_of::<u64>()..]);
    }

    fn do_handshake(&mut self, now: Instant, buffers: &mut IoBuffers) -> Result<bool, EndReason> {
        let done = self.work(buffers, SslStream::do_handshake);
        buffers.datagrams.drop_incoming();
        match done.map_err(|error| self.end_reason(&error)) {
            Ok(()) => Ok(true),
            Err(Some(reason)) => Err(reason),
            Err(None) => {
                self.schedule_retransmission(now);
                Ok(false)
            }
        }
    }

    /// Keeps a protected record until it can be decrypted.
    fn keep_protected(&mut self, record: Record<'_>) {
        if record.epoch() != 1 {
            return;
        }
        match record.kind() {
            // Packets and alerts wait for the end of the handshake.
            APPLICATION_DATA | ALERT => self.hold_back(record),
            HANDSHAKE if record.fragment().len() <= LONGEST_FINISHED => {
                if self.finished.len() == MAX_FINISHED {
                    self.finished.pop();
                }
                self.finished.push(record.bytes);
            }
            _ => {}
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

    /// Whether to retransmit the last flight now. OpenSSL decides, by its own clock.
    pub(super) fn is_flight_due(&mut self, now: Instant) -> bool {
        self.schedule_retransmission(now);
        ossl::retransmit_in(self.ssl()).is_some_and(|left| left.is_zero())
    }

    /// Retransmits the last flight. `false` after too many retransmissions.
    pub(super) fn retransmit(&mut self, now: Instant, buffers: &mut IoBuffers) -> bool {
        let alive = self.work(buffers, |stream| ossl::handle_timeout(ossl::ssl_mut(stream)));
        if alive {
            self.schedule_retransmission(now);
        }
        alive
    }

    /// Limits the datagrams of flights to `mtu` bytes.
    pub(super) fn set_mtu(&mut self, mtu: u16) {
        // If OpenSSL refuses, the MTU stays.
        let _ = ossl::ssl_mut(&mut self.stream).set_mtu(u32::from(mtu));
        ossl::clear_errors();
    }

    /// Encrypts one packet.
    pub(super) fn seal(&mut self, packet: &[u8], buffers: &mut IoBuffers) -> Result<(), OpenSslError> {
        buffers.datagrams.lend(&mut self.stream, |stream| stream.ssl_write(packet))?;
        Ok(())
    }

    /// Decrypts the records of `datagram`. Passes the application data of each to `on_packet`, even if empty.
    ///
    /// OpenSSL gets one record at a time. A message that is no Finished starts a renegotiation, in which OpenSSL would read all
    /// further records and allocate as much as they claim: the session ends.
    pub(super) fn open(
        &mut self,
        datagram: &[u8],
        buffers: &mut IoBuffers,
        mut on_packet: impl FnMut(&[u8]),
    ) -> Result<(), EndReason> {
        let IoBuffers { datagrams, plaintext, .. } = buffers;
        for record in records(datagram) {
            datagrams.add_incoming(record.bytes);
            ossl::clear_errors();
            let result = datagrams.lend(&mut self.stream, |stream| stream.ssl_read(&mut **plaintext));
            datagrams.drop_incoming();
            match result.map_err(|error| self.end_reason(&error)) {
                Ok(length) => on_packet(&plaintext[..length]),
                Err(Some(reason)) => return Err(reason),
                Err(None) if !self.ssl().is_init_finished() => return Err(EndReason::Renegotiation),
                Err(None) => {}
            }
        }
        Ok(())
    }

    pub(super) fn send_close_notify(&mut self, buffers: &mut IoBuffers) {
        // The session ends even if this fails.
        let _ = buffers.datagrams.lend(&mut self.stream, SslStream::shutdown);
        ossl::clear_errors();
    }

    /// Runs a step of the handshake, which may encrypt a record.
    fn work<R>(&mut self, buffers: &mut IoBuffers, step: impl FnOnce(&mut SslStream<Datagrams>) -> R) -> R {
        let sent_before = buffers.datagrams.outgoing.len();
        ossl::clear_errors();
        let result = buffers.datagrams.lend(&mut self.stream, step);
        let sent = buffers.datagrams.outgoing.iter().skip(sent_before);
        self.last_sealed = sent.flat_map(records).filter_map(LastSealed::of).last().or(self.last_sealed);
        result
    }

    fn schedule_retransmission(&mut self, now: Instant) {
        // OpenSSL's timers are due up to 15 ms early. The minimum keeps an owner from spinning.
        self.retransmit_at = ossl::retransmit_in(self.ssl()).map(|left| now + left.max(Duration::from_millis(1)));
    }

    /// Why `error` ends the session, unless it only waits for the next datagram.
    fn end_reason(&self, error: &SslError) -> Option<EndReason> {
        match error.code() {
            ErrorCode::WANT_READ | ErrorCode::WANT_WRITE => None,
            ErrorCode::ZERO_RETURN => Some(EndReason::ClosedByPeer),
            _ => Some(match (self.verify_result.certificate_error(), error.ssl_error()) {
                (Some(refusal), _) => EndReason::CertificateRefused(refusal),
                (None, Some(stack)) => reason_of(stack, self.ssl()),
                (None, None) => EndReason::Protocol(ErrorStack::get().into()),
            }),
        }
    }
}

/// The reason behind the errors that OpenSSL left when `ssl` failed.
fn reason_of(stack: &ErrorStack, ssl: &SslRef) -> EndReason {
    // An alert that was received is the reason 1000 + its number (SSL_AD_REASON_OFFSET).
    let alert = stack
        .errors()
        .iter()
        .find_map(|error| u8::try_from(error.reason_code() - openssl_sys::SSL_AD_REASON_OFFSET).ok());
    let is = |reason| stack.errors().iter().any(|error| error.reason_code() == reason);
    match alert {
        Some(alert) => EndReason::Alert(alert),
        None if is(PEER_DID_NOT_RETURN_A_CERTIFICATE) => EndReason::CertificateMissing,
        None if is(NO_SHARED_CIPHER) => EndReason::NoSharedCipher(usable_ciphers(ssl).join(", ")),
        None => EndReason::Protocol(stack.clone().into()),
    }
}
