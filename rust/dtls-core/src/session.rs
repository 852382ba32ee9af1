//! One DTLS session: datagrams in and out, packets in and out, a state and a deadline.

mod established;
mod facts;
mod last_flight;
mod message_budget;
mod openssl;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
mod timers;

use std::sync::Arc;
use std::time::Instant;

use ::openssl::ssl::SslStream;

use self::established::Established;
use self::message_budget::MessageBudget;
use self::openssl::OpenSsl;
use crate::cipher_suite::{self, MAX_OVERHEAD};
use crate::client_hello::ClientHello;
use crate::cookie::Candidate;
use crate::datagram::{Datagrams, IoBuffers};
use crate::end_reason::EndReason;
use crate::error::{OptionsError, SendError};
use crate::handshake_info::HandshakeInfo;
use crate::options::{ClientConfig, ClientSsl, ServerConfig, Transport};
use crate::record::plausible_records;
use crate::statistics::Statistics;
use crate::verify::VerifyResult;

/// The state of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The handshake is in progress.
    Handshaking,
    /// Packets can be sent and received.
    Connected,
    /// The session has ended.
    Ended(EndReason),
}

/// One side of a DTLS association (RFC 6347), driven by its owner:
///
/// 1. Pass each datagram from the other side to [`receive`](Self::receive), which returns decrypted packets.
/// 2. Pass packets for the other side to [`send`](Self::send).
/// 3. At the [`deadline`](Self::deadline), call [`handle_timeout`](Self::handle_timeout).
/// 4. After *each* of these calls, send what is in [`IoBuffers::outgoing`], and check the [`state`](Self::state).
///
/// No call blocks. Noise from the network changes nothing.
pub struct Session {
    protocol: Protocol,
    state: State,
    transport: Transport,
    /// The result of the handshake, once it is done.
    handshake_info: Option<Arc<HandshakeInfo>>,
    statistics: Statistics,
    /// When the handshake started, or when a connected session last received a valid record.
    since: Instant,
    /// How many bytes the cipher adds to a packet.
    overhead: usize,
}

/// The implementation of DTLS in use.
enum Protocol {
    OpenSsl(Box<OpenSsl>),
    Established(Box<Established>),
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Session").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Session {
    /// Starts a handshake with a server; the first ClientHello is in [`IoBuffers::outgoing`].
    ///
    /// # Errors
    /// When `host` cannot be verified, or OpenSSL is out of memory.
    pub fn connect(
        config: &ClientConfig,
        host: &str,
        now: Instant,
        buffers: &mut IoBuffers,
    ) -> Result<Self, OptionsError> {
        let ClientSsl { mut ssl, verify_result, resumption } = config.ssl(host)?;
        ssl.set_connect_state();
        let stream = SslStream::new(ssl, Datagrams::default())?;
        let mut openssl =
            OpenSsl::new(stream, verify_result, config.needs_alpn(), MessageBudget::new(message_budget::OF_SERVER));
        openssl.resumption = resumption;
        Ok(Self::start(openssl, config.transport(), now, buffers))
    }

    /// Continues with a client whose cookie the acceptor has verified.
    pub(crate) fn accept(
        stream: SslStream<Datagrams>,
        verify_result: VerifyResult,
        config: &ServerConfig,
        now: Instant,
        buffers: &mut IoBuffers,
    ) -> Self {
        let bytes = if config.asks_for_certificates() {
            message_budget::OF_CLIENT_WITH_CERTIFICATE
        } else {
            message_budget::OF_CLIENT
        };
        let openssl = OpenSsl::new(stream, verify_result, config.needs_alpn(), MessageBudget::new(bytes));
        Self::start(openssl, config.transport(), now, buffers)
    }

    fn start(openssl: OpenSsl, transport: Transport, now: Instant, buffers: &mut IoBuffers) -> Self {
        let mut session = Self {
            protocol: Protocol::OpenSsl(Box::new(openssl)),
            state: State::Handshaking,
            transport,
            handshake_info: None,
            statistics: Statistics::default(),
            since: now,
            overhead: MAX_OVERHEAD,
        };
        session.handshake(&[], now, buffers, &mut |_| {});
        session
    }

    /// The state of the session.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Handles one datagram from the other side. Passes each packet in it to `on_packet`.
    pub fn receive(
        &mut self,
        datagram: &[u8],
        now: Instant,
        buffers: &mut IoBuffers,
        mut on_packet: impl FnMut(&[u8]),
    ) {
        let handshaking = self.state == State::Handshaking;
        match plausible_records(datagram, handshaking, self.overhead) {
            None => self.statistics.dropped_noise += 1,
            Some(_) if handshaking => {
                // Otherwise OpenSSL would retransmit a flight that is due, and nobody would count the time-out.
                self.retransmit(now, buffers);
                if self.state == State::Handshaking {
                    self.handshake(datagram, now, buffers, &mut on_packet);
                }
                self.note_end_of_handshake(now, buffers);
            }
            Some(records) if self.state == State::Connected => self.open(datagram, records, now, buffers, on_packet),
            Some(_) => {}
        }
    }

    /// Whether the session would handle `datagram`, or drop it as noise. Noise need not wait for its turn.
    pub fn is_plausible(&self, datagram: &[u8]) -> bool {
        plausible_records(datagram, self.state == State::Handshaking, self.overhead).is_some()
    }

    /// Encrypts one packet of at most [`max_packet`](Self::max_packet) bytes into one datagram. Ignores an empty packet.
    /// After the last packet that its keys may protect, the session ends with [`EndReason::KeysUsedUp`].
    ///
    /// # Errors
    /// See [`SendError`]. The session continues.
    pub fn send(&mut self, packet: &[u8], buffers: &mut IoBuffers) -> Result<(), SendError> {
        if self.state != State::Connected {
            return Err(SendError::NotConnected);
        }
        let limit = self.max_packet();
        if packet.len() > limit {
            return Err(SendError::TooLarge { length: packet.len(), limit });
        }
        if packet.is_empty() {
            return Ok(());
        }
        match &mut self.protocol {
            Protocol::Established(established) => established.seal(packet, buffers),
            Protocol::OpenSsl(openssl) => openssl.seal(packet, buffers),
        }
        .map_err(SendError::Seal)?;
        self.statistics.packets_sent += 1;
        self.statistics.bytes_sent += packet.len() as u64;
        self.end_with_its_keys(buffers);
        Ok(())
    }

    /// Sends close_notify if connected, and ends.
    pub fn close(&mut self, buffers: &mut IoBuffers) {
        self.refuse(EndReason::ClosedLocally, buffers);
    }

    /// Sends close_notify if connected, and ends for a reason of the owner.
    pub fn refuse(&mut self, reason: EndReason, buffers: &mut IoBuffers) {
        if self.state == State::Connected {
            self.send_close_notify(buffers);
        }
        self.end(reason);
    }

    /// Ends for a reason of the socket's owner, and sends nothing. A session that has ended keeps its first reason.
    pub fn end(&mut self, reason: EndReason) {
        if !matches!(self.state, State::Ended(_)) {
            self.state = State::Ended(reason);
        }
    }

    /// Whether `datagram` is a ClientHello of another handshake. The client may have restarted:
    /// [`Acceptor::check_cookie`](crate::Acceptor::check_cookie) tells. The session's own hello again is a duplicate.
    pub fn is_foreign_hello(&self, datagram: &[u8]) -> bool {
        ClientHello::parse(datagram).is_some_and(|hello| match &self.protocol {
            Protocol::Established(established) => hello.random != established.secret.client_random(),
            // OpenSSL does not know the hello before it has all fragments.
            Protocol::OpenSsl(openssl) => Candidate::of(openssl.ssl()).is_none_or(|own| *hello.random != own.random),
        })
    }

    /// Frees memory later, if the handshake has ended.
    fn note_end_of_handshake(&self, now: Instant, buffers: &mut IoBuffers) {
        if self.state != State::Handshaking {
            buffers.handshake_ended(now);
        }
    }

    fn handshake(&mut self, datagram: &[u8], now: Instant, buffers: &mut IoBuffers, on_packet: &mut dyn FnMut(&[u8])) {
        let Protocol::OpenSsl(openssl) = &mut self.protocol else { return };
        match openssl.handshake(datagram, now, buffers) {
            Ok(false) => {}
            Err(reason) => self.end(reason),
            Ok(true) if openssl.needs_alpn && openssl.ssl().selected_alpn_protocol().is_none() => {
                // OpenSSL accepts a side without any protocol, and we cannot send an alert of our own through it.
                self.send_close_notify(buffers);
                self.end(EndReason::NoApplicationProtocol);
            }
            Ok(true) => {
                if let Some(resumption) = openssl.resumption.take() {
                    resumption.keep(openssl.ssl());
                }
                let handshake_info = HandshakeInfo::of(openssl.ssl());
                let mut early = std::mem::take(&mut openssl.early);
                self.statistics.dropped_records += openssl.early_lost;
                if let Some(established) = Established::after(openssl) {
                    self.protocol = Protocol::Established(Box::new(established));
                }
                self.overhead =
                    cipher_suite::find(handshake_info.cipher()).map_or(MAX_OVERHEAD, |suite| suite.overhead);
                self.handshake_info = Some(Arc::new(handshake_info));
                self.statistics.handshake_time = Some(now.saturating_duration_since(self.since));
                self.state = State::Connected;
                self.since = now;
                while let Some(record) = early.pop() {
                    self.receive(record, now, buffers, &mut *on_packet);
                }
            }
        }
    }

    /// Decrypts the `count` records of `datagram`.
    fn open(
        &mut self,
        datagram: &[u8],
        count: usize,
        now: Instant,
        buffers: &mut IoBuffers,
        mut on_packet: impl FnMut(&[u8]),
    ) {
        let mut opened = 0;
        let statistics = &mut self.statistics;
        let on_packet = |packet: &[u8]| {
            opened += 1;
            // An empty record is no packet, but shows that the other side is alive (RFC 5246 §6.2.1).
            if !packet.is_empty() {
                statistics.packets_received += 1;
                statistics.bytes_received += packet.len() as u64;
                on_packet(packet);
            }
        };
        let result = match &mut self.protocol {
            Protocol::Established(established) => established.open(datagram, now, buffers, on_packet),
            Protocol::OpenSsl(openssl) => openssl.open(datagram, buffers, on_packet),
        };
        if opened > 0 {
            self.since = now;
        }
        match result {
            Ok(()) => self.statistics.dropped_records += (count as u64).saturating_sub(opened),
            Err(reason) => {
                if reason == EndReason::ClosedByPeer {
                    self.send_close_notify(buffers); // The answer (RFC 5246 §7.2.1).
                }
                self.end(reason);
            }
        }
        self.end_with_its_keys(buffers);
    }

    /// Ends the session if its keys may protect nothing more.
    fn end_with_its_keys(&mut self, buffers: &mut IoBuffers) {
        if let Protocol::Established(established) = &mut self.protocol
            && self.state == State::Connected
            && established.records.is_used_up()
        {
            established.send_close_notify(buffers);
            self.end(EndReason::KeysUsedUp);
        }
    }

    fn send_close_notify(&mut self, buffers: &mut IoBuffers) {
        match &mut self.protocol {
            Protocol::Established(established) => established.send_close_notify(buffers),
            Protocol::OpenSsl(openssl) => openssl.send_close_notify(buffers),
        }
    }
}
