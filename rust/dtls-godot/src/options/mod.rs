//! TLSOptionsOpenSSL: the class with its properties.

mod checks;
mod client_verification;
pub(crate) mod config;
mod constructors;
mod data;
mod identity;

use dtls_core::{MAX_PACKET, Transport};
use godot::builtin::{GString, PackedByteArray, PackedStringArray};
use godot::classes::{IRefCounted, RefCounted, X509Certificate};
use godot::obj::{Base, Gd, NewGd};
use godot::register::property::PhantomVar;
use godot::register::{GodotClass, godot_api};

use checks::{timeout, to_bytes};
pub(crate) use client_verification::ClientVerification;
use data::{Check, Identity, OptionsData, Role, ServerData};

/// The highest limit for the number of packets in a queue.
const MAX_QUEUED_PACKETS: i64 = 1 << 20;

/// The highest limit for their bytes.
const MAX_QUEUED_BYTES: i64 = 1 << 30;

/// TLS configuration for [DTLSServerOpenSSL] and [PacketPeerDTLSOpenSSL], the counterpart of [TLSOptions].
///
/// Create options with a static method, then change properties where the defaults do not fit. Every method that takes
/// these options also takes the engine's own [TLSOptions].
///
/// Options are read when a server is set up or a client connects. Later changes apply to the next setup or connection,
/// except for pre-shared keys, which take effect at once. If you set a property to an invalid value, it keeps its old
/// value, and an error says why.
///
/// ```gdscript
/// # A client that trusts the public authorities and checks the server's name:
/// var public_client := TLSOptionsOpenSSL.client()
/// # A client of a server with a self-signed certificate:
/// var private_client := TLSOptionsOpenSSL.client(load("res://server.crt"))
/// # A server:
/// var server := TLSOptionsOpenSSL.server(load("user://server.key"), load("user://server.crt"))
/// server.idle_timeout = 30.0
/// ```
#[derive(GodotClass)]
#[class(init, tool, base = RefCounted, rename = TLSOptionsOpenSSL)]
pub(crate) struct TlsOptions {
    #[init(val = OptionsData { resumes: true, ..Default::default() })]
    data: OptionsData,

    /// Whether a server requests and requires certificates from its clients. A certificate that a client presents must
    /// be issued by [member trusted_chain] and be meant for client authentication.
    ///
    /// - [constant CLIENT_VERIFICATION_NONE]: the server requests no certificate. The default.
    /// - [constant CLIENT_VERIFICATION_OPTIONAL]: a client may present a certificate; see
    ///   [method PacketPeerDTLSOpenSSL.get_peer_certificate].
    /// - [constant CLIENT_VERIFICATION_REQUIRED]: a client must present a certificate, unless it uses a pre-shared key.
    ///
    /// ```gdscript
    /// options.client_verification = TLSOptionsOpenSSL.CLIENT_VERIFICATION_REQUIRED
    /// options.trusted_chain = load("res://players.crt")
    /// ```
    #[var(get = get_client_verification, set = set_client_verification)]
    client_verification: PhantomVar<ClientVerification>,

    /// The certificates to trust. A client verifies servers with them, as passed to [method client]. A server verifies
    /// clients with them, see [member client_verification]. If none are set, a client trusts the default store.
    ///
    /// ```gdscript
    /// options.trusted_chain = load("res://players.crt")
    /// ```
    #[var(get = get_trusted_chain, set = set_trusted_chain)]
    trusted_chain: PhantomVar<Option<Gd<X509Certificate>>>,

    /// The ciphers in order of preference, with OpenSSL's names. Empty, the default, means AES-GCM and ChaCha20. Only
    /// authenticated ciphers (AEAD) with forward secrecy are ever used. Servers do not use DHE ciphers.
    ///
    /// ```gdscript
    /// options.cipher_list = "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
    /// ```
    #[var(get = get_cipher_list, set = set_cipher_list)]
    cipher_list: PhantomVar<GString>,

    /// The groups for the key exchange in order of preference, with OpenSSL's names. Empty, the default, means
    /// OpenSSL's own choice. If the server's certificate has an elliptic curve, a client's list must contain that curve
    /// too.
    ///
    /// ```gdscript
    /// options.groups = "X25519:P-256"
    /// ```
    #[var(get = get_groups, set = set_groups)]
    groups: PhantomVar<GString>,

    /// Application protocols (ALPN) in order of preference, for example versions of your game's protocol. The server's
    /// order decides. If the two sides have none in common, the connection fails. Empty, the default, means no ALPN.
    ///
    /// ```gdscript
    /// options.alpn_protocols = ["my-game/2", "my-game/1"]
    /// ```
    #[var(get = get_alpn_protocols, set = set_alpn_protocols)]
    alpn_protocols: PhantomVar<PackedStringArray>,

    /// The largest UDP payload in bytes that the handshake uses, from 256 to 65507. The default is 1200, which works on
    /// nearly every network. After repeated time-outs it is lowered automatically.
    ///
    /// ```gdscript
    /// options.mtu = 1400
    /// ```
    #[var(get = get_mtu, set = set_mtu)]
    mtu: PhantomVar<i64>,

    /// How long a handshake may take, in seconds: more than 0 and at most a day. The default is 10.
    ///
    /// ```gdscript
    /// options.handshake_timeout = 5.0
    /// ```
    #[var(get = get_handshake_timeout, set = set_handshake_timeout)]
    handshake_timeout: PhantomVar<f64>,

    /// A connection ends after this many seconds without a packet from the other side. At most a day. 0, the default,
    /// means never, except that [member DTLSServerOpenSSL.idle_timeout] then applies to clients of a listening server.
    ///
    /// ```gdscript
    /// options.idle_timeout = 30.0
    /// ```
    #[var(get = get_idle_timeout, set = set_idle_timeout)]
    idle_timeout: PhantomVar<f64>,

    /// How many packets may wait to be read, from 1 to 1048576. The default is 1024. While the queue is full, new
    /// packets are dropped, and [method PacketPeerDTLSOpenSSL.get_statistics] counts them.
    ///
    /// If a thread of the addon owns the socket, the same number of packets may also wait to be sent. Further packets
    /// are not accepted, and [method PacketPeer.put_packet] returns [constant @GlobalScope.ERR_BUSY].
    ///
    /// ```gdscript
    /// options.max_queued_packets = 256
    /// ```
    #[var(get = get_max_queued_packets, set = set_max_queued_packets)]
    max_queued_packets: PhantomVar<i64>,

    /// How many bytes these packets may have in total, from 16384 to 1073741824. The default is 2097152 (2 MiB), which
    /// has room for 1024 packets of usual network size.
    ///
    /// ```gdscript
    /// options.max_queued_bytes = 256 * 1024
    /// ```
    #[var(get = get_max_queued_bytes, set = set_max_queued_bytes)]
    max_queued_bytes: PhantomVar<i64>,

    /// Whether a client that comes back resumes its session, which skips the certificate exchange. On by default, and
    /// needed on both sides. A client remembers sessions in its options object: keep that object, and use it to connect
    /// again.
    ///
    /// ```gdscript
    /// options.session_resumption = false
    /// ```
    #[var(get = get_session_resumption, set = set_session_resumption)]
    session_resumption: PhantomVar<bool>,

    /// On a server, the keys that encrypt session tickets, with which its clients resume: 1 to 8 keys of 32 random
    /// bytes each, newest first. Give the same keys to all servers behind one address. Empty, the default, means random
    /// keys that are renewed every two hours. Anyone who has these keys can read connections made with them, so renew
    /// them too, and never put them into a project.
    ///
    /// ```gdscript
    /// options.ticket_keys = FileAccess.get_file_as_bytes("/run/secrets/ticket_keys")
    /// ```
    #[var(get = get_ticket_keys, set = set_ticket_keys)]
    ticket_keys: PhantomVar<PackedByteArray>,

    /// On a server, the secrets for the cookies with which clients show that they own their address: 1 to 8 secrets of
    /// 32 random bytes each, newest first. Give the same secrets to all servers behind one address, and keep their
    /// clocks within a minute of each other. Empty, the default, means one random secret.
    ///
    /// ```gdscript
    /// options.cookie_secret = FileAccess.get_file_as_bytes("/run/secrets/cookie_secret")
    /// ```
    #[var(get = get_cookie_secret, set = set_cookie_secret)]
    cookie_secret: PhantomVar<PackedByteArray>,

    /// A file to which the secrets of connections are appended, in the SSLKEYLOGFILE format, so that Wireshark can
    /// decrypt a capture. Use it for debugging only: a warning is pushed each time the file is opened. When the disk is
    /// full, connections go on, and the standard error output says once that secrets are missing. Empty, the default,
    /// means no file.
    ///
    /// ```gdscript
    /// if OS.is_debug_build():
    /// 	options.key_log_path = "user://keys.log"
    /// ```
    #[var(get = get_key_log_path, set = set_key_log_path)]
    key_log_path: PhantomVar<GString>,
    base: Base<RefCounted>,
}

#[godot_api]
impl IRefCounted for TlsOptions {
    fn to_string(&self) -> GString {
        GString::from(&format!("<TLSOptionsOpenSSL: {}>", self.data))
    }
}

#[godot_api]
impl TlsOptions {
    #[func]
    fn get_client_verification(&self) -> ClientVerification {
        self.server_data().map(|server| server.client_verification).unwrap_or_default()
    }

    #[func]
    fn set_client_verification(&mut self, mode: ClientVerification) {
        if let Some(server) = self.server_data_mut("client_verification") {
            server.client_verification = mode;
        }
    }

    #[func]
    fn get_trusted_chain(&self) -> Option<Gd<X509Certificate>> {
        self.data.trusted_chain.clone()
    }

    #[func]
    fn set_trusted_chain(&mut self, chain: Option<Gd<X509Certificate>>) {
        self.data.trusted_chain = chain;
    }

    #[func]
    fn get_cipher_list(&self) -> GString {
        GString::from(&self.data.negotiation.cipher_list)
    }

    #[func]
    fn set_cipher_list(&mut self, list: GString) {
        self.negotiate("cipher_list", |negotiation| negotiation.cipher_list = list.to_string());
    }

    #[func]
    fn get_groups(&self) -> GString {
        GString::from(&self.data.negotiation.groups)
    }

    #[func]
    fn set_groups(&mut self, groups: GString) {
        self.negotiate("groups", |negotiation| negotiation.groups = groups.to_string());
    }

    #[func]
    fn get_alpn_protocols(&self) -> PackedStringArray {
        self.data.negotiation.alpn_protocols.iter().map(GString::from).collect()
    }

    #[func]
    fn set_alpn_protocols(&mut self, names: PackedStringArray) {
        let names = names.as_slice().iter().map(ToString::to_string).collect();
        self.negotiate("alpn_protocols", |negotiation| negotiation.alpn_protocols = names);
    }

    #[func]
    fn get_mtu(&self) -> i64 {
        i64::from(self.data.transport.mtu)
    }

    #[func]
    fn set_mtu(&mut self, bytes: i64) {
        match u16::try_from(bytes) {
            Ok(mtu) if Transport::MTU.contains(&mtu) => self.data.transport.mtu = mtu,
            _ => self.refuse_value("mtu", "256 to 65507 bytes", bytes),
        }
    }

    #[func]
    fn get_handshake_timeout(&self) -> f64 {
        self.data.transport.handshake_timeout.as_secs_f64()
    }

    #[func]
    fn set_handshake_timeout(&mut self, seconds: f64) {
        match timeout(seconds) {
            Some(timeout) if !timeout.is_zero() => self.data.transport.handshake_timeout = timeout,
            _ => self.refuse_value("handshake_timeout", "more than 0 and at most 86400 seconds", seconds),
        }
    }

    #[func]
    fn get_idle_timeout(&self) -> f64 {
        self.data.transport.idle_timeout.unwrap_or_default().as_secs_f64()
    }

    #[func]
    fn set_idle_timeout(&mut self, seconds: f64) {
        match timeout(seconds) {
            Some(timeout) => self.data.transport.idle_timeout = Some(timeout).filter(|timeout| !timeout.is_zero()),
            None => self.refuse_value("idle_timeout", "0 to 86400 seconds", seconds),
        }
    }

    #[func]
    fn get_max_queued_packets(&self) -> i64 {
        self.data.queue_limits.packets as i64
    }

    #[func]
    fn set_max_queued_packets(&mut self, packets: i64) {
        if (1..=MAX_QUEUED_PACKETS).contains(&packets) {
            self.data.queue_limits.packets = packets as usize;
        } else {
            self.refuse_value("max_queued_packets", "1 to 1048576 packets", packets);
        }
    }

    #[func]
    fn get_max_queued_bytes(&self) -> i64 {
        self.data.queue_limits.bytes as i64
    }

    #[func]
    fn set_max_queued_bytes(&mut self, bytes: i64) {
        if (MAX_PACKET as i64..=MAX_QUEUED_BYTES).contains(&bytes) {
            self.data.queue_limits.bytes = bytes as usize;
        } else {
            self.refuse_value("max_queued_bytes", "16384 to 1073741824 bytes", bytes);
        }
    }

    #[func]
    fn get_session_resumption(&self) -> bool {
        self.data.resumes
    }

    #[func]
    fn set_session_resumption(&mut self, resumes: bool) {
        self.data.resumes = resumes;
    }

    #[func]
    fn get_ticket_keys(&self) -> PackedByteArray {
        to_bytes(self.server_data().and_then(|server| server.ticket_keys.as_ref()))
    }

    #[func]
    fn set_ticket_keys(&mut self, keys: PackedByteArray) {
        self.replace_secrets("ticket_keys", &keys, |server| &mut server.ticket_keys);
    }

    #[func]
    fn get_cookie_secret(&self) -> PackedByteArray {
        to_bytes(self.server_data().and_then(|server| server.cookie_secret.as_ref()))
    }

    #[func]
    fn set_cookie_secret(&mut self, secrets: PackedByteArray) {
        self.replace_secrets("cookie_secret", &secrets, |server| &mut server.cookie_secret);
    }

    #[func]
    fn get_key_log_path(&self) -> GString {
        self.data.key_log_path.clone()
    }

    #[func]
    fn set_key_log_path(&mut self, path: GString) {
        self.data.key_log_path = path;
    }
}

impl TlsOptions {
    fn data(&self) -> &OptionsData {
        &self.data
    }

    fn with(role: Role, identity: Identity) -> Gd<Self> {
        let mut options = Self::new_gd();
        {
            let data = &mut options.bind_mut().data;
            data.role = role;
            data.identity = identity;
        }
        options
    }

    fn server_data(&self) -> Option<&ServerData> {
        match &self.data.role {
            Role::Server(server) => Some(server),
            Role::Client { .. } => None,
        }
    }
}
