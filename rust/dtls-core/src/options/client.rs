//! A client's options.

use std::sync::Arc;

use openssl::ssl::{Ssl, SslContext, SslMethod, SslOptions, SslVerifyMode};
use parking_lot::Mutex;

use super::negotiation::{Authentication, Side};
use super::{Negotiation, Transport, context, ssl};
use crate::credentials::Credentials;
use crate::error::OptionsError;
use crate::key_log::KeyLog;
use crate::ossl;
use crate::pin::Pin;
use crate::psk::Psk;
use crate::resumption::{Resumption, ResumptionKey, SessionCache};
use crate::server_name::ServerName;
use crate::trust::Trust;
use crate::verify::VerifyResult;

/// What a client verifies about the server's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Verification {
    /// The chain, and the name.
    #[default]
    Full,
    /// The chain only.
    Chain,
    /// That a pin matches. The certificate's name, issuer and dates do not matter. For servers without an authority.
    Pinned(Vec<Pin>),
    /// Nothing: every server is accepted. For development.
    Nothing,
}

/// A client's options.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ClientOptions {
    /// What to verify.
    pub verification: Verification,
    /// The certificates to trust.
    pub trust: Trust,
    /// The name to verify instead of the host name; empty for the host name.
    pub name_override: String,
    /// Settings for the network.
    pub transport: Transport,
    /// The certificate to present to a server that requests one.
    pub credentials: Option<Credentials>,
    /// The pre-shared key, instead of certificates. With it, the client accepts no certificate, whatever `verification`
    /// says.
    pub psk: Option<Psk>,
    /// Ciphers, groups, application protocols.
    pub negotiation: Negotiation,
    /// The sessions to resume; `None` for no resumption.
    pub sessions: Option<Arc<SessionCache>>,
    /// The file for the secrets of sessions.
    pub key_log: Option<KeyLog>,
}

/// A client's options after they were checked. Its sessions share them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ClientConfig(Arc<ClientInner>);

#[derive(Debug)]
struct ClientInner {
    context: SslContext,
    verification: Verification,
    name_override: String,
    transport: Transport,
    alpn: bool,
    sessions: Option<Arc<SessionCache>>,
    /// What a session must have been negotiated for to be resumed.
    terms: ResumptionKey,
}

/// The parts of a client's session.
pub(crate) struct ClientSsl {
    pub(crate) ssl: Ssl,
    pub(crate) verify_result: VerifyResult,
    pub(crate) resumption: Option<Resumption>,
}

impl ClientConfig {
    /// Checks `options`.
    ///
    /// # Errors
    /// When OpenSSL refuses them.
    pub fn new(options: &ClientOptions) -> Result<Self, OptionsError> {
        let terms = ResumptionKey::of_client(options)?;
        let verification = match &options.psk {
            // No certificate matches, even if a version of DTLS lets a server answer a pre-shared key with one.
            Some(_) => Verification::Pinned(Vec::new()),
            None => options.verification.clone(),
        };
        Ok(Self(Arc::new(ClientInner {
            context: shared_context(options, &verification, terms)?,
            verification,
            name_override: options.name_override.clone(),
            transport: options.transport,
            alpn: !options.negotiation.alpn_protocols.is_empty(),
            sessions: options.sessions.clone(),
            terms,
        })))
    }

    /// The settings for the network.
    pub fn transport(&self) -> Transport {
        self.0.transport
    }

    /// Checks that a server at `host` can be verified as these options require. Sends nothing.
    ///
    /// # Errors
    /// As [`Session::connect`](crate::Session::connect).
    pub fn check_host(&self, host: &str) -> Result<(), OptionsError> {
        self.name(host).map(drop)
    }

    /// The name to verify, or to send to the server (RFC 6066 §3).
    fn name(&self, host: &str) -> Result<Option<ServerName>, OptionsError> {
        let override_or_host = if self.0.name_override.is_empty() { host } else { &self.0.name_override };
        match (&self.0.verification, ServerName::parse(override_or_host)) {
            (_, Ok(name)) => Ok(Some(name)),
            (Verification::Full, Err(error)) => Err(error),
            (_, Err(_)) => Ok(None),
        }
    }

    /// Whether an application protocol must be negotiated.
    pub(crate) fn needs_alpn(&self) -> bool {
        self.0.alpn
    }

    /// An `Ssl` that verifies a server at `host`, and the place for its reason to refuse the certificate.
    pub(crate) fn ssl(&self, host: &str) -> Result<ClientSsl, OptionsError> {
        let name = self.name(host)?;
        let mut ssl = ssl(&self.0.context, self.0.transport)?;
        let verify_result = VerifyResult::default();
        if let Some(ServerName::Dns(name)) = &name {
            ssl.set_hostname(name)?;
        }
        match &self.0.verification {
            Verification::Full => {
                if let Some(name) = &name {
                    name.require(&mut ssl)?;
                }
                verify_result.watch(&mut ssl, SslVerifyMode::PEER, name.as_ref())?;
            }
            Verification::Chain => verify_result.watch(&mut ssl, SslVerifyMode::PEER, None)?,
            Verification::Pinned(pins) => verify_result.watch_pins(&mut ssl, pins.clone()),
            Verification::Nothing => ssl.set_verify(SslVerifyMode::NONE),
        }
        let resumption = self
            .0
            .sessions
            .as_ref()
            .map(|cache| Resumption { cache: Arc::clone(cache), terms: self.0.terms.for_host(host) });
        if let Some(session) = resumption.as_ref().and_then(Resumption::take) {
            ossl::set_session(&mut ssl, session)?;
        }
        Ok(ClientSsl { ssl, verify_result, resumption })
    }
}

/// The last context, if it was built for the same options. A game often connects with the same options, and building a
/// context takes longer than the rest of a call to connect. A context with secrets is not kept.
fn shared_context(
    options: &ClientOptions,
    verification: &Verification,
    terms: ResumptionKey,
) -> Result<SslContext, OptionsError> {
    static LAST: Mutex<Option<(ResumptionKey, bool, SslContext)>> = Mutex::new(None);
    let resumes = options.sessions.is_some();
    if options.psk.is_some() || options.credentials.is_some() || options.key_log.is_some() {
        return new_context(options, verification);
    }
    if let Some((of, resuming, context)) = &*LAST.lock()
        && (of, *resuming) == (&terms, resumes)
    {
        return Ok(context.clone());
    }
    let context = new_context(options, verification)?;
    *LAST.lock() = Some((terms, resumes, context.clone()));
    Ok(context)
}

fn new_context(options: &ClientOptions, verification: &Verification) -> Result<SslContext, OptionsError> {
    let mut context = context(SslMethod::dtls_client())?;
    let authentication = match &options.psk {
        Some(psk) => {
            psk.offer(&mut context);
            Authentication::Psk
        }
        None => Authentication::Certificates,
    };
    options.negotiation.apply(&mut context, authentication, Side::Client)?;
    options.negotiation.offer_protocols(&mut context)?;
    if matches!(verification, Verification::Full | Verification::Chain) {
        context.set_cert_store(options.trust.store()?);
    }
    if let Some(credentials) = &options.credentials {
        credentials.install(&mut context)?;
    }
    if let Some(key_log) = &options.key_log {
        key_log.watch(&mut context);
    }
    if options.sessions.is_some() {
        context.clear_options(SslOptions::NO_TICKET);
    }
    Ok(context.build())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn context(options: &ClientOptions) -> *mut openssl_sys::SSL_CTX {
        foreign_types::ForeignType::as_ptr(&ClientConfig::new(options).unwrap().0.context)
    }

    #[test]
    fn options_that_ask_for_the_same_share_a_context_and_no_others() {
        let full = ClientOptions { name_override: "game.example".into(), ..Default::default() };
        let shared = context(&full);
        assert_eq!(context(&full), shared);
        // Kept from being freed, so that no other context can be at its place.
        let _kept = ClientConfig::new(&full).unwrap();
        let others = [
            ClientOptions { verification: Verification::Nothing, ..full.clone() },
            ClientOptions { trust: Trust::Anchors(Vec::new()), ..full.clone() },
            ClientOptions { sessions: Some(Arc::default()), ..full.clone() },
            ClientOptions {
                negotiation: Negotiation { cipher_list: "ECDHE+AESGCM".into(), ..Default::default() },
                ..full.clone()
            },
            ClientOptions { psk: Some(Psk::new("alice", &[1; 16]).unwrap()), ..full.clone() },
        ];
        for other in &others {
            assert_ne!(context(other), shared, "{other:?}");
        }
    }
}
