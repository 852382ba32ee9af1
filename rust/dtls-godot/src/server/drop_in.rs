//! DTLSServerOpenSSL with a UDPServer of the script, which takes its UDP peers.

use std::net::SocketAddr;
use std::time::Instant;

use dtls_core::{Acceptor, EndReason, Session};
use godot::classes::PacketPeerUdp;
use godot::global::Error;
use godot::obj::Gd;
use godot::register::godot_api;

use super::DtlsServer;
use crate::io_buffers::buffers;
use crate::message;
use crate::opt_gd::OrNull;
use crate::peer::PacketPeerDtls;
use crate::report::ReleaseBorrow as _;
use crate::shared_acceptor::{Decision, Place, SharedAcceptor};
use crate::udp;

#[godot_api(secondary)]
impl DtlsServer {
    /// Without [param udp_peer], on a listening server: returns the next client that has finished its handshake, or
    /// [code]null[/code] if there is none.
    ///
    /// With [param udp_peer]: tries to start a handshake with the client behind it. Pass a connected peer that
    /// [method UDPServer.take_connection] returned.
    ///
    /// Check the status of the returned peer. If it is [constant PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING], keep the
    /// peer and poll it. [constant PacketPeerDTLSOpenSSL.STATUS_ERROR] is normal in every client's first round: the
    /// server has asked the client to return a cookie, which shows that the client owns its address. The client then
    /// comes back as a new connection.
    ///
    /// Returns [code]null[/code] before [method setup], or when [param udp_peer] is null and the server does not
    /// listen.
    ///
    /// ```gdscript
    /// var peer := server.take_connection(udp_server.take_connection())
    /// if peer.get_status() == PacketPeerDTLSOpenSSL.STATUS_HANDSHAKING:
    /// 	peers.append(peer)
    /// ```
    #[func]
    fn take_connection(
        &mut self,
        #[opt(default = OrNull(None))] udp_peer: OrNull<PacketPeerUdp>,
    ) -> Option<Gd<PacketPeerDtls>> {
        self.report_failed_threads();
        if let (None, Some(server)) = (&udp_peer.0, &self.native) {
            let peer = server.accept().map(PacketPeerDtls::native);
            peer.iter().for_each(|peer| self.peers.add(peer));
            return peer;
        }
        let Some(acceptor) = self.shared_acceptor() else {
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
        let mut buffers = buffers();
        let mut accepted: Option<(Box<Session>, SocketAddr, Place)> = None;
        let mut decision = Decision::Ignored;
        let waiting = udp.get_available_packet_count();
        udp::receive(&mut udp, waiting, |udp, datagram| {
            let Some(from) = udp::sender(udp) else { return };
            match &mut accepted {
                None => match acceptor.accept(from, datagram, now, &mut buffers) {
                    Decision::Session(session, place) => accepted = Some((session, from, place)),
                    Decision::Ignored => {}
                    other => decision = other,
                },
                Some((session, ..)) => session.receive(datagram, now, &mut buffers, |_| {}),
            }
        });
        udp::send(&mut udp, buffers.outgoing());
        drop(buffers);
        if let Some((session, from, place)) = accepted {
            self.counts.accepted += 1;
            return Some(PacketPeerDtls::accepted(udp, *session, from, place));
        }
        let (count, message) = match decision {
            Decision::CookieAsked => (
                &mut self.counts.cookies_asked,
                "the cookie exchange: the client was asked to show that it owns its address, and will be back"
                    .to_owned(),
            ),
            Decision::Full => (&mut self.counts.refused_connections, message::of_end(&EndReason::ServerFull)),
            Decision::Busy => (
                &mut self.counts.dropped_handshakes_busy,
                "too many handshakes of the client's address are under way; it will be back".to_owned(),
            ),
            Decision::Ignored | Decision::Session(..) => {
                (&mut self.counts.ignored, "no client: what came was not the start of a DTLS handshake".to_owned())
            }
        };
        *count += 1;
        Some(PacketPeerDtls::turned_away(&message))
    }
}

impl DtlsServer {
    /// The acceptor for clients whose UDP peers the script takes; `None` until the server is set up.
    fn shared_acceptor(&mut self) -> Option<SharedAcceptor> {
        if self.acceptor.is_none() {
            let acceptor = Acceptor::new(self.config.clone()?).ok()?;
            self.acceptor = Some(SharedAcceptor::new(acceptor, self.queue_limits, &self.limits));
        }
        self.acceptor.clone()
    }
}
