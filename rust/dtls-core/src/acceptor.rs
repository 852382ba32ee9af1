//! A server's cookie exchange: no memory and no signature for a client before it has shown that it receives at the
//! address it sends from (RFC 6347 §4.2.1).

use std::net::SocketAddr;
use std::time::Instant;

use openssl::error::ErrorStack;
use openssl::ssl::SslStream;

use crate::client_hello::ClientHello;
use crate::cookie::Candidate;
use crate::datagram::{Datagrams, IoBuffers};
use crate::options::ServerConfig;
use crate::ossl::{self, PeerAddress};
use crate::session::Session;
use crate::verify::VerifyResult;

/// Turns first datagrams of unknown addresses into sessions.
///
/// One spare `Ssl` judges all comers; only when a client returns a valid cookie does it become that client's.
pub struct Acceptor {
    config: ServerConfig,
    spare: Option<Spare>,
    peer: PeerAddress,
}

/// An unused `Ssl`, and where it will leave its reason to refuse the client's certificate.
struct Spare {
    stream: SslStream<Datagrams>,
    verify_result: VerifyResult,
}

/// What a datagram is to a server that does not know its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieCheck {
    /// No start of a handshake.
    NoHello,
    /// A ClientHello without a cookie: a client's first.
    Missing,
    /// A ClientHello with a cookie that is stale or forged.
    Invalid,
    /// A ClientHello with a valid cookie.
    Valid,
}

/// What a datagram from an address without a session led to.
#[derive(Debug)]
#[must_use]
pub enum Accepted {
    /// A valid cookie came: the handshake is under way, and its first flight is in [`IoBuffers::outgoing`].
    Session(Box<Session>),
    /// A first ClientHello: the HelloVerifyRequest that asks for the cookie is in [`IoBuffers::outgoing`].
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
    /// An acceptor whose clients get sessions with `config`.
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
    pub fn accept(&mut self, from: SocketAddr, datagram: &[u8], now: Instant, buffers: &mut IoBuffers) -> Accepted {
        match self.check_cookie(from, datagram, now) {
            CookieCheck::NoHello => Accepted::Ignored,
            CookieCheck::Missing | CookieCheck::Invalid => self.ask_for_cookie(from, datagram, now, buffers),
            CookieCheck::Valid => self.start(from, datagram, now, buffers),
        }
    }

    /// Whether a datagram is a ClientHello, and its cookie valid: what tells a client apart from a forged address, before it
    /// costs more than an HMAC.
    ///
    /// For an address that has a session, this tells whether its owner has started anew (RFC 6347 §4.2.8).
    pub fn check_cookie(&self, from: SocketAddr, datagram: &[u8], now: Instant) -> CookieCheck {
        let Some(hello) = ClientHello::parse(datagram) else { return CookieCheck::NoHello };
        if hello.cookie.is_empty() {
            return CookieCheck::Missing;
        }
        let candidate = Candidate { address: from, random: *hello.random, now };
        match self.config.cookies().verify(&candidate, hello.cookie) {
            Ok(true) => CookieCheck::Valid,
            _ => CookieCheck::Invalid,
        }
    }

    /// Answers a ClientHello with the HelloVerifyRequest that asks for a valid cookie (RFC 6347 §4.2.1).
    pub fn ask_for_cookie(&self, from: SocketAddr, datagram: &[u8], now: Instant, buffers: &mut IoBuffers) -> Accepted {
        let Some(hello) = ClientHello::parse(datagram) else { return Accepted::Ignored };
        match self.config.cookies().generate(&Candidate { address: from, random: *hello.random, now }) {
            Ok(cookie) => {
                buffers.datagrams.outgoing.push(&hello.verify_request(&cookie));
                Accepted::CookieAsked
            }
            Err(_) => Accepted::Ignored,
        }
    }

    /// Starts the session of a client whose cookie is valid, as OpenSSL finds once more.
    fn start(&mut self, from: SocketAddr, datagram: &[u8], now: Instant, buffers: &mut IoBuffers) -> Accepted {
        let Some(hello) = ClientHello::parse(datagram) else { return Accepted::Ignored };
        let candidate = Candidate { address: from, random: *hello.random, now };
        let Ok(stream) = spare(&mut self.spare, &self.config, candidate) else { return Accepted::Ignored };
        let sent_before = buffers.outgoing().len();
        buffers.datagrams.add_incoming(datagram);
        let verified = buffers.datagrams.lend(stream, |stream| ossl::listen(stream, &mut self.peer));
        buffers.datagrams.drop_incoming();
        ossl::clear_errors();
        match self.spare.take_if(|_| verified) {
            Some(Spare { stream, verify_result }) => {
                Accepted::Session(Box::new(Session::accept(stream, verify_result, &self.config, now, buffers)))
            }
            None if buffers.outgoing().len() > sent_before => Accepted::CookieAsked,
            None => Accepted::Ignored,
        }
    }
}

/// The spare `Ssl`, made when there is none, set to judge `candidate`.
fn spare<'a>(
    spare: &'a mut Option<Spare>,
    config: &ServerConfig,
    candidate: Candidate,
) -> Result<&'a mut SslStream<Datagrams>, ErrorStack> {
    let Spare { stream, .. } = match spare.take() {
        Some(kept) => spare.insert(kept),
        None => {
            let (mut ssl, verify_result) = config.ssl()?;
            ssl.set_accept_state();
            spare.insert(Spare { stream: SslStream::new(ssl, Datagrams::default())?, verify_result })
        }
    };
    candidate.judge_with(ossl::ssl_mut(stream))?;
    Ok(stream)
}
