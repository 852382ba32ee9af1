//! PacketPeerDTLSOpenSSL.

mod drop_in;
mod info;
mod link;
mod native;
mod status;

use std::net::SocketAddr;
use std::sync::Arc;

use dtls_core::Session;
use dtls_io::{Connection, EnetConnection};
use godot::builtin::GString;
use godot::classes::{PacketPeerExtension, PacketPeerUdp, RefCounted};
use godot::global::Error;
use godot::obj::{Base, Gd, NewGd};
use godot::register::{GodotClass, godot_api};

use drop_in::DropIn;
use link::Link;
use native::Native;
pub(crate) use status::Status;

use crate::error::ConfigError;
use crate::opt_gd::OrNull;
use crate::options::config;
use crate::report::ReleaseBorrow as _;
use crate::shared_acceptor::Place;

/// One side of a DTLS connection over OpenSSL, the counterpart of [PacketPeerDTLS]. As with UDP, a packet arrives
/// complete or not at all, and packets may be lost or reordered.
///
/// ```gdscript
/// # client_node.gd
/// extends Node
///
/// var dtls := PacketPeerDTLSOpenSSL.new()
/// var udp := PacketPeerUDP.new()
///
/// func _ready() -> void:
/// 	udp.connect_to_host("127.0.0.1", 4242)
/// 	dtls.connect_to_peer(udp, "game.example", TLSOptionsOpenSSL.client(load("res://server.crt")))
///
/// func _process(_delta: float) -> void:
/// 	dtls.poll()
/// 	match dtls.get_status():
/// 		PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
/// 			dtls.put_packet("The answer is... 42!".to_utf8_buffer())
/// 			while dtls.get_available_packet_count() > 0:
/// 				print("Received: %s" % dtls.get_packet().get_string_from_utf8())
/// 		PacketPeerDTLSOpenSSL.STATUS_ERROR, PacketPeerDTLSOpenSSL.STATUS_ERROR_HOSTNAME_MISMATCH:
/// 			print("Not connected: %s" % dtls.get_last_error())
/// ```
#[derive(GodotClass)]
#[class(init, tool, base = PacketPeerExtension, rename = PacketPeerDTLSOpenSSL)]
pub(crate) struct PacketPeerDtls {
    #[init(val = Link::Idle)]
    pub(crate) link: Link,
    base: Base<PacketPeerExtension>,
}

impl PacketPeerDtls {
    /// A server's peer whose client returned a valid cookie.
    pub(crate) fn accepted(udp: Gd<PacketPeerUdp>, session: Session, from: SocketAddr, place: Place) -> Gd<Self> {
        Self::with(Link::DropIn(Box::new(DropIn::accepted(udp, session, from, place))))
    }

    /// A server's peer for a client that was turned away.
    pub(crate) fn turned_away(message: &str) -> Gd<Self> {
        Self::with(Link::turned_away(message))
    }

    /// A peer as `new()` makes it.
    pub(crate) fn unconnected() -> Gd<Self> {
        Self::new_gd()
    }

    /// A connection that an I/O thread drives.
    pub(crate) fn native(connection: Connection) -> Gd<Self> {
        let peer = Self::new_gd();
        connection.set_tag(peer.instance_id().to_i64());
        Self::with_link(peer, Link::Native(Native::Own(connection)))
    }

    /// The connection of a multiplayer peer.
    pub(crate) fn of_multiplayer(connection: Arc<EnetConnection>) -> Gd<Self> {
        Self::with(Link::Native(Native::OfMultiplayer(connection)))
    }

    fn with(link: Link) -> Gd<Self> {
        Self::with_link(Self::new_gd(), link)
    }

    fn with_link(mut peer: Gd<Self>, link: Link) -> Gd<Self> {
        peer.bind_mut().link = link;
        peer
    }

    /// Its connection, if an I/O thread drives it for this peer.
    pub(crate) const fn connection(&self) -> Option<&Connection> {
        match &self.link {
            Link::Native(Native::Own(connection)) => Some(connection),
            _ => None,
        }
    }

    /// Whether packets can be read: it is connected, or packets from before its end are left.
    pub(crate) fn is_readable(&self) -> bool {
        self.link.status() == Status::Connected
    }

    /// Notices when the connection has ended. If this client refused its server, reports that, because the client's
    /// developer should know.
    fn settle(&mut self) {
        if let Some(message) = self.link.settle() {
            self.refuse(Error::FAILED, &format!("PacketPeerDTLSOpenSSL: {message}."));
        }
    }

    /// Connects with what `link` makes, unless already connected.
    fn connect(&mut self, method: &str, link: impl FnOnce() -> Result<Link, ConfigError>) -> Error {
        if self.link.is_in_use() {
            return self.refuse(
                Error::ERR_ALREADY_IN_USE,
                &format!("{method}: already connected; call disconnect_from_peer() first."),
            );
        }
        match self.release_borrow(link) {
            Ok(link) => {
                self.link = link;
                Error::OK
            }
            Err(error) => self.refuse_options(method, &error),
        }
    }
}

#[godot_api]
impl PacketPeerDtls {
    /// Connects to a server through [param packet_peer], which must already be connected to it with
    /// [method PacketPeerUDP.connect_to_host]. The server's certificate must be valid for [param hostname], unless
    /// [param client_options] say otherwise. Without options it must also be trusted by the operating system. Accepts
    /// both [TLSOptionsOpenSSL] and the engine's own [TLSOptions].
    ///
    /// Call [method poll] every frame until [method get_status] is [constant STATUS_CONNECTED].
    ///
    /// Returns [constant @GlobalScope.ERR_INVALID_PARAMETER] when an argument is not valid, and
    /// [constant @GlobalScope.ERR_ALREADY_IN_USE] when already connected. The pushed error says what to do.
    ///
    /// ```gdscript
    /// udp.connect_to_host("127.0.0.1", 4242)
    /// dtls.connect_to_peer(udp, "localhost", TLSOptionsOpenSSL.client(load("res://server.crt")))
    /// ```
    #[func]
    fn connect_to_peer(
        &mut self,
        packet_peer: Option<Gd<PacketPeerUdp>>,
        hostname: GString,
        #[opt(default = OrNull(None))] client_options: OrNull<RefCounted>,
    ) -> Error {
        self.connect("PacketPeerDTLSOpenSSL.connect_to_peer", || {
            let udp = packet_peer.filter(|udp| udp.is_socket_connected()).ok_or(ConfigError::NoUdp)?;
            let (config, queue_limits) = config::client(client_options.0)?;
            Ok(Link::DropIn(Box::new(DropIn::connect(udp, &config, queue_limits, &hostname.to_string())?)))
        })
    }

    /// Connects to the server at [param host], a name or an IP address, and UDP [param port]. The connection has its
    /// own socket, which a thread serves. The name is resolved without blocking. The server's certificate must be valid
    /// for it, unless [param client_options] say otherwise.
    ///
    /// Check [method get_status] until it changes; there is no need to [method poll]. Returns
    /// [constant @GlobalScope.ERR_INVALID_PARAMETER] when an argument is not valid, and
    /// [constant @GlobalScope.ERR_ALREADY_IN_USE] when already connected. The pushed error says what to do.
    ///
    /// ```gdscript
    /// var dtls := PacketPeerDTLSOpenSSL.new()
    ///
    /// func _ready() -> void:
    /// 	dtls.connect_to_host("game.example", 4242)
    /// ```
    #[func]
    fn connect_to_host(
        &mut self,
        host: GString,
        port: i64,
        #[opt(default = OrNull(None))] client_options: OrNull<RefCounted>,
    ) -> Error {
        self.connect("PacketPeerDTLSOpenSSL.connect_to_host", || {
            let port = u16::try_from(port).ok().filter(|port| *port > 0).ok_or(ConfigError::Port(port))?;
            let (config, queue_limits) = config::client(client_options.0)?;
            let connection = dtls_io::connect(&host.to_string(), port, config, queue_limits)?;
            Ok(Link::Native(Native::Own(connection)))
        })
    }

    /// The other side's IP address; empty before it is known.
    ///
    /// ```gdscript
    /// print("Player from %s" % peer.get_packet_ip())
    /// ```
    #[func]
    fn get_packet_ip(&self) -> GString {
        self.link.remote().map(|(ip, _)| GString::from(&ip.to_string())).unwrap_or_default()
    }

    /// The other side's UDP port; 0 before it is known.
    ///
    /// ```gdscript
    /// print("Player from port %d" % peer.get_packet_port())
    /// ```
    #[func]
    fn get_packet_port(&self) -> i64 {
        self.link.remote().map_or(0, |(_, port)| i64::from(port))
    }

    /// This side's UDP port; 0 before there is one.
    ///
    /// ```gdscript
    /// print("Playing from port %d" % peer.get_local_port())
    /// ```
    #[func]
    fn get_local_port(&self) -> i64 {
        self.link.local_port().unwrap_or(0)
    }

    /// Receives all waiting datagrams, continues the handshake, and checks for time-outs. Call it every frame, before
    /// you check the status or read packets.
    ///
    /// ```gdscript
    /// func _process(_delta: float) -> void:
    /// 	dtls.poll()
    /// ```
    #[func]
    fn poll(&mut self) {
        self.link.poll();
        self.settle();
    }

    /// The status of the connection. The numbers are those of [enum PacketPeerDTLS.Status]:
    ///
    /// - [constant STATUS_DISCONNECTED]: not connected, or no longer connected.
    /// - [constant STATUS_HANDSHAKING]: the handshake is in progress; keep polling.
    /// - [constant STATUS_CONNECTED]: packets can be sent and received.
    /// - [constant STATUS_ERROR]: the connection failed; [method get_last_error] says why.
    /// - [constant STATUS_ERROR_HOSTNAME_MISMATCH]: the server's certificate is trusted, but not for the host name.
    ///
    /// ```gdscript
    /// if dtls.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
    /// 	dtls.put_packet("hello".to_utf8_buffer())
    /// ```
    #[func]
    fn get_status(&mut self) -> Status {
        self.settle();
        self.link.status()
    }

    /// Ends the connection and, if it was connected, tells the other side. Packets that were not read are lost. The
    /// peer can connect again.
    ///
    /// ```gdscript
    /// dtls.disconnect_from_peer()
    /// ```
    #[func]
    fn disconnect_from_peer(&mut self) {
        if let Link::Native(Native::OfMultiplayer(connection)) = &self.link {
            // The multiplayer peer holds on to it, and tells of its end.
            connection.close();
        }
        self.link = Link::Idle;
    }

    /// Why the connection failed or ended, as text for a log; empty if it did neither.
    ///
    /// ```gdscript
    /// if dtls.get_status() == PacketPeerDTLSOpenSSL.STATUS_ERROR:
    /// 	print("Not connected: %s" % dtls.get_last_error())
    /// ```
    #[func]
    fn get_last_error(&self) -> GString {
        GString::from(&self.link.message())
    }
}
