//! The gate in front of a server: no memory and no signature for a client before it has shown that it receives at the
//! address it sends from (RFC 6347 §4.2.1).

use std::net::SocketAddr;
use std::time::Instant;

use openssl::error::ErrorStack;
use openssl::ssl::SslStream;

use crate::cookie::Candidate;
use crate::datagram::{Datagrams, Wire};
use crate::options::{ServerConfig, candidate_index};
use crate::ossl::{self, PeerAddress};
use crate::record::{self, client_hello_random};
use crate::session::Session;
use crate::verify::Verdict;

/// Turns first datagrams of unknown addresses into sessions.
///
/// One spare `Ssl` judges all comers; only when a client returns a valid cookie does it become that client's.
pub struct Acceptor {
    config: ServerConfig,
    spare: Option<Spare>,
    peer: PeerAddress,
}

/// An `Ssl` at the gate, and where it will leave its reason to refuse the client's certificate.
struct Spare {
    stream: SslStream<Datagrams>,
    verdict: Verdict,
}

/// What a datagram from an address without a session led to.
#[derive(Debug)]
#[must_use]
pub enum Accepted {
    /// A valid cookie came: the handshake is under way, and its first flight is in [`Wire::outgoing`].
    Session(Box<Session>),
    /// A first ClientHello: the HelloVerifyRequest that asks for the cookie is in [`Wire::outgoing`].
    CookieAsked,
    /// Noise; nothing is sent.
    Ignored,
}

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Acceptor").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Acceptor {
    /// A gate for clients that get sessions with `config`.
    ///
    /// # Errors
    /// When OpenSSL is out of memory.
    pub fn new(config: ServerConfig) -> Result<Self, ErrorStack> {
        Ok(Self { config, spare: None, peer: PeerAddress::new()? })
    }

    /// The configuration of the sessions made here.
    pub const fn config(&self) -> &ServerConfig {
        &self.config
    }

    /// Looks at one datagram from an address that has no session.
    pub fn accept(&mut self, from: SocketAddr, datagram: &[u8], now: Instant, wire: &mut Wire) -> Accepted {
        let sent_before = wire.outgoing().len();
        if !self.verify(from, datagram, now, wire) {
            let asked = wire.outgoing().len() > sent_before;
            return if asked { Accepted::CookieAsked } else { Accepted::Ignored };
        }
        match self.spare.take() {
            Some(Spare { stream, verdict }) => {
                Accepted::Session(Box::new(Session::accept(stream, verdict, &self.config, now, wire)))
            }
            None => Accepted::Ignored,
        }
    }

    /// Whether a datagram is a ClientHello with a valid cookie for its address. One without is answered with a
    /// HelloVerifyRequest in [`Wire::outgoing`]; anything else with nothing.
    ///
    /// For an address that has a session, this tells whether its owner has started anew (RFC 6347 §4.2.8).
    pub fn verify(&mut self, from: SocketAddr, datagram: &[u8], now: Instant, wire: &mut Wire) -> bool {
        let Some(random) = client_hello_random(datagram) else { return false };
        let candidate = Candidate { address: from, random, now };
        let Ok(stream) = spare(&mut self.spare, &self.config, candidate) else { return false };
        wire.datagrams.add_incoming(datagram);
        let verified = wire.datagrams.lend(stream, |stream| ossl::listen(stream, &mut self.peer));
        wire.datagrams.drop_incoming();
        ossl::clear_errors();
        verified
    }
}

/// Whether `datagram` is a ClientHello with a cookie, valid or not: if it is, [`Acceptor::accept`] costs a handshake's work
/// rather than a look.
pub fn is_hello_with_cookie(datagram: &[u8]) -> bool {
    record::holds_cookie(datagram)
}

/// The spare `Ssl`, made when there is none, set to judge `candidate`.
fn spare<'a>(
    spare: &'a mut Option<Spare>,
    config: &ServerConfig,
    candidate: Candidate,
) -> Result<&'a mut SslStream<Datagrams>, ErrorStack> {
    let index = candidate_index()?;
    let Spare { stream, .. } = match spare.take() {
        Some(kept) => spare.insert(kept),
        None => {
            let (mut ssl, verdict) = config.ssl()?;
            ssl.set_accept_state();
            spare.insert(Spare { stream: SslStream::new(ssl, Datagrams::default())?, verdict })
        }
    };
    // Written in place once the slot exists, so that a flood allocates nothing.
    let ssl = ossl::ssl_mut(stream);
    match ssl.ex_data_mut(index) {
        Some(slot) => *slot = candidate,
        None => ssl.set_ex_data(index, candidate),
    }
    Ok(stream)
}
