//! From options of either kind, the engine's or ours, to what sessions are made from.

use std::sync::Arc;

use dtls_core::{
    ClientConfig, ClientOptions, Cookies, Credentials, OptionsError, ServerConfig, ServerOptions, Transport, Trust,
    Verification, certificates_from_pem,
};
use godot::builtin::GString;
use godot::classes::{FileAccess, ProjectSettings, RefCounted};
use godot::obj::{Gd, Singleton};

use crate::options::{Role, TlsOptions};
use crate::pem;

/// Where Godot's own TLS looks for the certificates to trust by default, if set.
const BUNDLE_SETTING: &str = "network/tls/certificate_bundle_override";

/// Why options were not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("these are server options: make client options with TLSOptionsOpenSSL.client()")]
    ServerForClient,
    #[error("these are client options: make server options with TLSOptionsOpenSSL.server(key, certificate)")]
    ClientForServer,
    #[error("no options: make them with TLSOptionsOpenSSL.server(key, certificate)")]
    NoServerOptions,
    #[error("expected TLSOptions or TLSOptionsOpenSSL, got {0}")]
    WrongClass(String),
    #[cfg(feature = "godot-4-2")]
    #[error("Godot 4.2 does not let an addon read TLSOptions: use TLSOptionsOpenSSL")]
    Unreadable,
    #[error("no private key: give one to TLSOptionsOpenSSL.server(key, certificate)")]
    NoKey,
    #[error("no certificate: give one to TLSOptionsOpenSSL.server(key, certificate)")]
    NoCertificate,
    #[error("the file of the project setting {BUNDLE_SETTING} cannot be used: {0}")]
    Bundle(OptionsError),
    #[error(transparent)]
    Options(#[from] OptionsError),
}

/// A client's configuration; `None` is the default, as for the engine.
pub(crate) fn client(options: Option<Gd<RefCounted>>) -> Result<ClientConfig, ConfigError> {
    let role = match options {
        Some(options) => Role::of(options)?,
        None => Role::default(),
    };
    let Role::Client { verification, trusted_chain, common_name_override } = role else {
        return Err(ConfigError::ServerForClient);
    };
    let trust = match trusted_chain {
        _ if verification == Verification::Nothing => Trust::default(),
        Some(mut chain) => Trust::Anchors(certificates_from_pem(&pem::of_certificate(&mut chain)?)?),
        None => default_trust()?,
    };
    Ok(ClientConfig::new(&ClientOptions {
        verification,
        trust,
        name_override: common_name_override.to_string(),
        transport: Transport::default(),
    })?)
}

/// A server's configuration.
pub(crate) fn server(options: Option<Gd<RefCounted>>, cookies: Arc<Cookies>) -> Result<ServerConfig, ConfigError> {
    let Role::Server { key, certificate } = Role::of(options.ok_or(ConfigError::NoServerOptions)?)? else {
        return Err(ConfigError::ClientForServer);
    };
    let mut key = key.ok_or(ConfigError::NoKey)?;
    let mut certificate = certificate.ok_or(ConfigError::NoCertificate)?;
    let credentials = Credentials::from_pem(&pem::of_key(&mut key)?, None, &pem::of_certificate(&mut certificate)?)?;
    Ok(ServerConfig::new(&ServerOptions { credentials, transport: Transport::default() }, cookies)?)
}

impl Role {
    /// Reads options of either class.
    pub(crate) fn of(options: Gd<RefCounted>) -> Result<Self, ConfigError> {
        let options = match options.try_cast::<TlsOptions>() {
            Ok(ours) => return Ok(ours.bind().role().clone()),
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
            return Ok(Self::Server { key: options.get_private_key(), certificate: options.get_own_certificate() });
        }
        let trusted_chain = options.get_trusted_ca_chain();
        Ok(if options.is_unsafe_client() {
            Self::unsafe_client(trusted_chain)
        } else {
            Self::Client {
                verification: Verification::Full,
                trusted_chain,
                common_name_override: options.get_common_name_override(),
            }
        })
    }

    #[cfg(feature = "godot-4-2")]
    pub(crate) fn of_engine(_options: &Gd<godot::classes::TlsOptions>) -> Result<Self, ConfigError> {
        Err(ConfigError::Unreadable)
    }
}

/// Godot's own bundle if the project names one, else the system's store.
fn default_trust() -> Result<Trust, ConfigError> {
    let path: GString = ProjectSettings::singleton().get_setting(BUNDLE_SETTING).try_to().unwrap_or_default();
    if path.is_empty() {
        return Ok(Trust::System);
    }
    let pem = FileAccess::get_file_as_bytes(&path);
    Ok(Trust::Anchors(certificates_from_pem(pem.as_slice()).map_err(ConfigError::Bundle)?))
}
