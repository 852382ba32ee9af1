//! Options, checked once and turned into what all sessions made from them share.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslSessionCacheMode, SslVerifyMode, SslVersion,
};

use crate::cookie::{Candidate, Cookies};
use crate::credentials::Credentials;
use crate::error::OptionsError;
use crate::ossl;
use crate::trust::Trust;
use crate::verify::{ServerName, Verdict};

/// AEAD with forward secrecy only (RFC 9325 §4.2).
const CIPHERS: &str = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// 112 bits: RSA and DH of 2048 bits or more, no SHA-1 signatures (OpenSSL's SSL_CTX_set_security_level).
const SECURITY_LEVEL: u32 = 2;

/// What a session does on the network, for either role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transport {
    /// The largest UDP payload that a flight of the handshake uses, in bytes. Lowered after repeated time-outs.
    pub mtu: u16,
    /// How long a handshake may take.
    pub handshake_timeout: Duration,
    /// After how long without a packet from the other side a session ends; `None` for never.
    pub idle_timeout: Option<Duration>,
}

impl Default for Transport {
    fn default() -> Self {
        Self { mtu: 1200, handshake_timeout: Duration::from_secs(10), idle_timeout: None }
    }
}

/// What a client checks about the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verification {
    /// The chain, and that it is for the host that was asked for.
    #[default]
    Full,
    /// The chain only.
    Chain,
    /// Nothing: whoever answers is believed. For development.
    Nothing,
}

/// What a client wants.
#[derive(Debug, Clone, Default)]
pub struct ClientOptions {
    /// What to check.
    pub verification: Verification,
    /// Whom to trust.
    pub trust: Trust,
    /// Verified instead of the host name, when not empty.
    pub name_override: String,
    /// The network side.
    pub transport: Transport,
}

/// A client's options, checked; all its sessions share them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ClientConfig(Arc<ClientInner>);

#[derive(Debug)]
struct ClientInner {
    context: SslContext,
    verification: Verification,
    name_override: String,
    transport: Transport,
}

impl ClientConfig {
    /// Checks `options`.
    ///
    /// # Errors
    /// When OpenSSL refuses them.
    pub fn new(options: &ClientOptions) -> Result<Self, OptionsError> {
        let mut context = context(SslMethod::dtls_client())?;
        if options.verification != Verification::Nothing {
            context.set_cert_store(options.trust.store()?);
        }
        Ok(Self(Arc::new(ClientInner {
            context: context.build(),
            verification: options.verification,
            name_override: options.name_override.clone(),
            transport: options.transport,
        })))
    }

    /// Whether a server at `host` can be verified as these options ask, before anything is sent.
    ///
    /// # Errors
    /// As [`Session::connect`](crate::Session::connect).
    pub fn check_host(&self, host: &str) -> Result<(), OptionsError> {
        self.ssl(host).map(drop)
    }

    pub(crate) fn transport(&self) -> Transport {
        self.0.transport
    }

    /// An `Ssl` that will verify the server for `host`, and where it leaves its reason not to.
    pub(crate) fn ssl(&self, host: &str) -> Result<(Ssl, Verdict), OptionsError> {
        let override_or_host = if self.0.name_override.is_empty() { host } else { &self.0.name_override };
        let name = match (self.0.verification, ServerName::parse(override_or_host)) {
            (_, Ok(name)) => Some(name),
            (Verification::Full, Err(error)) => return Err(error),
            (Verification::Chain | Verification::Nothing, Err(_)) => None,
        };
        let mut ssl = ssl(&self.0.context, self.0.transport)?;
        let verdict = Verdict::default();
        if let Some(ServerName::Dns(name)) = &name {
            ssl.set_hostname(name)?;
        }
        match self.0.verification {
            Verification::Full => {
                if let Some(name) = &name {
                    name.require(&mut ssl)?;
                }
                verdict.watch(&mut ssl, SslVerifyMode::PEER, name.as_ref());
            }
            Verification::Chain => verdict.watch(&mut ssl, SslVerifyMode::PEER, None),
            Verification::Nothing => ssl.set_verify(SslVerifyMode::NONE),
        }
        Ok((ssl, verdict))
    }
}

/// What a server wants.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Who it is.
    pub credentials: Credentials,
    /// The network side.
    pub transport: Transport,
}

/// A server's options, checked; all its sessions share them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ServerConfig(Arc<ServerInner>);

#[derive(Debug)]
struct ServerInner {
    context: SslContext,
    transport: Transport,
}

impl ServerConfig {
    /// Checks `options`; clients prove their address with `cookies`.
    ///
    /// # Errors
    /// When OpenSSL refuses the certificate, the chain or the key.
    pub fn new(options: &ServerOptions, cookies: Arc<Cookies>) -> Result<Self, OptionsError> {
        options.credentials.check_for_server()?;
        let mut context = context(SslMethod::dtls_server())?;
        context.set_options(SslOptions::CIPHER_SERVER_PREFERENCE);
        let (own, issuers) = options.credentials.chain.split_first().ok_or(OptionsError::NoCertificate)?;
        context.set_certificate(own)?;
        for issuer in issuers {
            context.add_extra_chain_cert(issuer.clone())?;
        }
        context.set_private_key(&options.credentials.key)?;

        let candidate = candidate_index()?;
        let makes = Arc::clone(&cookies);
        context.set_cookie_generate_cb(move |ssl, buffer| {
            let cookie = match ssl.ex_data(candidate) {
                Some(candidate) => makes.generate(candidate)?,
                None => return Ok(0),
            };
            buffer[..cookie.len()].copy_from_slice(&cookie);
            Ok(cookie.len())
        });
        context.set_cookie_verify_cb(move |ssl, cookie| {
            ssl.ex_data(candidate).is_some_and(|candidate| cookies.verify(candidate, cookie).unwrap_or(false))
        });
        Ok(Self(Arc::new(ServerInner { context: context.build(), transport: options.transport })))
    }

    pub(crate) fn transport(&self) -> Transport {
        self.0.transport
    }

    pub(crate) fn ssl(&self) -> Result<Ssl, ErrorStack> {
        ssl(&self.0.context, self.0.transport)
    }
}

/// Where an `Ssl` at the gate keeps whom it judges, for the cookie callbacks.
pub(crate) fn candidate_index() -> Result<Index<Ssl, Candidate>, ErrorStack> {
    static INDEX: OnceLock<Index<Ssl, Candidate>> = OnceLock::new();
    if let Some(index) = INDEX.get() {
        return Ok(*index);
    }
    let index = Ssl::new_ex_index()?;
    Ok(*INDEX.get_or_init(|| index))
}

fn context(method: SslMethod) -> Result<SslContextBuilder, ErrorStack> {
    ossl::init();
    let mut context = SslContextBuilder::new(method)?;
    // DTLS 1.0 is deprecated (RFC 8996); no upper bound, so that 1.3 comes with the OpenSSL that has it.
    context.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_security_level(SECURITY_LEVEL);
    context.set_cipher_list(CIPHERS)?;
    context.set_options(SslOptions::NO_QUERY_MTU | SslOptions::NO_RENEGOTIATION | SslOptions::NO_TICKET);
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    Ok(context)
}

fn ssl(context: &SslContext, transport: Transport) -> Result<Ssl, ErrorStack> {
    let mut ssl = Ssl::new(context)?;
    ssl.set_mtu(u32::from(transport.mtu))?;
    Ok(ssl)
}
