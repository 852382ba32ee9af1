//! What options say, of the engine's class or of ours.

use std::fmt;
use std::sync::Arc;

use dtls_core::{Credentials, Negotiation, Pin, Psk, PskStore, SessionCache, SharedSecrets, Transport, Verification};
use godot::builtin::GString;
use godot::classes::{CryptoKey, RefCounted, X509Certificate};
use godot::obj::Gd;

use super::{ClientVerification, TlsOptions};
use crate::config::ConfigError;
use crate::pem;

/// Everything that sessions are made from, before it is checked as a whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct OptionsData {
    pub(crate) role: Role,
    pub(crate) identity: Identity,
    pub(crate) trusted_chain: Option<Gd<X509Certificate>>,
    pub(crate) transport: Transport,
    pub(crate) negotiation: Negotiation,
    pub(crate) resumes: bool,
    pub(crate) key_log_path: GString,
}

/// What is a client's, and what a server's.
#[derive(Debug, Clone)]
pub(crate) enum Role {
    Client {
        check: Check,
        common_name_override: GString,
        psk: Option<Psk>,
        /// `None` for the engine's options, which have no place for it.
        sessions: Option<Arc<SessionCache>>,
    },
    Server(ServerData),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct ServerData {
    /// Whether there is no server without a key and a certificate.
    pub(crate) needs_certificate: bool,
    pub(crate) client_verification: ClientVerification,
    /// `None` for the engine's options.
    pub(crate) psks: Option<Arc<PskStore>>,
    pub(crate) ticket_keys: Option<SharedSecrets>,
    pub(crate) cookie_secret: Option<SharedSecrets>,
}

/// What a client checks about the server.
#[derive(Debug, Clone, Default)]
pub(crate) enum Check {
    #[default]
    Full,
    Unsafe,
    Pins(Vec<Pin>),
}

/// Who one is.
#[derive(Debug, Clone, Default)]
pub(crate) enum Identity {
    #[default]
    None,
    /// In the engine's own objects, which the getters give back.
    Engine { key: Option<Gd<CryptoKey>>, certificate: Option<Gd<X509Certificate>> },
    /// Read or made by us: the engine's objects hand over no chains.
    Ours(Credentials),
}

impl Default for Role {
    fn default() -> Self {
        Self::client(Check::Full, GString::new())
    }
}

impl Role {
    pub(crate) fn client(check: Check, common_name_override: GString) -> Self {
        Self::Client { check, common_name_override, psk: None, sessions: None }
    }
}

impl OptionsData {
    /// Reads options of either class.
    pub(crate) fn of(options: Gd<RefCounted>) -> Result<Self, ConfigError> {
        let options = match options.try_cast::<TlsOptions>() {
            Ok(ours) => return Ok(ours.bind().data().clone()),
            Err(other) => other,
        };
        match options.try_cast::<godot::classes::TlsOptions>() {
            Ok(engine) => Self::of_engine(&engine),
            Err(other) => Err(ConfigError::WrongClass(other.get_class().to_string())),
        }
    }

    #[cfg(not(feature = "godot-4-2"))]
    pub(crate) fn of_engine(options: &Gd<godot::classes::TlsOptions>) -> Result<Self, ConfigError> {
        if options.is_server() {
            let identity =
                Identity::Engine { key: options.get_private_key(), certificate: options.get_own_certificate() };
            let role = Role::Server(ServerData { needs_certificate: true, ..Default::default() });
            return Ok(Self { role, identity, resumes: true, ..Default::default() });
        }
        let check = if options.is_unsafe_client() { Check::Unsafe } else { Check::Full };
        let role = Role::client(check, options.get_common_name_override());
        Ok(Self { role, trusted_chain: options.get_trusted_ca_chain(), resumes: true, ..Default::default() })
    }

    #[cfg(feature = "godot-4-2")]
    pub(crate) fn of_engine(_options: &Gd<godot::classes::TlsOptions>) -> Result<Self, ConfigError> {
        Err(ConfigError::Unreadable)
    }

    /// As the engine has it: an unsafe client with a chain still checks the chain, but not the name.
    pub(crate) fn verification(&self, check: &Check) -> Verification {
        match check {
            Check::Full => Verification::Full,
            Check::Unsafe if self.trusted_chain.is_some() => Verification::Chain,
            Check::Unsafe => Verification::Nothing,
            Check::Pins(pins) => Verification::Pinned(pins.clone()),
        }
    }
}

impl Identity {
    /// Key and certificate, if there are any: both or neither.
    pub(crate) fn credentials(&mut self) -> Result<Option<Credentials>, ConfigError> {
        match self {
            Self::None => Ok(None),
            Self::Ours(credentials) => Ok(Some(credentials.clone())),
            Self::Engine { key, certificate } => {
                let key = key.as_mut().ok_or(ConfigError::NoKey)?;
                let certificate = certificate.as_mut().ok_or(ConfigError::NoCertificate)?;
                let (key, certificate) = (pem::of_key(key)?, pem::CertificatePem::of(certificate).chain()?);
                Ok(Some(Credentials::from_pem(&key, None, &certificate)?))
            }
        }
    }
}

impl fmt::Display for OptionsData {
    /// Whom it trusts, and never what it holds.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chain = if self.trusted_chain.is_some() { "its trusted chain" } else { "the default store" };
        match &self.role {
            Role::Client { psk: Some(_), .. } => formatter.write_str("client with a pre-shared key"),
            Role::Client { check: Check::Full, .. } => write!(formatter, "client that trusts {chain}"),
            Role::Client { check: Check::Unsafe, .. } if self.trusted_chain.is_some() => {
                formatter.write_str("client that trusts its trusted chain for any name")
            }
            Role::Client { check: Check::Unsafe, .. } => formatter.write_str("client that trusts anybody"),
            Role::Client { check: Check::Pins(pins), .. } => {
                formatter.write_str("client that trusts")?;
                pins.iter().try_for_each(|pin| write!(formatter, " {pin}"))
            }
            Role::Server(server) => match server.client_verification {
                ClientVerification::None => formatter.write_str("server"),
                ClientVerification::Optional => formatter.write_str("server that verifies clients with a certificate"),
                ClientVerification::Required => formatter.write_str("server that requires client certificates"),
            },
        }
    }
}
