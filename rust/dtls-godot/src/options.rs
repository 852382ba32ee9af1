//! TLSOptionsOpenSSL.

use dtls_core::Verification;
use godot::builtin::GString;
use godot::classes::{CryptoKey, X509Certificate};
use godot::obj::{Gd, NewGd};
use godot::register::{GodotClass, godot_api};

use crate::ffi::OrNull;
use crate::refusal::refuse;
use godot::global::Error;

/// What options are for, in the engine's own objects, which the getters give back.
#[derive(Debug, Clone)]
pub(crate) enum Role {
    Client { verification: Verification, trusted_chain: Option<Gd<X509Certificate>>, common_name_override: GString },
    Server { key: Option<Gd<CryptoKey>>, certificate: Option<Gd<X509Certificate>> },
}

impl Default for Role {
    fn default() -> Self {
        Self::Client { verification: Verification::Full, trusted_chain: None, common_name_override: GString::new() }
    }
}

impl Role {
    /// As the engine has it: with a chain, the chain is still checked, and the name is not.
    pub(crate) fn unsafe_client(trusted_chain: Option<Gd<X509Certificate>>) -> Self {
        let verification = if trusted_chain.is_some() { Verification::Chain } else { Verification::Nothing };
        Self::Client { verification, trusted_chain, common_name_override: GString::new() }
    }
}

/// TLS configuration for [DTLSServerOpenSSL] and [PacketPeerDTLSOpenSSL], the twin of [TLSOptions].
///
/// Make one with a static method; it cannot be changed afterwards. Wherever these options are taken, the engine's own
/// [TLSOptions] are taken too.
///
/// ```gdscript
/// # A client that trusts the public authorities and checks the server's name:
/// var public_client := TLSOptionsOpenSSL.client()
/// # A client of a server with a self-signed certificate:
/// var private_client := TLSOptionsOpenSSL.client(load("res://server.crt"))
/// # A server:
/// var server := TLSOptionsOpenSSL.server(load("user://server.key"), load("user://server.crt"))
/// ```
#[derive(GodotClass)]
#[class(init, base = RefCounted, rename = TLSOptionsOpenSSL)]
pub(crate) struct TlsOptions {
    role: Role,
}

impl TlsOptions {
    pub(crate) fn role(&self) -> &Role {
        &self.role
    }

    fn with(role: Role) -> Gd<Self> {
        let mut options = Self::new_gd();
        options.bind_mut().role = role;
        options
    }
}

#[godot_api]
impl TlsOptions {
    /// Options for a client that checks the server's certificate: its chain of issuers against
    /// [param trusted_chain], and its name against the host that was connected to.
    ///
    /// Without [param trusted_chain] the certificates of the project setting
    /// [member ProjectSettings.network/tls/certificate_bundle_override] are trusted, or else those of the operating
    /// system. [param common_name_override] is checked instead of the host name when it is not empty.
    ///
    /// ```gdscript
    /// peer.connect_to_peer(udp, "game.example", TLSOptionsOpenSSL.client())
    /// ```
    #[func]
    fn client(
        #[opt(default = OrNull(None))] trusted_chain: OrNull<X509Certificate>,
        #[opt(default = "")] common_name_override: GString,
    ) -> Gd<Self> {
        Self::with(Role::Client {
            verification: Verification::Full,
            trusted_chain: trusted_chain.0,
            common_name_override,
        })
    }

    /// Options for a client that does not check the server's name, and, without [param trusted_chain], does not check
    /// its certificate at all. For development: whoever is on the path can read and change everything.
    ///
    /// ```gdscript
    /// peer.connect_to_peer(udp, "127.0.0.1", TLSOptionsOpenSSL.client_unsafe())
    /// ```
    #[func]
    fn client_unsafe(#[opt(default = OrNull(None))] trusted_chain: OrNull<X509Certificate>) -> Gd<Self> {
        Self::with(Role::unsafe_client(trusted_chain.0))
    }

    /// Options for a server with its private [param key] and its [param certificate]; a certificate file may hold the
    /// chain of issuers after the server's own. Load it with [method @GDScript.load], so that the chain is used whole.
    ///
    /// ```gdscript
    /// var options := TLSOptionsOpenSSL.server(load("user://server.key"), load("user://server.crt"))
    /// ```
    #[func]
    fn server(key: Option<Gd<CryptoKey>>, certificate: Option<Gd<X509Certificate>>) -> Gd<Self> {
        Self::with(Role::Server { key, certificate })
    }

    /// The same options as the engine's [param options], or [code]null[/code] when they cannot be read.
    ///
    /// ```gdscript
    /// var options := TLSOptionsOpenSSL.from_engine(TLSOptions.client(load("res://server.crt")))
    /// ```
    #[func]
    fn from_engine(options: Option<Gd<godot::classes::TlsOptions>>) -> Option<Gd<Self>> {
        let Some(options) = options else {
            refuse(Error::ERR_INVALID_PARAMETER, "TLSOptionsOpenSSL.from_engine: options is null.");
            return None;
        };
        match Role::of_engine(&options) {
            Ok(role) => Some(Self::with(role)),
            Err(error) => {
                refuse(Error::ERR_UNAVAILABLE, &format!("TLSOptionsOpenSSL.from_engine: {error}."));
                None
            }
        }
    }

    /// Whether these are options of a server.
    #[func]
    fn is_server(&self) -> bool {
        matches!(self.role, Role::Server { .. })
    }

    /// Whether these are options made by [method client_unsafe].
    #[func]
    fn is_unsafe_client(&self) -> bool {
        matches!(&self.role, Role::Client { verification, .. } if *verification != Verification::Full)
    }

    /// The name that is checked instead of the host name; empty for none.
    #[func]
    fn get_common_name_override(&self) -> GString {
        match &self.role {
            Role::Client { common_name_override, .. } => common_name_override.clone(),
            Role::Server { .. } => GString::new(),
        }
    }

    /// The certificates a client trusts, as passed to [method client] or [method client_unsafe].
    #[func]
    fn get_trusted_ca_chain(&self) -> Option<Gd<X509Certificate>> {
        match &self.role {
            Role::Client { trusted_chain, .. } => trusted_chain.clone(),
            Role::Server { .. } => None,
        }
    }

    /// The private key of a server, as passed to [method server].
    #[func]
    fn get_private_key(&self) -> Option<Gd<CryptoKey>> {
        match &self.role {
            Role::Server { key, .. } => key.clone(),
            Role::Client { .. } => None,
        }
    }

    /// The certificate of a server, as passed to [method server].
    #[func]
    fn get_own_certificate(&self) -> Option<Gd<X509Certificate>> {
        match &self.role {
            Role::Server { certificate, .. } => certificate.clone(),
            Role::Client { .. } => None,
        }
    }
}
