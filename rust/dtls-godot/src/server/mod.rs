//! DTLSServerOpenSSL: the class with its properties.

mod batches;
mod drop_in;
mod listening;
pub(crate) mod monitors;
mod peers;
mod properties;

use dtls_core::{Acceptor, MAX_PACKET, ServerConfig};
use dtls_io::QueueLimits;
use godot::builtin::{GString, StringName, VarDictionary, vdict};
use godot::classes::RefCounted;
use godot::global::Error;
use godot::obj::{Base, Gd};
use godot::register::property::PhantomVar;
use godot::register::{GodotClass, godot_api};

use self::peers::Peers;
use crate::error::ConfigError;
use crate::limits::{Limits, MAX_COUNT, MAX_TIMEOUT};
use crate::message;
use crate::options::config::{self, ServerSecrets};
use crate::report::ReleaseBorrow as _;
use crate::shared_acceptor::SharedAcceptor;

/// A DTLS server over OpenSSL, the counterpart of [DTLSServer]. It turns the connected [PacketPeerUDP]s of a
/// [UDPServer] into [PacketPeerDTLSOpenSSL]s.
///
/// ```gdscript
/// # server_node.gd
/// extends Node
///
/// var dtls := DTLSServerOpenSSL.new()
/// var server := UDPServer.new()
/// var peers: Array[PacketPeerDTLSOpenSSL] = []
///
/// func _ready() -> void:
/// 	var key: CryptoKey = load("user://server.key")
/// 	var certificate: X509Certificate = load("user://server.crt")
/// 	dtls.setup(TLSOptionsOpenSSL.server(key, certificate))
/// 	server.listen(4242)
///
/// func _process(_delta: float) -> void:
/// 	server.poll()
/// 	while server.is_connection_available():
/// 		var peer := dtls.take_connection(server.take_connection())
/// 		if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
/// 			peers.append(peer) # Others were asked for their cookie and will be back.
/// 	for peer in peers:
/// 		peer.poll()
/// 		while peer.get_available_packet_count() > 0:
/// 			print("Received: %s" % peer.get_packet().get_string_from_utf8())
/// 			peer.put_packet("Hello DTLS client".to_utf8_buffer())
/// ```
#[derive(GodotClass)]
#[class(init, tool, base = RefCounted, rename = DTLSServerOpenSSL)]
pub(crate) struct DtlsServer {
    /// Kept when the options are replaced, so that a client between its two ClientHellos survives a change of
    /// certificate.
    secrets: Option<ServerSecrets>,
    acceptor: Option<SharedAcceptor>,
    /// Used when the server listens on its own port.
    pub(crate) config: Option<ServerConfig>,
    /// How many packets may wait for each client.
    pub(crate) queue_limits: QueueLimits,
    pub(crate) native: Option<dtls_io::Server>,
    /// Those of the listening server.
    peers: Peers,
    pub(crate) counts: Counts,
    last_error: String,
    /// The names of this server's monitors in the Debugger.
    pub(crate) monitors: Vec<StringName>,
    pub(crate) limits: Limits,
    /// How many handshakes may be in progress at once, on each thread of a listening server. The default is 4096, which
    /// takes at most 700 MiB. One address (for IPv6, one /64 network) may have half of them, or fewer while other
    /// addresses need them. Further clients of that address wait. When all places are taken, the oldest handshake ends
    /// to make room for an address that has none.
    ///
    /// Takes effect at [method listen], and at the first [method take_connection] with a UDP peer.
    ///
    /// ```gdscript
    /// server.max_pending_connections = 1000
    /// ```
    #[var(get = get_max_pending_connections, set = set_max_pending_connections)]
    max_pending_connections: PhantomVar<i64>,
    /// How many clients may be connected at once. The default is 16384, which takes about 200 MiB. Further clients get
    /// no answer, and [method get_statistics] counts them as [code]refused_connections[/code]. Set it to the number of
    /// players that your game supports.
    ///
    /// Takes effect at [method listen], and at the first [method take_connection] with a UDP peer.
    ///
    /// ```gdscript
    /// server.max_connections = 200
    /// ```
    #[var(get = get_max_connections, set = set_max_connections)]
    max_connections: PhantomVar<i64>,
    /// How many bytes of packets may wait for all clients together: packets to be read and, on a listening server,
    /// packets to be sent. The default is 268435456 (256 MiB), so that clients whose packets nobody reads cannot use up
    /// all memory. Once the limit is reached, new packets are dropped and counted, and [method PacketPeer.put_packet]
    /// returns [constant @GlobalScope.ERR_BUSY]. [member TLSOptionsOpenSSL.max_queued_packets] and
    /// [member TLSOptionsOpenSSL.max_queued_bytes] limit each client.
    ///
    /// Takes effect at [method listen], and at the first [method take_connection] with a UDP peer.
    ///
    /// ```gdscript
    /// server.max_queued_bytes = 64 * 1024 * 1024
    /// ```
    #[var(get = get_max_queued_bytes, set = set_max_queued_bytes)]
    max_queued_bytes: PhantomVar<i64>,
    /// A listening server ends a connection after this many seconds without a packet from its client, unless
    /// [member TLSOptionsOpenSSL.idle_timeout] sets another time. 0 means never. The default is 120: routers forget a
    /// connection that is silent for two minutes (RFC 4787), and a client that vanished would otherwise stay connected
    /// for ever. Clients that only listen should send something now and then. If the script owns the [UDPServer], this
    /// property has no effect, and connections have no idle time-out by default, the same as with the engine's
    /// [DTLSServer].
    ///
    /// Takes effect at [method listen].
    ///
    /// ```gdscript
    /// server.idle_timeout = 30.0
    /// ```
    #[var(get = get_idle_timeout, set = set_idle_timeout)]
    idle_timeout: PhantomVar<f64>,
    /// How many threads share the port of a listening server. Each thread serves some of the clients. On
    /// systems other than Linux, one thread serves all of them. Takes effect at [method listen].
    ///
    /// ```gdscript
    /// server.io_threads = 2
    /// ```
    #[var(get = get_io_threads, set = set_io_threads)]
    io_threads: PhantomVar<i64>,
    base: Base<RefCounted>,
}

impl Drop for DtlsServer {
    fn drop(&mut self) {
        self.remove_monitors();
    }
}

/// Counts the outcomes of taken UDP peers and of packets sent in batches.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) cookies_asked: u64,
    pub(crate) accepted: u64,
    pub(crate) ignored: u64,
    /// Clients whose handshake was refused because of `max_connections`.
    pub(crate) refused_connections: u64,
    /// Clients that exceeded their address's share of `max_pending_connections`.
    pub(crate) dropped_handshakes_busy: u64,
    /// Packets to peers that were no longer connected.
    pub(crate) skipped_packets: u64,
}

#[godot_api]
impl DtlsServer {
    /// Sets up the server with options from [method TLSOptionsOpenSSL.server] or [method TLSOptions.server].
    ///
    /// Call it again to use a renewed certificate for new connections. Existing connections stay.
    ///
    /// Returns [constant @GlobalScope.ERR_INVALID_PARAMETER] and changes nothing when the options are not for a server
    /// or the key does not belong to the certificate. The pushed error says what to do.
    ///
    /// ```gdscript
    /// var error := server.setup(TLSOptionsOpenSSL.server(load("user://server.key"), load("user://server.crt")))
    /// ```
    #[func]
    fn setup(&mut self, server_options: Option<Gd<RefCounted>>) -> Error {
        match self.try_setup(server_options) {
            Ok(()) => Error::OK,
            Err(error) => {
                self.fail(error.to_string());
                self.refuse_options("DTLSServerOpenSSL.setup", &error)
            }
        }
    }

    /// The last failure, as text for a log: why [method setup] or [method listen] failed, or why a client's handshake
    /// failed. Empty if nothing has failed. The cookie exchange is not a failure. [method get_statistics] counts the
    /// failed handshakes of a listening server.
    ///
    /// ```gdscript
    /// if server.listen(4242) != OK:
    /// 	print("No server: %s" % server.get_last_error())
    /// ```
    #[func]
    fn get_last_error(&mut self) -> GString {
        let of_drop_in = self.acceptor.as_ref().and_then(SharedAcceptor::take_failure);
        let of_native = self.native.as_ref().and_then(dtls_io::Server::take_failure);
        if let Some(reason) = of_native.or(of_drop_in) {
            self.last_error = message::of_end(&reason);
        }
        GString::from(&self.last_error)
    }

    #[func]
    fn get_max_pending_connections(&self) -> i64 {
        self.limits.max_pending_connections
    }

    #[func]
    fn set_max_pending_connections(&mut self, count: i64) {
        self.set_limit("max_pending_connections", count, 1..=MAX_COUNT, |limits| &mut limits.max_pending_connections);
    }

    #[func]
    fn get_max_connections(&self) -> i64 {
        self.limits.max_connections
    }

    #[func]
    fn set_max_connections(&mut self, count: i64) {
        self.set_limit("max_connections", count, 1..=MAX_COUNT, |limits| &mut limits.max_connections);
    }

    #[func]
    fn get_max_queued_bytes(&self) -> i64 {
        self.limits.max_queued_bytes
    }

    #[func]
    fn set_max_queued_bytes(&mut self, bytes: i64) {
        const LEAST: i64 = MAX_PACKET as i64;
        const MOST: i64 = 1 << 40;
        self.set_limit("max_queued_bytes", bytes, LEAST..=MOST, |limits| &mut limits.max_queued_bytes);
    }

    #[func]
    fn get_idle_timeout(&self) -> f64 {
        self.limits.idle_timeout
    }

    #[func]
    fn set_idle_timeout(&mut self, seconds: f64) {
        if (0.0..=MAX_TIMEOUT).contains(&seconds) {
            self.limits.idle_timeout = seconds;
        } else {
            self.refuse(
                Error::ERR_INVALID_PARAMETER,
                &format!(
                    "DTLSServerOpenSSL.idle_timeout: give 0 to 86400 seconds, not {seconds}; the old value stays."
                ),
            );
        }
    }

    #[func]
    fn get_io_threads(&self) -> i64 {
        self.limits.io_threads
    }

    #[func]
    fn set_io_threads(&mut self, count: i64) {
        self.set_limit("io_threads", count, 1..=64, |limits| &mut limits.io_threads);
    }

    /// What has happened so far, in numbers. For [method take_connection] with a UDP peer: how many clients were asked
    /// for a cookie ([code]cookies_asked[/code]), how many came with a valid one ([code]accepted[/code]), and how many
    /// peers were not DTLS clients ([code]ignored[/code]). For every server: [code]refused_connections[/code] counts
    /// clients beyond [member max_connections], [code]dropped_handshakes_busy[/code] counts what exceeded the limits on
    /// waiting and running handshakes, and [code]queued_bytes[/code] is the size of the packets that wait now. On a
    /// listening server also: datagrams, packets and bytes in each direction, drops by cause, handshakes, current
    /// connections, and the socket buffer sizes that the system grants. For a single connection, see
    /// [method PacketPeerDTLSOpenSSL.get_statistics].
    ///
    /// ```gdscript
    /// print("%d clients let in" % server.get_statistics().accepted)
    /// ```
    #[func]
    fn get_statistics(&self) -> VarDictionary {
        let Counts { cookies_asked, accepted, ignored, refused_connections, dropped_handshakes_busy, skipped_packets } =
            self.counts;
        let queued_bytes = self.acceptor.as_ref().map_or(0, |acceptor| acceptor.budget().used());
        let refused_connections = refused_connections + self.acceptor.as_ref().map_or(0, SharedAcceptor::refused);
        let mut statistics = vdict! {
            "cookies_asked" => cookies_asked as i64,
            "accepted" => accepted as i64,
            "ignored" => ignored as i64,
            "refused_connections" => refused_connections as i64,
            "dropped_handshakes_busy" => dropped_handshakes_busy as i64,
            "queued_bytes" => queued_bytes as i64,
        };
        if let Some(server) = &self.native {
            for (name, value) in server.statistics().entries() {
                statistics.set(name, value as i64);
            }
            statistics.set("skipped_packets", skipped_packets as i64);
        }
        statistics
    }
}

impl DtlsServer {
    fn try_setup(&mut self, server_options: Option<Gd<RefCounted>>) -> Result<(), ConfigError> {
        let secrets = self.secrets()?;
        let (config, queue_limits) = self.release_borrow(|| config::server(server_options, &secrets))?;
        let acceptor = Acceptor::new(config.clone()).map_err(dtls_core::OptionsError::from)?;
        if let Some(server) = &self.native {
            server.replace(&config, queue_limits)?;
        }
        if let Some(shared) = &self.acceptor {
            shared.replace(acceptor, queue_limits);
        }
        self.config = Some(config);
        self.queue_limits = queue_limits;
        Ok(())
    }

    /// Records why a call failed. It replaces the failure of any earlier handshake.
    pub(crate) fn fail(&mut self, message: String) {
        self.native.as_ref().and_then(dtls_io::Server::take_failure);
        self.last_error = message;
    }

    fn secrets(&mut self) -> Result<ServerSecrets, ConfigError> {
        let secrets = match self.secrets.take() {
            Some(secrets) => secrets,
            None => ServerSecrets::new()?,
        };
        Ok(self.secrets.insert(secrets).clone())
    }
}
