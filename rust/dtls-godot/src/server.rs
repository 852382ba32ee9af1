//! DTLSServerOpenSSL.

use std::sync::Arc;
use std::time::Instant;

use dtls_core::{Accepted, Acceptor, ServerConfig};
use godot::builtin::{GString, StringName, VarDictionary, vdict};
use godot::classes::{PacketPeerUdp, RefCounted};
use godot::global::Error;
use godot::obj::{Base, Gd};
use godot::register::{GodotClass, godot_api};
use parking_lot::Mutex;

use crate::config::{self, Keepsakes};
use crate::ffi::OrNull;
use crate::peer::PacketPeerDtls;
use crate::refusal::Lend as _;
use crate::udp;
use crate::wire::wire;

/// A DTLS server over OpenSSL, the twin of [DTLSServer]: it turns the connected [PacketPeerUDP]s of a [UDPServer] into
/// [PacketPeerDTLSOpenSSL]s.
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
#[class(init, base = RefCounted, rename = DTLSServerOpenSSL)]
pub(crate) struct DtlsServer {
    /// Outlive the options, so that a client between its two hellos survives a change of certificate.
    kept: Option<Keepsakes>,
    gate: Option<Gate>,
    /// For a port of the server's own.
    pub(crate) config: Option<ServerConfig>,
    pub(crate) native: Option<dtls_io::Server>,
    pub(crate) counts: Counts,
    last_error: String,
    /// The names of its monitors in the Debugger.
    pub(crate) monitors: Vec<StringName>,
    /// How many handshakes a listening server has under way at once, on each of its threads; the oldest makes room for a
    /// new one. Read by [method listen].
    ///
    /// ```gdscript
    /// server.max_pending_connections = 1000
    /// ```
    #[var(get = get_max_pending_connections, set = set_max_pending_connections)]
    #[init(val = 4096)]
    pub(crate) max_pending_connections: i64,
    /// How many threads share the port of a listening server, each for some of the clients; more than one on Linux only.
    /// Read by [method listen].
    ///
    /// ```gdscript
    /// server.io_threads = 2
    /// ```
    #[var(get = get_io_threads, set = set_io_threads)]
    #[init(val = 1)]
    pub(crate) io_threads: i64,
    base: Base<RefCounted>,
}

impl Drop for DtlsServer {
    fn drop(&mut self) {
        self.remove_monitors();
    }
}

/// What became of the UDP peers that were taken, and of the packets put in batches.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) cookies_asked: u64,
    pub(crate) accepted: u64,
    pub(crate) ignored: u64,
    /// Packets to peers that were no longer connected.
    pub(crate) skipped_packets: u64,
}

/// The acceptor, shared with the peers it let in: a client that starts anew comes to its old peer first.
pub(crate) type Gate = Arc<Mutex<Acceptor>>;

#[godot_api]
impl DtlsServer {
    /// Sets the server up with options made by [method TLSOptionsOpenSSL.server] or [method TLSOptions.server].
    ///
    /// May be called again, to use a renewed certificate for new connections; those that are there stay.
    ///
    /// Returns [constant @GlobalScope.ERR_INVALID_PARAMETER] and changes nothing when the options are not a server's,
    /// or the key does not belong to the certificate; the error that is pushed says what to do.
    ///
    /// ```gdscript
    /// var error := dtls.setup(TLSOptionsOpenSSL.server(load("user://server.key"), load("user://server.crt")))
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

    /// What last went wrong, in words for a log: why [method setup] or [method listen] failed, or on a listening server why
    /// a client's handshake did; empty while nothing has. Handshakes that failed are counted in [method get_statistics].
    ///
    /// ```gdscript
    /// if server.listen(4242) != OK:
    /// 	print("No server: %s" % server.get_last_error())
    /// ```
    #[func]
    fn get_last_error(&mut self) -> GString {
        if let Some(reason) = self.native.as_ref().and_then(dtls_io::Server::take_failure) {
            self.last_error = reason.to_string();
        }
        GString::from(&self.last_error)
    }

    /// On a listening server, without [param udp_peer]: the next client whose handshake is done, or [code]null[/code].
    ///
    /// Otherwise it tries to start a handshake with the client behind [param udp_peer], a connected peer as
    /// [method UDPServer.take_connection] gives them.
    ///
    /// Look at the status of what is returned: [constant PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING] is a client to keep
    /// and poll. [constant PacketPeerDTLSOpenSSL.STATUS_ERROR] is normal for every client's first round: it was asked
    /// to return a cookie, to show that it owns its address, and will be back as a new connection.
    ///
    /// Returns [code]null[/code] before [method setup], or when [param udp_peer] is null and the server does not listen.
    ///
    /// ```gdscript
    /// var peer := dtls.take_connection(server.take_connection())
    /// if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
    /// 	peers.append(peer)
    /// ```
    #[func]
    fn take_connection(
        &mut self,
        #[opt(default = OrNull(None))] udp_peer: OrNull<PacketPeerUdp>,
    ) -> Option<Gd<PacketPeerDtls>> {
        if let (None, Some(server)) = (&udp_peer.0, &self.native) {
            return server.accept().map(PacketPeerDtls::native);
        }
        let Some(gate) = self.gate.clone() else {
            self.refuse(
                Error::ERR_UNCONFIGURED,
                "DTLSServerOpenSSL.take_connection: the server is not set up; call setup() first.",
            );
            return None;
        };
        let Some(mut udp) = udp_peer.0 else {
            self.refuse(
                Error::ERR_INVALID_PARAMETER,
                "DTLSServerOpenSSL.take_connection: udp_peer is null; pass what UDPServer.take_connection() returned.",
            );
            return None;
        };
        if !udp.is_socket_connected() {
            self.refuse(
                Error::ERR_INVALID_PARAMETER,
                "DTLSServerOpenSSL.take_connection: udp_peer is not connected; pass what UDPServer.take_connection() \
                 returned.",
            );
            return Some(PacketPeerDtls::unconnected());
        }
        let now = Instant::now();
        let mut wire = wire();
        let mut accepted = None;
        let mut asked = false;
        let waiting = udp.get_available_packet_count();
        udp::receive(&mut udp, waiting, |udp, datagram| {
            let Some(from) = udp::sender(udp) else { return };
            match &mut accepted {
                None => match gate.lock().accept(from, datagram, now, &mut wire) {
                    Accepted::Session(session) => accepted = Some((session, from)),
                    Accepted::CookieAsked => asked = true,
                    Accepted::Ignored => {}
                },
                Some((session, _)) => session.receive(datagram, now, &mut wire, |_| {}),
            }
        });
        udp::send(&mut udp, wire.outgoing());
        drop(wire);
        match (&accepted, asked) {
            (Some(_), _) => self.counts.accepted += 1,
            (None, true) => self.counts.cookies_asked += 1,
            (None, false) => self.counts.ignored += 1,
        }
        Some(match accepted {
            Some((session, from)) => PacketPeerDtls::accepted(udp, *session, from, gate),
            None => PacketPeerDtls::turned_away(if asked {
                "the cookie exchange: the client was asked to show that it owns its address, and will be back"
            } else {
                "no client: what came was not the start of a DTLS handshake"
            }),
        })
    }

    #[func]
    fn get_max_pending_connections(&self) -> i64 {
        self.max_pending_connections
    }

    #[func]
    fn set_max_pending_connections(&mut self, count: i64) {
        if count < 1 {
            self.refuse(
                Error::ERR_INVALID_PARAMETER,
                "DTLSServerOpenSSL.max_pending_connections: at least 1 client must be able to join.",
            );
        } else {
            self.max_pending_connections = count;
        }
    }

    #[func]
    fn get_io_threads(&self) -> i64 {
        self.io_threads
    }

    #[func]
    fn set_io_threads(&mut self, count: i64) {
        const MOST: i64 = 64;
        if (1..=MOST).contains(&count) {
            self.io_threads = count;
        } else {
            self.refuse(
                Error::ERR_INVALID_PARAMETER,
                &format!("DTLSServerOpenSSL.io_threads: give 1 to {MOST}; one is enough for thousands of players."),
            );
        }
    }

    /// What has happened so far, in numbers. Of [method take_connection] with a UDP peer: how many were
    /// [code]cookies_asked[/code] to come back with a cookie, [code]accepted[/code] with a valid one, or
    /// [code]ignored[/code] as no client. On a listening server also: datagrams, packets and bytes each way, drops by cause,
    /// handshakes, connections now, and the socket buffers that the system grants. What a connection did is in
    /// [method PacketPeerDTLSOpenSSL.get_statistics].
    ///
    /// ```gdscript
    /// print("%d clients let in" % dtls.get_statistics().accepted)
    /// ```
    #[func]
    fn get_statistics(&self) -> VarDictionary {
        let Counts { cookies_asked, accepted, ignored, skipped_packets } = self.counts;
        let mut statistics = vdict! {
            "cookies_asked" => cookies_asked as i64,
            "accepted" => accepted as i64,
            "ignored" => ignored as i64,
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
    fn try_setup(&mut self, server_options: Option<Gd<RefCounted>>) -> Result<(), config::ConfigError> {
        let kept = self.kept()?;
        let config = self.lend(|| config::server(server_options, &kept))?;
        let acceptor = Acceptor::new(config.clone()).map_err(dtls_core::OptionsError::from)?;
        if let Some(server) = &self.native {
            server.replace(&config)?;
        }
        match &self.gate {
            Some(gate) => *gate.lock() = acceptor,
            None => self.gate = Some(Arc::new(Mutex::new(acceptor))),
        }
        self.config = Some(config);
        Ok(())
    }

    /// Notes why a call failed, which is later than any handshake that did.
    pub(crate) fn fail(&mut self, words: String) {
        self.native.as_ref().and_then(dtls_io::Server::take_failure);
        self.last_error = words;
    }

    fn kept(&mut self) -> Result<Keepsakes, config::ConfigError> {
        let kept = match self.kept.take() {
            Some(kept) => kept,
            None => Keepsakes::new()?,
        };
        Ok(self.kept.insert(kept).clone())
    }
}
