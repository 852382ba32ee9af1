//! One DTLS session: datagrams in and out, packets in and out, a state and a deadline.

mod facts;

use std::time::{Duration, Instant};

use openssl::ssl::{Error as SslError, ErrorCode, SslStream};

use crate::datagram::{Datagrams, Wire};
use crate::error::{EndReason, OptionsError, SendError};
use crate::options::{ClientConfig, ClientSsl, ServerConfig, Transport};
use crate::ossl;
use crate::record::{self, MAX_OVERHEAD, RANDOM_LENGTH, client_hello_random, plausible_records};
use crate::resumption::Resumption;
use crate::statistics::Statistics;
use crate::verify::Verdict;

/// The largest packet in bytes: what one record holds (RFC 6347 §4.1).
pub const MAX_PACKET: usize = 16384;

/// A UDP payload that every IPv4 and IPv6 path carries unfragmented, less headers: 576 (RFC 791) - 20 - 8.
const SAFE_MTU: u16 = 548;

/// After so many flights without an answer, size may be why.
const TIMEOUTS_BEFORE_SAFE_MTU: u32 = 2;

/// Where a session stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Keys and identities are being agreed on.
    Handshaking,
    /// Packets flow.
    Connected,
    /// Over, for good.
    Ended(EndReason),
}

/// One side of a DTLS association (RFC 6347), driven by its owner:
///
/// 1. hand each datagram of the other side to [`receive`](Self::receive), which yields opened packets;
/// 2. hand packets to [`send`](Self::send);
/// 3. when [`deadline`](Self::deadline) has come, call [`handle_timeout`](Self::handle_timeout);
/// 4. after *each* of these, send what is in [`Wire::outgoing`], and look at [`state`](Self::state).
///
/// Nothing here blocks. Network noise changes nothing.
pub struct Session {
    stream: SslStream<Datagrams>,
    state: State,
    transport: Transport,
    verdict: Verdict,
    /// Whether a connection must agree on an application protocol.
    needs_alpn: bool,
    /// On a client that resumes sessions.
    resumption: Option<Box<Resumption>>,
    statistics: Statistics,
    /// When the session was made; once connected, when the other side was last heard.
    since: Instant,
    retransmit_at: Option<Instant>,
    /// What the cipher adds to a packet, in bytes.
    overhead: usize,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Session").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Session {
    /// Starts a handshake with a server; the first ClientHello is in [`Wire::outgoing`].
    ///
    /// # Errors
    /// When `host` cannot be verified, or OpenSSL is out of memory.
    pub fn connect(config: &ClientConfig, host: &str, now: Instant, wire: &mut Wire) -> Result<Self, OptionsError> {
        let ClientSsl { mut ssl, verdict, resumption } = config.ssl(host)?;
        ssl.set_connect_state();
        let stream = SslStream::new(ssl, Datagrams::default())?;
        let mut session = Self::new(stream, verdict, config.transport(), now);
        session.needs_alpn = config.needs_alpn();
        session.resumption = resumption.map(Box::new);
        session.start(now, wire);
        Ok(session)
    }

    /// Goes on with a client whose cookie the acceptor has found valid.
    pub(crate) fn accept(
        stream: SslStream<Datagrams>,
        verdict: Verdict,
        config: &ServerConfig,
        now: Instant,
        wire: &mut Wire,
    ) -> Self {
        let mut session = Self::new(stream, verdict, config.transport(), now);
        session.needs_alpn = config.needs_alpn();
        session.start(now, wire);
        session
    }

    fn new(stream: SslStream<Datagrams>, verdict: Verdict, transport: Transport, now: Instant) -> Self {
        Self {
            stream,
            state: State::Handshaking,
            transport,
            verdict,
            needs_alpn: false,
            resumption: None,
            statistics: Statistics::default(),
            since: now,
            retransmit_at: None,
            overhead: MAX_OVERHEAD,
        }
    }

    fn start(&mut self, now: Instant, wire: &mut Wire) {
        ossl::clear_errors();
        self.handshake(now, wire);
    }

    /// Where the session stands.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Takes one datagram from the other side; each packet it held goes to `on_packet`.
    pub fn receive(&mut self, datagram: &[u8], now: Instant, wire: &mut Wire, on_packet: impl FnMut(&[u8])) {
        let handshaking = self.state == State::Handshaking;
        let Some(records) = plausible_records(datagram, handshaking, self.overhead) else {
            self.statistics.dropped_noise += 1;
            return;
        };
        wire.datagrams.put_incoming(datagram);
        ossl::clear_errors();
        if handshaking {
            self.handshake(now, wire);
        }
        if self.state == State::Connected {
            let opened_before = self.statistics.packets_received;
            // A packet a record at most; but a handshake that ends may have held early packets back.
            self.read(now, wire, if handshaking { usize::MAX } else { records }, on_packet);
            if !handshaking && self.state == State::Connected {
                let opened = self.statistics.packets_received - opened_before;
                self.statistics.dropped_records += (records as u64).saturating_sub(opened);
            }
        }
        wire.datagrams.drop_incoming();
    }

    /// Seals one packet of 1 to [`MAX_PACKET`] bytes into one datagram. An empty one is nothing to send.
    ///
    /// # Errors
    /// See [`SendError`]; the session lives on.
    pub fn send(&mut self, packet: &[u8], wire: &mut Wire) -> Result<(), SendError> {
        if self.state != State::Connected {
            return Err(SendError::NotConnected);
        }
        if packet.len() > MAX_PACKET {
            return Err(SendError::TooLarge(packet.len()));
        }
        if packet.is_empty() {
            return Ok(());
        }
        let sealed = wire.datagrams.lend(&mut self.stream, |stream| stream.ssl_write(packet));
        sealed.map_err(|_| SendError::Seal)?;
        self.statistics.packets_sent += 1;
        self.statistics.bytes_sent += packet.len() as u64;
        Ok(())
    }

    /// When [`handle_timeout`](Self::handle_timeout) must be called, if nothing comes before.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Handshaking => {
                let given_up = self.since + self.transport.handshake_timeout;
                Some(self.retransmit_at.map_or(given_up, |at| at.min(given_up)))
            }
            State::Connected => self.transport.idle_timeout.map(|idle| self.since + idle),
            State::Ended(_) => None,
        }
    }

    /// Sends the last flight again, or gives up, if it is time to.
    pub fn handle_timeout(&mut self, now: Instant, wire: &mut Wire) {
        let elapsed = now.saturating_duration_since(self.since);
        match (&self.state, self.transport.idle_timeout) {
            (State::Handshaking, _) if elapsed >= self.transport.handshake_timeout => {
                self.end(self.handshake_timeout_reason(self.transport.handshake_timeout));
            }
            (State::Handshaking, _) if self.retransmit_at.is_some_and(|at| at <= now) => {
                self.retransmit(now, wire);
            }
            (State::Connected, Some(idle)) if elapsed >= idle => {
                self.close(wire);
                self.end(EndReason::IdleTimeout(idle));
            }
            _ => {}
        }
    }

    /// Says close_notify if connected, and ends.
    pub fn close(&mut self, wire: &mut Wire) {
        if self.state == State::Connected {
            self.say_close_notify(wire);
        }
        if !matches!(self.state, State::Ended(_)) {
            self.end(EndReason::ClosedLocally);
        }
    }

    /// Ends without a word, for a reason that the owner of the socket knows.
    pub fn end(&mut self, reason: EndReason) {
        self.state = State::Ended(reason);
        self.retransmit_at = None;
    }

    /// Takes note that the other side's host says nobody listens there. Anyone can say so, therefore a connected session
    /// ends only after 5 s without a packet.
    pub fn port_unreachable(&mut self, now: Instant) {
        const PATIENCE: Duration = Duration::from_secs(5);
        let believed = match self.state {
            State::Handshaking => true,
            State::Connected => now.saturating_duration_since(self.since) >= PATIENCE,
            State::Ended(_) => false,
        };
        if believed {
            self.end(EndReason::PortUnreachable);
        }
    }

    /// Whether `datagram` is a ClientHello of another handshake than this session's own, so that the client may have
    /// started anew: ask [`Acceptor::verify`](crate::Acceptor::verify). The same hello once more is a duplicate.
    pub fn is_foreign_hello(&self, datagram: &[u8]) -> bool {
        client_hello_random(datagram).is_some_and(|random| {
            let mut own = [0; RANDOM_LENGTH];
            self.stream.ssl().client_random(&mut own);
            random != own
        })
    }

    fn handshake_timeout_reason(&self, elapsed: Duration) -> EndReason {
        match self.psk_identity() {
            // Whoever holds another key cannot even say so: its records are noise.
            Some(_) => EndReason::PskHandshakeTimeout(elapsed),
            None => EndReason::HandshakeTimeout(elapsed),
        }
    }

    fn handshake(&mut self, now: Instant, wire: &mut Wire) {
        match wire.datagrams.lend(&mut self.stream, SslStream::do_handshake) {
            Ok(()) if self.needs_alpn && self.alpn_protocol().is_none() => {
                // A side without any protocol is not refused by OpenSSL, and alerts are OpenSSL's to send.
                self.say_close_notify(wire);
                self.end(EndReason::NoApplicationProtocol);
            }
            Ok(()) => {
                self.statistics.handshake_time = Some(now.saturating_duration_since(self.since));
                self.state = State::Connected;
                self.since = now;
                self.retransmit_at = None;
                self.overhead = self.cipher().map_or(MAX_OVERHEAD, record::overhead);
                if let Some(resumption) = self.resumption.take() {
                    resumption.keep(self.stream.ssl());
                }
            }
            Err(error) => match self.end_reason(&error) {
                Some(reason) => self.end(reason),
                None => self.schedule_retransmission(now),
            },
        }
    }

    /// Reads up to `most` packets.
    fn read(&mut self, now: Instant, wire: &mut Wire, most: usize, mut on_packet: impl FnMut(&[u8])) {
        let Wire { datagrams, plaintext } = wire;
        let error = datagrams.lend(&mut self.stream, |stream| {
            for _ in 0..most {
                match stream.ssl_read(plaintext) {
                    Ok(length) => {
                        self.since = now;
                        self.statistics.packets_received += 1;
                        self.statistics.bytes_received += length as u64;
                        on_packet(&plaintext[..length]);
                    }
                    Err(error) => return Some(error),
                }
            }
            None
        });
        if let Some(reason) = error.and_then(|error| self.end_reason(&error)) {
            if reason == EndReason::ClosedByPeer {
                self.say_close_notify(wire); // RFC 5246 §7.2.1: it is answered.
            }
            self.end(reason);
        }
    }

    fn say_close_notify(&mut self, wire: &mut Wire) {
        // Whether it could be sealed changes nothing: this side is done.
        let _ = wire.datagrams.lend(&mut self.stream, SslStream::shutdown);
        ossl::clear_errors();
    }

    fn retransmit(&mut self, now: Instant, wire: &mut Wire) {
        self.statistics.retransmissions += 1;
        let ssl = ossl::ssl_mut(&mut self.stream);
        // OpenSSL lets the MTU be while NO_QUERY_MTU is set, so a path that drops large datagrams is ours to notice.
        if self.statistics.retransmissions == TIMEOUTS_BEFORE_SAFE_MTU && self.transport.mtu > SAFE_MTU {
            self.transport.mtu = SAFE_MTU;
            // A refusal leaves it as it is.
            let _ = ssl.set_mtu(u32::from(SAFE_MTU));
        }
        let alive = wire.datagrams.lend(&mut self.stream, |stream| ossl::handle_timeout(ossl::ssl_mut(stream)));
        ossl::clear_errors();
        if alive {
            self.schedule_retransmission(now);
        } else {
            self.end(self.handshake_timeout_reason(now.saturating_duration_since(self.since)));
        }
    }

    fn schedule_retransmission(&mut self, now: Instant) {
        // OpenSSL calls a timer due 15 ms early; waiting at least a millisecond keeps an owner from spinning.
        self.retransmit_at =
            ossl::retransmit_in(self.stream.ssl()).map(|left| now + left.max(Duration::from_millis(1)));
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
