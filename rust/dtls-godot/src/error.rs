//! Why options and arguments are refused.

use std::io;

use dtls_core::OptionsError;
use dtls_io::ConnectError;
use godot::builtin::GString;
use godot::global::Error;

use crate::message;

/// Why options or an argument were refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("these are server options: make client options with TLSOptionsOpenSSL.client()")]
    ServerForClient,
    #[error("these are client options: make server options with TLSOptionsOpenSSL.server(key, certificate)")]
    ClientForServer,
    #[error("packet_peer is not connected: call its connect_to_host() first")]
    NoUdp,
    #[error("{0} is no port to connect to: give 1 to 65535")]
    Port(i64),
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
    #[error("client_verification needs to know whom to trust: set trusted_chain to the authority of your clients")]
    NoTrustedChain,
    #[error("the key log {0} cannot be opened ({1}): set key_log_path to a file in a folder that is there")]
    KeyLog(String, io::Error),
    #[error("cannot read {0} ({1:?}): check the path")]
    File(GString, Error),
    #[error("no fingerprints: give those of the servers to trust, as get_peer_fingerprint() gives them")]
    NoPins,
    #[error("the keys of a Dictionary of pre-shared keys are identities (String), the values keys (PackedByteArray)")]
    PskTypes,
    #[error("this is for servers: a client has one key, given to TLSOptionsOpenSSL.client_psk(identity, key)")]
    PskOfClient,
    #[error("expected {0}, not {1}; the old value stays")]
    OutOfRange(&'static str, String),
    #[error("the file of the project setting {setting} cannot be used: {}", message::of_options(.error))]
    Bundle { setting: &'static str, error: OptionsError },
    #[error("{}", message::of_options(.0))]
    Options(#[from] OptionsError),
    #[error("{}", message::of_connect(.0))]
    Connect(#[from] ConnectError),
}
