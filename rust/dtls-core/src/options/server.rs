//! A server's options.

use std::sync::Arc;

use openssl::error::ErrorStack;
use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslVerifyMode};
use openssl::stack::Stack;

use super::negotiation::{Authentication, Side, usable_ciphers};
use super::{Negotiation, Transport, context, ssl};
use crate::cookie::Cookies;
use crate::credentials::Credentials;
use crate::error::OptionsError;
use crate::key_log::KeyLog;
use crate::psk::PskStore;
use crate::resumption::ResumptionKey;
use crate::tickets::TicketKeys;
use crate::trust::Trust;
use crate::verify::VerifyResult;

/// Whether a server requests certificates from its clients. A certificate that a client presents must be trusted and meant
/// for client authentication.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum ClientVerification {
    /// The server requests none.
    #[default]
    None,
    /// The server requests one, and verifies it if the client presents one.
    Optional(Trust),
    /// A client must present one, unless it uses a pre-shared key.
    Required(Trust),
}

/// A server's options.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ServerOptions {
    /// The server's certificate. A server with pre-shared keys may have none.
    pub credentials: Option<Credentials>,
    /// Settings for the network.
    pub transport: Transport,
    /// Whether it requests certificates from its clients.
    pub client_verification: ClientVerification,
    /// The pre-shared keys of its clients. Changes take effect at once. `None` for certificates only.
    pub psks: Option<Arc<PskStore>>,
    /// Ciphers, groups, application protocols.
    pub negotiation: Negotiation,
    /// The keys of the tickets with which clients resume sessions; `None` for no resumption.
    pub tickets: Option<Arc<TicketKeys>>,
    /// The file for the secrets of sessions.
    pub key_log: Option<KeyLog>,
}

/// A server's options after they were checked. Its sessions share them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ServerConfig(Arc<ServerInner>);

#[derive(Debug)]
struct ServerInner {
    context: SslContext,
    transport: Transport,
    alpn: bool,
    verify: SslVerifyMode,
    cookies: Arc<Cookies>,
}

impl ServerConfig {
    /// Checks `options`. Clients show with `cookies` that they own their address.
    ///
    /// # Errors
    /// When there is neither a certificate nor a store of pre-shared keys, no cipher can be used with them, or OpenSSL refuses
    /// something.
    pub fn new(options: &ServerOptions, cookies: Arc<Cookies>) -> Result<Self, OptionsError> {
        let mut context = context(SslMethod::dtls_server())?;
        context.set_options(SslOptions::CIPHER_SERVER_PREFERENCE);
        let authentication = match (&options.credentials, &options.psks) {
            (Some(_), Some(_)) => Authentication::Both,
            (Some(_), None) => Authentication::Certificates,
            (None, Some(_)) => Authentication::Psk,
            (None, None) => return Err(OptionsError::NoCertificate),
        };
        options.negotiation.apply(&mut context, authentication, Side::Server)?;
        options.negotiation.select_protocol(&mut context)?;
        if let Some(credentials) = &options.credentials {
            credentials.install(&mut context)?;
        }
        if let Some(psks) = &options.psks {
            psks.serve(&mut context);
        }
        let verify = ask_for_certificates(&mut context, &options.client_verification)?;
        if let Some(tickets) = &options.tickets {
            context.set_session_id_context(&ResumptionKey::of_server(options)?.0)?;
            context.clear_options(SslOptions::NO_TICKET);
            tickets.serve(&mut context)?;
        }
        if let Some(key_log) = &options.key_log {
            key_log.watch(&mut context);
        }
        cookies.serve(&mut context);
        let context = context.build();
        if usable_ciphers(&*Ssl::new(&context)?).is_empty() {
            return Err(OptionsError::CiphersOfOtherKeys(options.negotiation.cipher_list.clone()));
        }
        Ok(Self(Arc::new(ServerInner {
            context,
            transport: options.transport,
            alpn: !options.negotiation.alpn_protocols.is_empty(),
            verify,
            cookies,
        })))
    }

    /// The settings for the network.
    pub fn transport(&self) -> Transport {
        self.0.transport
    }

    /// The cookies with which clients show that they own their address.
    pub(crate) fn cookies(&self) -> &Cookies {
        &self.0.cookies
    }

    /// Whether an application protocol must be negotiated.
    pub(crate) fn needs_alpn(&self) -> bool {
        self.0.alpn
    }

    /// Whether the server requests certificates from its clients.
    pub(crate) fn asks_for_certificates(&self) -> bool {
        self.0.verify != SslVerifyMode::NONE
    }

    /// An `Ssl` for a client, and the place for its reason to refuse the client's certificate.
    pub(crate) fn ssl(&self) -> Result<(Ssl, VerifyResult), ErrorStack> {
        let mut ssl = ssl(&self.0.context, self.0.transport)?;
        let verify_result = VerifyResult::default();
        if self.asks_for_certificates() {
            verify_result.watch(&mut ssl, self.0.verify, None)?;
        }
        Ok((ssl, verify_result))
    }
}

fn ask_for_certificates(
    context: &mut SslContextBuilder,
    verification: &ClientVerification,
) -> Result<SslVerifyMode, OptionsError> {
    let (trust, mode) = match verification {
        ClientVerification::None => return Ok(SslVerifyMode::NONE),
        ClientVerification::Optional(trust) => (trust, SslVerifyMode::PEER),
        ClientVerification::Required(trust) => (trust, SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT),
    };
    context.set_cert_store(trust.store()?);
    if let Trust::Anchors(anchors) = trust {
        // Tells clients with several certificates which one to present (RFC 5246 §7.4.4).
        let mut names = Stack::new()?;
        for anchor in anchors {
            names.push(anchor.subject_name().to_owned()?)?;
        }
        context.set_client_ca_list(names);
    }
    Ok(mode)
}
