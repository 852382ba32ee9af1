//! The own certificate, and a server's pre-shared keys.

use dtls_core::{Credentials, Psk};
use godot::builtin::{GString, PackedByteArray};
use godot::classes::{CryptoKey, X509Certificate};
use godot::global::Error;
use godot::obj::{Gd, NewGd};
use godot::register::godot_api;

use super::{Identity, Role, TlsOptions};
use crate::error::ConfigError;
use crate::pem;
use crate::report::{ReleaseBorrow as _, refuse};

#[godot_api(secondary)]
impl TlsOptions {
    /// On a client's options, sets the certificate to present to servers that request one, see
    /// [member client_verification]. On a server's options, replaces the certificate; the server uses it after its next
    /// [method DTLSServerOpenSSL.setup].
    ///
    /// Returns [constant @GlobalScope.ERR_INVALID_PARAMETER] and changes nothing when the key or the certificate is
    /// missing, or when the key does not belong to the certificate.
    ///
    /// ```gdscript
    /// var options := TLSOptionsOpenSSL.client(load("res://authority.crt"))
    /// options.set_own_certificate(load("user://player.key"), load("user://player.crt"))
    /// ```
    #[func]
    fn set_own_certificate(&mut self, key: Option<Gd<CryptoKey>>, certificate: Option<Gd<X509Certificate>>) -> Error {
        let mut identity = Identity::Engine { key, certificate };
        match self.release_borrow(|| identity.credentials()) {
            Ok(_) => {
                self.data.identity = identity;
                Error::OK
            }
            Err(error) => self.refuse_method("set_own_certificate", error),
        }
    }

    /// On a server's options, adds the pre-shared [param key] (16 to 64 random bytes) of the client with this
    /// [param identity]. It replaces an earlier key of that identity. Takes effect at once, also for a server that is
    /// already set up with these options.
    ///
    /// Returns [constant @GlobalScope.ERR_INVALID_PARAMETER] when a size is wrong, or when these are a client's
    /// options.
    ///
    /// ```gdscript
    /// # A player is about to join: the matchmaker sends the same key to both.
    /// options.add_psk(player_id, key)
    /// ```
    #[func]
    fn add_psk(&mut self, identity: GString, key: PackedByteArray) -> Error {
        let Role::Server(server) = &mut self.data.role else {
            return self.refuse_method("add_psk", ConfigError::PskOfClient);
        };
        match Psk::new(&identity.to_string(), key.as_slice()) {
            Ok(psk) => {
                server.psks.get_or_insert_default().insert(psk);
                Error::OK
            }
            Err(error) => self.refuse_method("add_psk", error),
        }
    }

    /// On a server's options, removes the key of [param identity], and returns whether there was one. Takes effect at
    /// once. Connections that were made with the key stay.
    ///
    /// ```gdscript
    /// options.remove_psk(player_id)
    /// ```
    #[func]
    fn remove_psk(&mut self, identity: GString) -> bool {
        match &self.data.role {
            Role::Server(server) => server.psks.as_ref().is_some_and(|psks| psks.remove(&identity.to_string())),
            Role::Client { .. } => {
                self.refuse_method("remove_psk", ConfigError::PskOfClient);
                false
            }
        }
    }

    /// The own private key; [code]null[/code] if there is none. It is the key that was passed to [method server] or
    /// [method set_own_certificate], or that another constructor read or generated.
    ///
    /// ```gdscript
    /// options.get_private_key().save("user://server.key")
    /// ```
    #[func]
    fn get_private_key(&mut self) -> Option<Gd<CryptoKey>> {
        match self.data.identity.clone() {
            Identity::None => None,
            Identity::Engine { key, .. } => key,
            Identity::Ours(credentials) => self.release_borrow(|| engine_key(&credentials)),
        }
    }

    /// The own certificate, which belongs to the key from [method get_private_key]; [code]null[/code] if there is none.
    ///
    /// ```gdscript
    /// options.get_own_certificate().save("user://server.crt")
    /// ```
    #[func]
    fn get_own_certificate(&mut self) -> Option<Gd<X509Certificate>> {
        match self.data.identity.clone() {
            Identity::None => None,
            Identity::Engine { certificate, .. } => certificate,
            Identity::Ours(credentials) => {
                let pem = credentials.chain_to_pem().ok()?;
                self.release_borrow(|| pem::to_certificate(&pem, "TLSOptionsOpenSSL.get_own_certificate"))
            }
        }
    }
}

fn engine_key(credentials: &Credentials) -> Option<Gd<CryptoKey>> {
    let pem = credentials.key_to_pem().ok()?;
    let mut key = CryptoKey::new_gd();
    match key.load_from_string(&GString::from(str::from_utf8(&pem).ok()?)) {
        Error::OK => Some(key),
        code => {
            refuse(
                code,
                "TLSOptionsOpenSSL.get_private_key: the engine cannot hold a key of this kind; save the PEM text that \
                 it came from instead.",
            );
            None
        }
    }
}
