//! DTLSServerOpenSSL.

use std::sync::Arc;
use std::time::Instant;

use dtls_core::{Accepted, Acceptor};
use godot::builtin::{VarDictionary, vdict};
use godot::classes::{PacketPeerUdp, RefCounted};
use godot::global::Error;
use godot::obj::Gd;
use godot::register::{GodotClass, godot_api};
use parking_lot::Mutex;

use crate::config::{self, Keepsakes};
use crate::peer::{PacketPeerDtls, wire};
use crate::refusal::{refuse, refuse_options};
use crate::udp;

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
    counts: Counts,
}

/// What became of the UDP peers that were taken.
#[derive(Default)]
struct Counts {
    cookies_asked: u64,
    accepted: u64,
    ignored: u64,
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
        let acceptor = self.kept().and_then(|kept| {
            let config = config::server(server_options, kept)?;
            Ok(Acceptor::new(config).map_err(dtls_core::OptionsError::from)?)
        });
        match acceptor {
            Ok(acceptor) => {
                match &self.gate {
                    Some(gate) => *gate.lock() = acceptor,
                    None => self.gate = Some(Arc::new(Mutex::new(acceptor))),
                }
                Error::OK
            }
            Err(error) => refuse_options("DTLSServerOpenSSL.setup", &error),
        }
    }

    /// Tries to start a handshake with the client behind [param udp_peer], a connected peer as
    /// [method UDPServer.take_connection] gives them.
    ///
    /// Look at the status of what is returned: [constant PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING] is a client to keep
    /// and poll. [constant PacketPeerDTLSOpenSSL.STATUS_ERROR] is normal for every client's first round: it was asked
    /// to return a cookie, to show that it owns its address, and will be back as a new connection.
    ///
    /// Returns [code]null[/code] before [method setup], or when [param udp_peer] is null.
    ///
    /// ```gdscript
    /// var peer := dtls.take_connection(server.take_connection())
    /// if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
    /// 	peers.append(peer)
    /// ```
    #[func]
    fn take_connection(&mut self, udp_peer: Option<Gd<PacketPeerUdp>>) -> Option<Gd<PacketPeerDtls>> {
        let Some(gate) = &self.gate else {
            refuse(
                Error::ERR_UNCONFIGURED,
                "DTLSServerOpenSSL.take_connection: the server is not set up; call setup() first.",
            );
            return None;
        };
        let Some(mut udp) = udp_peer else {
            refuse(
                Error::ERR_INVALID_PARAMETER,
                "DTLSServerOpenSSL.take_connection: udp_peer is null; pass what UDPServer.take_connection() returned.",
            );
            return None;
        };
        let now = Instant::now();
        let mut wire = wire();
        let mut accepted = None;
        let mut asked = false;
        let socket = udp::receive(&mut udp, |udp, datagram| {
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
        Some(match (accepted, socket) {
            (Some((session, from)), _) => PacketPeerDtls::accepted(udp, *session, from, Arc::clone(gate)),
            (None, udp::Socket::Closed) => {
                refuse(
                    Error::ERR_INVALID_PARAMETER,
                    "DTLSServerOpenSSL.take_connection: udp_peer is not connected; pass what \
                     UDPServer.take_connection() returned.",
                );
                PacketPeerDtls::unconnected()
            }
            (None, _) => PacketPeerDtls::turned_away(if asked {
                "the cookie exchange: the client was asked to show that it owns its address, and will be back"
            } else {
                "no client: what came was not the start of a DTLS handshake"
            }),
        })
    }

    /// What has happened so far, in numbers: how many UDP peers of [method take_connection] were
    /// [code]cookies_asked[/code] to come back with a cookie, [code]accepted[/code] with a valid one, or
    /// [code]ignored[/code] as no client. What a connection did is in [method PacketPeerDTLSOpenSSL.get_statistics].
    ///
    /// ```gdscript
    /// print("%d clients let in" % dtls.get_statistics().accepted)
    /// ```
    #[func]
    fn get_statistics(&self) -> VarDictionary {
        let Counts { cookies_asked, accepted, ignored } = self.counts;
        vdict! {
            "cookies_asked" => cookies_asked as i64,
            "accepted" => accepted as i64,
            "ignored" => ignored as i64,
        }
    }

    fn kept(&mut self) -> Result<&Keepsakes, config::ConfigError> {
        let kept = match self.kept.take() {
            Some(kept) => kept,
            None => Keepsakes::new()?,
        };
        Ok(self.kept.insert(kept))
    }
}
