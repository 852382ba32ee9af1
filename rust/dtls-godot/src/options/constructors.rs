//! Makes options, and returns what they were made from.

use std::sync::Arc;

use dtls_core::{Credentials, Pin, Psk, PskStore};
use godot::builtin::{GString, PackedByteArray, PackedStringArray, VarDictionary, VariantType};
use godot::classes::{CryptoKey, FileAccess, X509Certificate};
use godot::global::Error;
use godot::obj::Gd;
use godot::register::godot_api;
use zeroize::{Zeroize as _, Zeroizing};

use super::config::since_epoch;
use super::{Check, Identity, OptionsData, Role, ServerData, TlsOptions};
use crate::error::ConfigError;
use crate::opt_gd::OrNull;
use crate::report::{refuse, refuse_options};

#[godot_api(secondary)]
impl TlsOptions {
    /// Options for a client that checks the server's certificate: its chain of issuers against [param trusted_chain],
    /// and its name against the host that the client connects to.
    ///
    /// Without [param trusted_chain], the client trusts the certificates of the project setting
    /// [member ProjectSettings.network/tls/certificate_bundle_override], or else those of the operating system. If
    /// [param common_name_override] is not empty, the client checks that name instead of the host name.
    ///
    /// ```gdscript
    /// peer.connect_to_peer(udp, "game.example", TLSOptionsOpenSSL.client())
    /// ```
    #[func]
    fn client(
        #[opt(default = OrNull(None))] trusted_chain: OrNull<X509Certificate>,
        #[opt(default = "")] common_name_override: GString,
    ) -> Gd<Self> {
        Self::new_client(Check::Full, trusted_chain.0, common_name_override, None)
    }

    /// Options for a client that does not check the server's name and, without [param trusted_chain], does not check
    /// its certificate at all. Use it for development only: anyone on the network path can read and change everything.
    ///
    /// ```gdscript
    /// peer.connect_to_peer(udp, "127.0.0.1", TLSOptionsOpenSSL.client_unsafe())
    /// ```
    #[func]
    fn client_unsafe(#[opt(default = OrNull(None))] trusted_chain: OrNull<X509Certificate>) -> Gd<Self> {
        Self::new_client(Check::Unsafe, trusted_chain.0, GString::new(), None)
    }

    /// Options for a client that trusts exactly the servers with one of these [param fingerprints]. Neither the
    /// server's name nor the issuer of its certificate matters, but its key must not be weak. Use it for servers that players host, with a
    /// certificate from [method generate_self_signed].
    ///
    /// A fingerprint is [code]"sha256:"[/code] and 64 hexadecimal digits for one certificate, or
    /// [code]"spki-sha256:"[/code] and the digits for its public key, which a renewed certificate may keep. Give
    /// several to change from one certificate to the next. The server's owner gets the fingerprint from
    /// [method PacketPeerDTLSOpenSSL.get_peer_fingerprint] on a client, or with
    /// [code]openssl x509 -in server.crt -noout -fingerprint -sha256[/code].
    ///
    /// Returns [code]null[/code] when [param fingerprints] is empty or one of them cannot be read.
    ///
    /// ```gdscript
    /// var options := TLSOptionsOpenSSL.client_pinned([lobby.fingerprint])
    /// peer.connect_to_peer(udp, "", options)
    /// ```
    #[func]
    fn client_pinned(fingerprints: PackedStringArray) -> Option<Gd<Self>> {
        let pins: Result<Vec<Pin>, _> = fingerprints.as_slice().iter().map(|text| text.to_string().parse()).collect();
        match pins {
            Ok(pins) if pins.is_empty() => refused("client_pinned", ConfigError::NoPins),
            Ok(pins) => Some(Self::new_client(Check::Pins(pins), None, GString::new(), None)),
            Err(error) => refused("client_pinned", error),
        }
    }

    /// Options for a client with a pre-shared key instead of certificates. The server knows the client by
    /// [param identity], 1 to 128 bytes. Both sides hold the same [param key], 16 to 64 random bytes, and prove it to
    /// each other. The identity is sent unencrypted.
    ///
    /// Returns [code]null[/code] when the identity or the key has the wrong size.
    ///
    /// ```gdscript
    /// # The matchmaker gave both over HTTPS, and the key to the server too.
    /// var options := TLSOptionsOpenSSL.client_psk(ticket.player, Marshalls.base64_to_raw(ticket.key))
    /// peer.connect_to_peer(udp, "", options)
    /// ```
    #[func]
    fn client_psk(identity: GString, key: PackedByteArray) -> Option<Gd<Self>> {
        match Psk::new(&identity.to_string(), key.as_slice()) {
            Ok(psk) => Some(Self::new_client(Check::Unsafe, None, GString::new(), Some(psk))),
            Err(error) => refused("client_psk", error),
        }
    }

    /// Options for a server with its private [param key] and its [param certificate]. A certificate file may also hold
    /// the chain of issuers, after the server's own certificate. Load it with [method @GDScript.load], so that the
    /// whole chain is used.
    ///
    /// ```gdscript
    /// var options := TLSOptionsOpenSSL.server(load("user://server.key"), load("user://server.crt"))
    /// ```
    #[func]
    fn server(key: Option<Gd<CryptoKey>>, certificate: Option<Gd<X509Certificate>>) -> Gd<Self> {
        Self::new_server(Identity::Engine { key, certificate })
    }

    /// Options for a server with its private [param key] and its certificate [param chain] as PEM text, the server's
    /// own certificate first. RSA and ECDSA keys are supported. If the key is encrypted, pass its [param passphrase].
    ///
    /// Returns [code]null[/code] when the text cannot be read or the key does not belong to the certificate.
    ///
    /// ```gdscript
    /// var options := TLSOptionsOpenSSL.server_from_pem(OS.get_environment("TLS_KEY"), OS.get_environment("TLS_CHAIN"))
    /// ```
    #[func]
    fn server_from_pem(key: GString, chain: GString, #[opt(default = "")] passphrase: GString) -> Option<Gd<Self>> {
        let key = Zeroizing::new(key.to_string());
        Self::read_server("server_from_pem", key.as_bytes(), chain.to_string().as_bytes(), &passphrase)
    }

    /// Like [method server_from_pem], but reads files. Paths may start with [code]res://[/code] or
    /// [code]user://[/code], or be paths of the operating system, for example where a renewal service puts a
    /// certificate.
    ///
    /// ```gdscript
    /// var folder := "/etc/letsencrypt/live/game.example"
    /// var options := TLSOptionsOpenSSL.server_from_files(folder + "/privkey.pem", folder + "/fullchain.pem")
    /// ```
    #[func]
    fn server_from_files(
        key_path: GString,
        chain_path: GString,
        #[opt(default = "")] passphrase: GString,
    ) -> Option<Gd<Self>> {
        const METHOD: &str = "server_from_files";
        match (read_file(&key_path), read_file(&chain_path)) {
            (Ok(key), Ok(chain)) => Self::read_server(METHOD, &key, &chain, &passphrase),
            (Err(error), _) | (_, Err(error)) => refused(METHOD, error),
        }
    }

    /// Options for a server whose clients use pre-shared keys. [param keys] maps each identity, a [String], to a
    /// [PackedByteArray] of 16 to 64 random bytes. It may be empty; add more keys with [method add_psk]. The key
    /// exchange has forward secrecy: a key that is stolen later cannot decrypt connections that were recorded earlier.
    ///
    /// With [method set_own_certificate], the same server also accepts clients without a pre-shared key.
    ///
    /// Returns [code]null[/code] when an identity or a key has the wrong type or size.
    ///
    /// ```gdscript
    /// var key := Crypto.new().generate_random_bytes(32)
    /// var options := TLSOptionsOpenSSL.server_psk({ "alice": key })
    /// ```
    #[func]
    fn server_psk(keys: VarDictionary) -> Option<Gd<Self>> {
        let psks = PskStore::default();
        for (identity, key) in keys.iter_shared() {
            // { name = key } has a StringName. Keys are not converted: the bytes of a text are no random key.
            let is_text = matches!(identity.get_type(), VariantType::STRING | VariantType::STRING_NAME);
            if !is_text || key.get_type() != VariantType::PACKED_BYTE_ARRAY {
                return refused("server_psk", ConfigError::PskTypes);
            }
            let (identity, key) = (identity.stringify(), key.to::<PackedByteArray>());
            match Psk::new(&identity.to_string(), key.as_slice()) {
                Ok(psk) => psks.insert(psk),
                Err(error) => return refused("server_psk", error),
            }
        }
        let server = ServerData { psks: Some(Arc::new(psks)), ..Default::default() };
        Some(Self::with(Role::Server(server), Identity::None))
    }

    /// Options for a server with a new key (ECDSA P-256) and a self-signed certificate. The certificate is issued for
    /// [param common_name], a host name or an IP address, and is valid for [param days]. Use it for development and for
    /// servers that players host. Clients pin the certificate, see [method client_pinned].
    ///
    /// To save the key and the certificate, get them with [method get_private_key] and [method get_own_certificate].
    /// Returns [code]null[/code] when the name is not a host name or IP address, or when [param days] is not from 1 to
    /// 36525.
    ///
    /// ```gdscript
    /// var options := TLSOptionsOpenSSL.generate_self_signed("localhost", 30)
    /// options.get_own_certificate().save("user://server.crt")
    /// options.get_private_key().save("user://server.key")
    /// ```
    #[func]
    fn generate_self_signed(
        #[opt(default = "localhost")] common_name: GString,
        #[opt(default = 365)] days: i64,
    ) -> Option<Gd<Self>> {
        // A number that does not fit is out of range, too.
        let days = u32::try_from(days).unwrap_or(0);
        match Credentials::self_signed(&common_name.to_string(), days, since_epoch()) {
            Ok(credentials) => Some(Self::new_server(Identity::Ours(credentials))),
            Err(error) => refused("generate_self_signed", error),
        }
    }

    /// The same settings as in the engine's [param options], or [code]null[/code] when they cannot be read.
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
        match OptionsData::of_engine(&options) {
            Ok(OptionsData { role: Role::Server(_), identity, .. }) => Some(Self::new_server(identity)),
            Ok(OptionsData { role: Role::Client { check, common_name_override, .. }, trusted_chain, .. }) => {
                Some(Self::new_client(check, trusted_chain, common_name_override, None))
            }
            Err(error) => {
                refuse(Error::ERR_UNAVAILABLE, &format!("TLSOptionsOpenSSL.from_engine: {error}."));
                None
            }
        }
    }

    /// Whether these options are for a server.
    ///
    /// ```gdscript
    /// assert(options.is_server())
    /// ```
    #[func]
    fn is_server(&self) -> bool {
        matches!(self.data.role, Role::Server(_))
    }

    /// Whether these options were made by [method client_unsafe].
    ///
    /// ```gdscript
    /// assert(OS.is_debug_build() or not options.is_unsafe_client())
    /// ```
    #[func]
    fn is_unsafe_client(&self) -> bool {
        matches!(&self.data.role, Role::Client { check: Check::Unsafe, psk: None, .. })
    }

    /// The name that is checked instead of the host name; empty if none is set.
    ///
    /// ```gdscript
    /// print("Expecting a certificate for %s" % options.get_common_name_override())
    /// ```
    #[func]
    fn get_common_name_override(&self) -> GString {
        match &self.data.role {
            Role::Client { common_name_override, .. } => common_name_override.clone(),
            Role::Server(_) => GString::new(),
        }
    }

    /// The certificates to trust, the same as [member trusted_chain].
    ///
    /// ```gdscript
    /// var copy := TLSOptionsOpenSSL.client(options.get_trusted_ca_chain())
    /// ```
    #[func]
    fn get_trusted_ca_chain(&self) -> Option<Gd<X509Certificate>> {
        self.data.trusted_chain.clone()
    }
}

impl TlsOptions {
    fn new_client(
        check: Check,
        trusted_chain: Option<Gd<X509Certificate>>,
        common_name_override: GString,
        psk: Option<Psk>,
    ) -> Gd<Self> {
        let role = Role::Client { check, common_name_override, psk, sessions: Some(Arc::default()) };
        let mut options = Self::with(role, Identity::None);
        options.bind_mut().data.trusted_chain = trusted_chain;
        options
    }

    fn new_server(identity: Identity) -> Gd<Self> {
        let server = ServerData { needs_certificate: true, psks: Some(Arc::default()), ..Default::default() };
        Self::with(Role::Server(server), identity)
    }

    fn read_server(method: &str, key: &[u8], chain: &[u8], passphrase: &GString) -> Option<Gd<Self>> {
        let passphrase = Zeroizing::new(passphrase.to_string());
        let passphrase = Some(passphrase.as_bytes()).filter(|passphrase| !passphrase.is_empty());
        match Credentials::from_pem(key, passphrase, chain) {
            Ok(credentials) => Some(Self::new_server(Identity::Ours(credentials))),
            Err(error) => refused(method, error),
        }
    }
}

fn refused<T>(method: &str, error: impl Into<ConfigError>) -> Option<T> {
    refuse_options(&format!("TLSOptionsOpenSSL.{method}"), &error.into());
    None
}

fn read_file(path: &GString) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    let mut bytes = FileAccess::get_file_as_bytes(path);
    if bytes.is_empty() {
        return Err(ConfigError::File(path.clone(), FileAccess::get_open_error()));
    }
    let copy = Zeroizing::new(bytes.to_vec());
    bytes.as_mut_slice().zeroize();
    Ok(copy)
}
