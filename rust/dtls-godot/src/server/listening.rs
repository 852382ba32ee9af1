//! DTLSServerOpenSSL with a port of its own: sockets, handshakes and cryptography on I/O threads.

use std::net::IpAddr;

use dtls_core::EndReason;
use dtls_io::{SendError, Server, ServerSettings};
use godot::builtin::{Array, GString, PackedByteArray};
use godot::global::Error;
use godot::obj::{Gd, InstanceId};
use godot::register::godot_api;

use super::DtlsServer;
use super::peers::Peers;
use crate::ffi::peer_by_id;
use crate::limits::size;
use crate::message;
use crate::opt_gd::OrNull;
use crate::peer::PacketPeerDtls;
use crate::report::ReleaseBorrow as _;

#[godot_api(secondary)]
impl DtlsServer {
    /// Opens UDP [param port] and serves its clients on threads of the server's own. These threads receive datagrams,
    /// exchange cookies, do handshakes, and encrypt and decrypt packets, so none of this costs frame time. For
    /// [param bind_address], [code]"*"[/code] means all addresses, IPv4 and IPv6. With port 0 the system picks a port,
    /// see [method get_local_port].
    ///
    /// Returns [constant @GlobalScope.ERR_UNCONFIGURED] before [method setup],
    /// [constant @GlobalScope.ERR_ALREADY_IN_USE] when the server already listens,
    /// [constant @GlobalScope.ERR_INVALID_PARAMETER] when the address or the port is not valid, and
    /// [constant @GlobalScope.ERR_UNAVAILABLE] when the system does not grant the port.
    ///
    /// ```gdscript
    /// var server := DTLSServerOpenSSL.new()
    ///
    /// func _ready() -> void:
    /// 	server.setup(TLSOptionsOpenSSL.server(load("user://server.key"), load("user://server.crt")))
    /// 	server.listen(4242)
    ///
    /// func _process(_delta: float) -> void:
    /// 	while server.is_connection_available():
    /// 		peers.append(server.take_connection())
    /// 	for peer in server.get_ready_peers():
    /// 		while peer.get_available_packet_count() > 0:
    /// 			peer.put_packet(peer.get_packet())
    /// ```
    #[func]
    fn listen(&mut self, port: i64, #[opt(default = "*")] bind_address: GString) -> Error {
        match self.open_port(port, &bind_address.to_string()) {
            Ok(server) => {
                self.native = Some(server);
                Error::OK
            }
            Err((code, message)) => {
                self.fail(message.clone());
                self.refuse(code, &format!("DTLSServerOpenSSL.listen: {message}."));
                code
            }
        }
    }

    /// Whether [method listen] has opened a port, and the server still listens.
    ///
    /// ```gdscript
    /// print("Open for players: %s" % server.is_listening())
    /// ```
    #[func]
    fn is_listening(&self) -> bool {
        self.native.is_some()
    }

    /// The UDP port that [method listen] has opened, or 0 if the server does not listen.
    ///
    /// ```gdscript
    /// server.listen(0)
    /// print("Players connect to port %d" % server.get_local_port())
    /// ```
    #[func]
    fn get_local_port(&self) -> i64 {
        self.native.as_ref().map_or(0, |server| i64::from(server.port()))
    }

    /// Whether a client has finished its handshake and [method take_connection] can take it.
    ///
    /// ```gdscript
    /// while server.is_connection_available():
    /// 	peers.append(server.take_connection())
    /// ```
    #[func]
    fn is_connection_available(&mut self) -> bool {
        self.report_failed_threads();
        self.native.as_ref().is_some_and(Server::has_accepted)
    }

    /// Tells every client that the connection ends, and closes the port. You can call [method listen] again.
    ///
    /// ```gdscript
    /// func _exit_tree() -> void:
    /// 	server.stop()
    /// ```
    #[func]
    fn stop(&mut self) {
        self.native = None;
        self.peers = Peers::default();
    }

    /// Does nothing, because a listening server works on its own. The method exists so that a loop written for
    /// [UDPServer] still runs.
    ///
    /// ```gdscript
    /// server.poll()
    /// ```
    #[func]
    fn poll(&mut self) -> Error {
        self.report_failed_threads();
        if self.native.is_some() { Error::OK } else { Error::ERR_UNCONFIGURED }
    }

    /// The number of clients, including those still in their handshake.
    ///
    /// ```gdscript
    /// print("%d players" % server.get_connection_count())
    /// ```
    #[func]
    fn get_connection_count(&self) -> i64 {
        self.native.as_ref().map_or(0, |server| server.statistics().connections as i64)
    }

    /// The peers that have packets to read, and the peers whose status has changed since the last call. A peer with
    /// packets is listed on every call until they are read. The cost of a frame therefore depends on how many peers are
    /// active, not on how many are connected.
    ///
    /// ```gdscript
    /// for peer in server.get_ready_peers():
    /// 	while peer.get_available_packet_count() > 0:
    /// 		peer.put_packet(peer.get_packet())
    /// 	if peer.get_status() != PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
    /// 		peers.erase(peer)
    /// ```
    #[func]
    fn get_ready_peers(&mut self) -> Array<Gd<PacketPeerDtls>> {
        self.report_failed_threads();
        let mut peers = Array::new();
        if let Some(server) = &mut self.native {
            server.ready(|tag| peers.extend(peer_of(tag)));
        }
        peers
    }

    /// Sends one packet to every client that the script has taken, except to [param except]. The server's threads
    /// encrypt it for each client from a single copy. Returns [constant @GlobalScope.ERR_BUSY] and sends nothing when
    /// the packet does not fit into [member max_queued_bytes].
    ///
    /// ```gdscript
    /// server.broadcast("The match starts".to_utf8_buffer())
    /// ```
    #[func]
    fn broadcast(
        &mut self,
        packet: PackedByteArray,
        #[opt(default = OrNull(None))] except: OrNull<PacketPeerDtls>,
    ) -> Error {
        let Some(server) = &self.native else {
            return self
                .refuse(Error::ERR_UNCONFIGURED, "DTLSServerOpenSSL.broadcast: not listening; call listen() first.");
        };
        let sent = match except.0 {
            Some(peer) => server.broadcast(packet.as_slice(), peer.bind().connection()),
            None => server.broadcast(packet.as_slice(), None),
        };
        match sent {
            Ok(()) => Error::OK,
            Err(SendError::Busy) => Error::ERR_BUSY,
            Err(error) => self.refuse(Error::ERR_INVALID_PARAMETER, &format!("DTLSServerOpenSSL.broadcast: {error}.")),
        }
    }
}

impl DtlsServer {
    /// Stops a server whose thread has failed, and reports it. No client could join such a server any more.
    pub(crate) fn report_failed_threads(&mut self) {
        if self.native.as_ref().is_some_and(Server::has_failed) {
            self.stop();
            let message = message::of_end(&EndReason::ThreadFailed);
            self.fail(message.clone());
            self.refuse(Error::FAILED, &format!("DTLSServerOpenSSL: {message}."));
        }
    }

    fn open_port(&self, port: i64, bind_address: &str) -> Result<Server, (Error, String)> {
        let refused = |code, message: &str| (code, message.to_owned());
        let config =
            self.config.as_ref().ok_or_else(|| refused(Error::ERR_UNCONFIGURED, "not set up; call setup() first"))?;
        if self.native.is_some() {
            return Err(refused(Error::ERR_ALREADY_IN_USE, "it listens already; call stop() first"));
        }
        let port = u16::try_from(port)
            .map_err(|_| (Error::ERR_INVALID_PARAMETER, format!("{port} is no port; give 0 to 65535")))?;
        let address: Option<IpAddr> = match bind_address {
            "*" => None,
            text => Some(text.parse().map_err(|_| {
                let message = format!("\"{text}\" is no IP address; give one of this machine's, or \"*\"");
                (Error::ERR_INVALID_PARAMETER, message)
            })?),
        };
        let mut settings = ServerSettings::default();
        settings.address = address;
        settings.port = port;
        settings.max_pending = size(self.limits.max_pending_connections);
        settings.max_connections = size(self.limits.max_connections);
        settings.queue_limits = self.queue_limits;
        settings.max_queued_bytes = size(self.limits.max_queued_bytes);
        settings.idle_timeout = self.limits.idle_timeout();
        settings.threads = size(self.limits.io_threads);
        Server::listen(config, settings).map_err(|error| {
            let message = format!("port {port} cannot be opened ({error}); maybe another server is running");
            (Error::ERR_UNAVAILABLE, message)
        })
    }
}

fn peer_of(tag: i64) -> Option<Gd<PacketPeerDtls>> {
    peer_by_id(InstanceId::try_from_i64(tag)?)
}
