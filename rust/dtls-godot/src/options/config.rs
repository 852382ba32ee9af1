//! Turns options of the engine's class or of ours into configurations.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use dtls_core::{
    ClientConfig, ClientOptions, ClientVerification as Ask, Cookies, KeyLog, OptionsError, ServerConfig, ServerOptions,
    TicketKeys, Trust, Verification, certificates_from_pem,
};
use dtls_io::QueueLimits;
use godot::builtin::GString;
use godot::classes::{FileAccess, ProjectSettings, RefCounted, X509Certificate};
use godot::global::push_warning;
use godot::meta::ToGodot;
use godot::obj::{Gd, Singleton};
use parking_lot::Mutex;

use super::TlsOptions;
use super::client_verification::ClientVerification;
use super::data::{OptionsData, Role};
use crate::error::ConfigError;
use crate::pem::CertificatePem;

/// The project setting with the certificates that Godot's own TLS trusts by default.
const BUNDLE_SETTING: &str = "network/tls/certificate_bundle_override";

/// What a server keeps when its options change, so that cookies and tickets stay valid.
#[derive(Debug, Clone)]
pub(crate) struct ServerSecrets {
    cookies: Arc<Cookies>,
    tickets: Arc<TicketKeys>,
}

impl ServerSecrets {
    pub(crate) fn new() -> Result<Self, OptionsError> {
        let now = Instant::now();
        Ok(Self { cookies: Arc::new(Cookies::new(now)?), tickets: Arc::new(TicketKeys::new(now)?) })
    }
}

/// A client's configuration and the limits of its queues. Without options, the defaults, as in the engine.
pub(crate) fn client(options: Option<Gd<RefCounted>>) -> Result<(ClientConfig, QueueLimits), ConfigError> {
    let mut data = match options {
        Some(options) => data_of(options)?,
        None => OptionsData::default(),
    };
    let credentials = data.identity.credentials()?;
    let Role::Client { check, common_name_override, psk, sessions } = &data.role else {
        return Err(ConfigError::ServerForClient);
    };
    let verification = data.verification(check);
    let trust = match &data.trusted_chain {
        _ if psk.is_some() || !matches!(verification, Verification::Full | Verification::Chain) => Trust::default(),
        Some(chain) => anchors(chain)?,
        None => default_trust()?,
    };
    let mut options = ClientOptions::default();
    options.verification = verification;
    options.trust = trust;
    options.name_override = common_name_override.to_string();
    options.transport = data.transport;
    options.credentials = credentials;
    options.psk = psk.clone();
    options.negotiation = data.negotiation.clone();
    options.sessions = sessions.clone().filter(|_| data.resumes);
    options.key_log = key_log(&data.key_log_path)?;
    Ok((ClientConfig::new(&options)?, data.queue_limits))
}

/// A server's configuration and the limits of its connections' queues.
pub(crate) fn server(
    options: Option<Gd<RefCounted>>,
    secrets: &ServerSecrets,
) -> Result<(ServerConfig, QueueLimits), ConfigError> {
    let mut data = data_of(options.ok_or(ConfigError::NoServerOptions)?)?;
    let Role::Server(server) = &data.role else {
        return Err(ConfigError::ClientForServer);
    };
    let cookies = match &server.cookie_secret {
        Some(secrets) => Arc::new(Cookies::shared(secrets, Instant::now(), since_epoch()).map_err(OptionsError::from)?),
        None => Arc::clone(&secrets.cookies),
    };
    let tickets = match &server.ticket_keys {
        _ if !data.resumes => None,
        Some(secrets) => Some(Arc::new(TicketKeys::shared(secrets).map_err(OptionsError::from)?)),
        None => Some(Arc::clone(&secrets.tickets)),
    };
    let trusted = || data.trusted_chain.as_ref().ok_or(ConfigError::NoTrustedChain).and_then(anchors);
    let client_verification = match server.client_verification {
        ClientVerification::None => Ask::None,
        ClientVerification::Optional => Ask::Optional(trusted()?),
        ClientVerification::Required => Ask::Required(trusted()?),
    };
    let psks = server.psks.clone();
    let needs_certificate = server.needs_certificate;
    let credentials = data.identity.credentials()?;
    if needs_certificate && credentials.is_none() {
        return Err(ConfigError::NoCertificate);
    }
    let mut options = ServerOptions::default();
    options.credentials = credentials;
    options.transport = data.transport;
    options.client_verification = client_verification;
    options.psks = psks;
    options.negotiation = data.negotiation.clone();
    options.tickets = tickets;
    options.key_log = key_log(&data.key_log_path)?;
    Ok((ServerConfig::new(&options, cookies)?, data.queue_limits))
}

/// Reads options of either class.
fn data_of(options: Gd<RefCounted>) -> Result<OptionsData, ConfigError> {
    let options = match options.try_cast::<TlsOptions>() {
        Ok(ours) => return Ok(ours.bind().data().clone()),
        Err(other) => other,
    };
    match options.try_cast::<godot::classes::TlsOptions>() {
        Ok(engine) => OptionsData::of_engine(&engine),
        Err(other) => Err(ConfigError::WrongClass(other.get_class().to_string())),
    }
}

/// The time since 1970 by the system's clock; 0 if the clock is set to an earlier time.
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// The certificates of `chain`. The last ones are kept: a game often connects with the same options, and reading a
/// certificate takes as long as signing with its key.
fn anchors(chain: &Gd<X509Certificate>) -> Result<Trust, ConfigError> {
    static LAST: Mutex<Option<(CertificatePem, Trust)>> = Mutex::new(None);
    let pem = CertificatePem::of(&mut chain.clone());
    if let Some((of, trust)) = &*LAST.lock()
        && *of == pem
    {
        return Ok(trust.clone());
    }
    let trust = Trust::Anchors(certificates_from_pem(&pem.chain()?)?);
    *LAST.lock() = Some((pem, trust.clone()));
    Ok(trust)
}

fn key_log(path: &GString) -> Result<Option<KeyLog>, ConfigError> {
    if path.is_empty() {
        return Ok(None);
    }
    let path = ProjectSettings::singleton().globalize_path(path).to_string();
    let log = KeyLog::open(Path::new(&path)).map_err(|error| ConfigError::KeyLog(path.clone(), error))?;
    push_warning(&[format!(
        "TLSOptionsOpenSSL.key_log_path: the secrets of these connections are written to {path}. Anyone who can read \
         that file can decrypt them. Leave the property empty in what you ship."
    )
    .to_variant()]);
    Ok(Some(log))
}

/// The bundle of the project setting if there is one, else the system's store.
fn default_trust() -> Result<Trust, ConfigError> {
    let path: GString = ProjectSettings::singleton().get_setting(BUNDLE_SETTING).try_to().unwrap_or_default();
    if path.is_empty() {
        return Ok(Trust::System);
    }
    let pem = FileAccess::get_file_as_bytes(&path);
    Ok(Trust::Anchors(
        certificates_from_pem(pem.as_slice())
            .map_err(|error| ConfigError::Bundle { setting: BUNDLE_SETTING, error })?,
    ))
}
