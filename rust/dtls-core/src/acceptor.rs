//! A server's cookie exchange (RFC 6347 §4.2.1): a client gets neither memory nor a signature until it has shown that
//! it receives what is sent to its address.

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

/// Makes sessions for clients that return a valid cookie.
///
/// One spare `Ssl` verifies the cookies of all clients. When a cookie is valid, the `Ssl` becomes that client's.
pub struct Acceptor {
    config: ServerConfig,
    spare: Option<Spare>,
    peer: PeerAddress,
}

/// An unused `Ssl`, and the place for its reason to refuse the client's certificate.
struct Spare {
    stream: SslStream<Datagrams>,
    verify_result: VerifyResult,
}

/// What the cookie of a datagram from an unknown sender says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieCheck {
    /// The datagram is no ClientHello, or comes from port 0, to which nothing can be sent (RFC 768).
    NoHello,
    /// A ClientHello without a cookie: a client's first.
    Missing,
    /// A ClientHello with an expired or forged cookie.
    Invalid,
    /// A ClientHello with a valid cookie.
    Valid,
}

/// The result of a datagram from an address without a session.
#[derive(Debug)]
#[must_use]
pub enum Accepted {
    /// The cookie is valid. The handshake has started, and its first flight is in [`IoBuffers::outgoing`].
    Session(Box<Session>),
    /// No valid cookie: the HelloVerifyRequest that asks for one is in [`IoBuffers::outgoing`].
    CookieAsked,
    /// Noise. Nothing is sent.
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

    /// Handles one datagram from an address that has no session.
    pub fn accept(&mut self, from: SocketAddr, datagram: &[u8], now: Instant, buffers: &mut IoBuffers) -> Accepted {
        match self.check_cookie(from, datagram, now) {
            CookieCheck::NoHello => Accepted::Ignored,
            CookieCheck::Missing | CookieCheck::Invalid => self.ask_for_cookie(from, datagram, now, buffers),
            CookieCheck::Valid => self.start(from, datagram, now, buffers),
        }
    }

    /// Whether a datagram is a ClientHello, and whether its cookie is valid. This costs one HMAC for each secret in use.
    ///
    /// For an address that has a session, a valid cookie means that the client has restarted (RFC 6347 §4.2.8).
    pub fn check_cookie(&self, from: SocketAddr, datagram: &[u8], now: Instant) -> CookieCheck {
        let Some(hello) = ClientHello::parse(datagram).filter(|_| from.port() != 0) else {
            return CookieCheck::NoHello;
        };
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

    /// Starts the session of a client whose cookie is valid. OpenSSL verifies the cookie once more.
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

/// The spare `Ssl`, set to judge `candidate`. Makes one if there is none.
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
