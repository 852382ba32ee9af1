//! PacketPeerDTLSOpenSSL.

use std::net::SocketAddr;
use std::time::Instant;

use dtls_core::{EndReason, PacketQueue, SendError, Session, State, Statistics};
use dtls_io::Connection;
use godot::builtin::GString;
use godot::classes::{PacketPeerUdp, RefCounted};
use godot::global::Error;
use godot::obj::{Gd, NewGd};
use godot::register::{GodotClass, godot_api};
use parking_lot::Mutex;

use crate::config;
use crate::ffi::OrNull;
use crate::refusal::{refuse, refuse_options};
use crate::server::Gate;
use crate::status::Status;
use crate::udp::{self, Socket};
use crate::wire::wire;

/// One side of a DTLS connection over OpenSSL, the twin of [PacketPeerDTLS]. Packets arrive whole or not at all, and
/// may be lost or reordered on the way, as with UDP.
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
    link: Link,
    pub(crate) received: PacketQueue,
    /// How many packets found the queue full.
    pub(crate) overflowed: u64,
}

enum Link {
    /// Never connected, or disconnected by the script.
    Idle,
    Live(Box<Live>),
    /// Its socket and session are an I/O thread's.
    Native(Connection),
    Over(Over),
}

struct Live {
    udp: Gd<PacketPeerUdp>,
    session: Session,
    /// On a server: where the client is, and the gate it came through.
    client: Option<(SocketAddr, Gate)>,
}

/// What is left of a connection.
struct Over {
    status: Status,
    words: String,
    statistics: Statistics,
}

impl PacketPeerDtls {
    /// A server's peer whose client returned a valid cookie.
    pub(crate) fn accepted(udp: Gd<PacketPeerUdp>, session: Session, from: SocketAddr, gate: Gate) -> Gd<Self> {
        Self::with(Link::Live(Box::new(Live { udp, session, client: Some((from, gate)) })))
    }

    /// A server's peer that will not come to be.
    pub(crate) fn turned_away(words: &str) -> Gd<Self> {
        Self::with(Link::Over(Over {
            status: Status::Error,
            words: words.to_owned(),
            statistics: Statistics::default(),
        }))
    }

    /// A peer as `new()` makes it.
    pub(crate) fn unconnected() -> Gd<Self> {
        Self::new_gd()
    }

    /// A connection of an I/O thread.
    pub(crate) fn native(connection: Connection) -> Gd<Self> {
        let mut peer = Self::new_gd();
        connection.set_tag(peer.instance_id().to_i64());
        peer.bind_mut().link = Link::Native(connection);
        peer
    }

    fn with(link: Link) -> Gd<Self> {
        let mut peer = Self::new_gd();
        peer.bind_mut().link = link;
        peer
    }

    /// Its connection, if it is an I/O thread's.
    pub(crate) fn connection(&self) -> Option<&Connection> {
        match &self.link {
            Link::Native(connection) => Some(connection),
            _ => None,
        }
    }

    /// Has one packet sealed and sent.
    pub(crate) fn send(&mut self, packet: &[u8]) -> Error {
        if let Link::Native(connection) = &self.link {
            return match connection.send(packet) {
                Ok(()) => Error::OK,
                // The sender's sign to slow down, not a mistake to report.
                Err(dtls_io::SendError::Busy) => Error::ERR_BUSY,
                Err(dtls_io::SendError::NotConnected) => not_sent(SendError::NotConnected),
                Err(dtls_io::SendError::TooLarge(size)) => not_sent(SendError::TooLarge(size)),
            };
        }
        let mut wire = wire();
        let sealed = match &mut self.link {
            Link::Live(live) => live.session.send(packet, &mut wire).map(|()| &mut live.udp),
            Link::Idle | Link::Native(_) | Link::Over(_) => Err(SendError::NotConnected),
        };
        match sealed {
            Ok(udp) => udp::send(udp, wire.outgoing()),
            Err(error) => not_sent(error),
        }
    }

    /// How many packets can be read.
    pub(crate) fn available(&self) -> usize {
        match &self.link {
            Link::Native(connection) => connection.available(),
            _ => self.received.len(),
        }
    }

    /// Shows the oldest packet to `on_packet`, if one waits.
    pub(crate) fn take_packet(&mut self, on_packet: impl FnOnce(&[u8])) {
        match &self.link {
            Link::Native(connection) => {
                // Kept for the engine, which copies the packet once this has returned.
                static IN_HAND: Mutex<Vec<u8>> = Mutex::new(Vec::new());
                let mut packet = IN_HAND.lock();
                if connection.receive(&mut packet) {
                    on_packet(&packet);
                }
            }
            _ => {
                if let Some(packet) = self.received.pop() {
                    on_packet(packet);
                }
            }
        }
    }

    fn is_in_use(&self) -> bool {
        match &self.link {
            Link::Live(_) => true,
            Link::Native(connection) => !matches!(connection.state(), State::Ended(_)),
            Link::Idle | Link::Over(_) => false,
        }
    }

    /// What `question` finds in the session, for as long as the connection stands or comes about.
    pub(crate) fn ask<A: Send + 'static>(&self, question: impl FnOnce(&Session) -> A + Send + 'static) -> Option<A> {
        match &self.link {
            Link::Live(live) => Some(question(&live.session)),
            Link::Native(connection) => connection.ask(question),
            Link::Idle | Link::Over(_) => None,
        }
    }

    /// What the connection did, also when it is over; on an I/O thread only while it lasts.
    pub(crate) fn statistics(&self) -> Statistics {
        match &self.link {
            Link::Over(over) => over.statistics,
            _ => self.ask(Session::statistics).unwrap_or_default(),
        }
    }

    /// How many packets were lost because as many waited as may.
    pub(crate) fn overflowed(&self) -> u64 {
        match &self.link {
            Link::Native(connection) => connection.overflowed(),
            _ => self.overflowed,
        }
    }

    /// Whether packets can be read: the connection stands, or has packets from before its end.
    pub(crate) fn is_readable(&self) -> bool {
        self.get_status() == Status::Connected
    }
}

#[godot_api]
impl PacketPeerDtls {
    /// Connects to the server that [param packet_peer], itself connected with
    /// [method PacketPeerUDP.connect_to_host], sends to. The server's certificate must be valid for
    /// [param hostname], unless [param client_options] say otherwise; without them it must also be trusted by the
    /// operating system. Both the engine's [TLSOptions] and [TLSOptionsOpenSSL] are taken.
    ///
    /// Call [method poll] every frame until [method get_status] is [constant STATUS_CONNECTED].
    ///
    /// Returns [constant @GlobalScope.ERR_INVALID_PARAMETER] when an argument cannot be used and
    /// [constant @GlobalScope.ERR_ALREADY_IN_USE] while connected; the error that is pushed says what to do.
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
        const METHOD: &str = "PacketPeerDTLSOpenSSL.connect_to_peer";
        if self.is_in_use() {
            return refuse_in_use(METHOD);
        }
        let Some(mut udp) = packet_peer.filter(|udp| udp.is_socket_connected()) else {
            return refuse(
                Error::ERR_INVALID_PARAMETER,
                "PacketPeerDTLSOpenSSL.connect_to_peer: packet_peer is not connected; call its connect_to_host() \
                 first.",
            );
        };
        let mut wire = wire();
        let session = config::client(client_options.0)
            .and_then(|config| Ok(Session::connect(&config, &hostname.to_string(), Instant::now(), &mut wire)?));
        let session = match session {
            Ok(session) => session,
            Err(error) => return refuse_options(METHOD, &error),
        };
        // A first flight that the socket could not take is sent again in time.
        udp::send(&mut udp, wire.outgoing());
        self.received.clear();
        self.overflowed = 0;
        self.link = Link::Live(Box::new(Live { udp, session, client: None }));
        Error::OK
    }

    /// Connects to the server at [param host], a name or an IP address, and UDP [param port], with a socket of its own that
    /// a thread serves. The name is looked up without blocking, and the server's certificate must be valid for it, unless
    /// [param client_options] say otherwise.
    ///
    /// Watch [method get_status]; there is no need to [method poll]. Returns
    /// [constant @GlobalScope.ERR_INVALID_PARAMETER] when an argument cannot be used and
    /// [constant @GlobalScope.ERR_ALREADY_IN_USE] while connected; the error that is pushed says what to do.
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
        const METHOD: &str = "PacketPeerDTLSOpenSSL.connect_to_host";
        if self.is_in_use() {
            return refuse_in_use(METHOD);
        }
        let Some(port) = u16::try_from(port).ok().filter(|port| *port > 0) else {
            return refuse(
                Error::ERR_INVALID_PARAMETER,
                &format!("{METHOD}: {port} is no port to connect to; give 1 to 65535."),
            );
        };
        let connection =
            config::client(client_options.0).and_then(|config| Ok(dtls_io::connect(&host.to_string(), port, config)?));
        match connection {
            Ok(connection) => {
                self.received.clear();
                self.link = Link::Native(connection);
                Error::OK
            }
            Err(error) => refuse_options(METHOD, &error),
        }
    }

    /// The other side's IP address; empty before it is known.
    ///
    /// ```gdscript
    /// print("Player from %s" % peer.get_packet_ip())
    /// ```
    #[func]
    fn get_packet_ip(&self) -> GString {
        match &self.link {
            Link::Live(live) => live.udp.get_packet_ip(),
            Link::Native(connection) => match connection.remote_address() {
                Some(address) => GString::from(&address.ip().to_canonical().to_string()),
                None => GString::new(),
            },
            Link::Idle | Link::Over(_) => GString::new(),
        }
    }

    /// The other side's UDP port; 0 before it is known.
    ///
    /// ```gdscript
    /// print("Player from port %d" % peer.get_packet_port())
    /// ```
    #[func]
    fn get_packet_port(&self) -> i64 {
        match &self.link {
            Link::Live(live) => i64::from(live.udp.get_packet_port()),
            Link::Native(connection) => connection.remote_address().map_or(0, |address| i64::from(address.port())),
            Link::Idle | Link::Over(_) => 0,
        }
    }

    /// This side's UDP port; 0 before there is one.
    ///
    /// ```gdscript
    /// print("Playing from port %d" % peer.get_local_port())
    /// ```
    #[func]
    fn get_local_port(&self) -> i64 {
        match &self.link {
            Link::Live(live) => i64::from(live.udp.get_local_port()),
            Link::Native(connection) => connection.local_port().map_or(0, i64::from),
            Link::Idle | Link::Over(_) => 0,
        }
    }

    /// Receives every waiting datagram, answers what the handshake wants answered, and notices time-outs. Call it
    /// every frame, before looking at the status or at packets.
    ///
    /// ```gdscript
    /// func _process(_delta: float) -> void:
    /// 	dtls.poll()
    /// ```
    #[func]
    fn poll(&mut self) {
        let Link::Live(live) = &mut self.link else { return };
        let now = Instant::now();
        let mut wire = wire();
        let (received, overflowed) = (&mut self.received, &mut self.overflowed);
        let Live { udp, session, client } = &mut **live;
        let most = session.transport().max_queued_packets;
        let socket = udp::receive(udp, |_, datagram| {
            if let Some((from, gate)) = client
                && session.is_foreign_hello(datagram)
            {
                if gate.lock().verify(*from, datagram, now, &mut wire) {
                    session.end(EndReason::Replaced);
                }
            } else {
                session.receive(datagram, now, &mut wire, |packet| {
                    if received.len() < most {
                        received.push(packet);
                    } else {
                        *overflowed += 1;
                    }
                });
            }
        });
        match socket {
            Socket::Open => {}
            Socket::Refused => session.port_unreachable(now),
            Socket::Closed => session.end(EndReason::SocketClosed),
        }
        if session.deadline().is_some_and(|deadline| deadline <= now) {
            session.handle_timeout(now, &mut wire);
        }
        if socket != Socket::Closed {
            udp::send(udp, wire.outgoing());
        }
        wire.outgoing().clear();
        if let State::Ended(reason) = session.state() {
            let over = Over::because(reason, session.statistics());
            if *reason == EndReason::Replaced {
                udp.close(); // So that the UDPServer offers the newcomer as a new connection.
            }
            // A server's log is not for its clients to fill.
            if client.is_none() && matches!(reason, EndReason::CertificateRefused(_)) {
                refuse(Error::FAILED, &format!("PacketPeerDTLSOpenSSL: {}.", over.words));
            }
            self.link = Link::Over(over);
        }
    }

    /// Where the connection stands; the numbers are those of [enum PacketPeerDTLS.Status]:
    ///
    /// - [constant STATUS_DISCONNECTED]: not connected, or no longer.
    /// - [constant STATUS_HANDSHAKING]: the handshake is under way; keep polling.
    /// - [constant STATUS_CONNECTED]: packets can be sent and received.
    /// - [constant STATUS_ERROR]: the connection failed; [method get_last_error] says why.
    /// - [constant STATUS_ERROR_HOSTNAME_MISMATCH]: the server's certificate is trusted, but not for the host name.
    ///
    /// ```gdscript
    /// if dtls.get_status() == PacketPeerDTLSOpenSSL.STATUS_CONNECTED:
    /// 	dtls.put_packet("hello".to_utf8_buffer())
    /// ```
    #[func]
    fn get_status(&self) -> Status {
        match &self.link {
            Link::Idle => Status::Disconnected,
            Link::Live(live) => match live.session.state() {
                State::Handshaking => Status::Handshaking,
                State::Connected => Status::Connected,
                State::Ended(reason) => status_of(reason),
            },
            Link::Native(connection) => match connection.state() {
                State::Handshaking => Status::Handshaking,
                State::Connected => Status::Connected,
                State::Ended(reason) => status_while(status_of(&reason), connection.available()),
            },
            Link::Over(over) => status_while(over.status, self.received.len()),
        }
    }

    /// Ends the connection, and tells the other side if it was connected. Packets not read yet are gone; the peer can
    /// connect again.
    ///
    /// ```gdscript
    /// dtls.disconnect_from_peer()
    /// ```
    #[func]
    fn disconnect_from_peer(&mut self) {
        if let Link::Live(live) = &mut self.link {
            live.close();
        }
        self.link = Link::Idle;
        self.received.clear();
    }

    /// Why the connection failed or ended, in words for a log; empty while there is nothing to say.
    ///
    /// ```gdscript
    /// if dtls.get_status() == PacketPeerDTLSOpenSSL.STATUS_ERROR:
    /// 	print("Not connected: %s" % dtls.get_last_error())
    /// ```
    #[func]
    fn get_last_error(&self) -> GString {
        match &self.link {
            Link::Over(over) => GString::from(over.words.as_str()),
            Link::Live(live) => match live.session.state() {
                State::Ended(reason) => GString::from(&reason.to_string()),
                State::Handshaking | State::Connected => GString::new(),
            },
            Link::Native(connection) => match connection.state() {
                State::Ended(reason) => GString::from(&reason.to_string()),
                State::Handshaking | State::Connected => GString::new(),
            },
            Link::Idle => GString::new(),
        }
    }
}

impl Live {
    fn close(&mut self) {
        let mut wire = wire();
        self.session.close(&mut wire);
        if self.udp.is_socket_connected() {
            udp::send(&mut self.udp, wire.outgoing());
        }
        wire.outgoing().clear();
    }
}

impl Drop for PacketPeerDtls {
    /// The other side need not wait for a time-out.
    fn drop(&mut self) {
        if let Link::Live(live) = &mut self.link {
            live.close();
        }
    }
}

fn not_sent(error: SendError) -> Error {
    let code = match error {
        SendError::NotConnected => Error::ERR_UNCONFIGURED,
        SendError::TooLarge(_) => Error::ERR_INVALID_PARAMETER,
        SendError::Seal => Error::FAILED,
    };
    refuse(code, &format!("PacketPeerDTLSOpenSSL.put_packet: {error}."))
}

fn refuse_in_use(method: &str) -> Error {
    refuse(Error::ERR_ALREADY_IN_USE, &format!("{method}: already connected; call disconnect_from_peer() first."))
}

impl Over {
    fn because(reason: &EndReason, statistics: Statistics) -> Self {
        Self { status: status_of(reason), words: reason.to_string(), statistics }
    }
}

/// What arrived before an orderly end can still be read: until then the connection stands.
fn status_while(status: Status, waiting: usize) -> Status {
    if status == Status::Disconnected && waiting > 0 { Status::Connected } else { status }
}

fn status_of(reason: &EndReason) -> Status {
    match reason {
        reason if reason.is_orderly() => Status::Disconnected,
        EndReason::CertificateRefused(refusal) if refusal.is_name_mismatch() => Status::ErrorHostnameMismatch,
        _ => Status::Error,
    }
}
