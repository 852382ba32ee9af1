//! The engine's PacketPeerUDP as a carrier of datagrams.

use std::net::SocketAddr;

use dtls_core::PacketQueue;
use godot::builtin::PackedByteArray;
use godot::classes::PacketPeerUdp;
use godot::global::Error;
use godot::obj::Gd;

/// What the socket said besides datagrams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Socket {
    Open,
    /// The other side's host answered that nobody listens.
    Refused,
    /// The script closed it.
    Closed,
}

/// Hands every waiting datagram to `on_datagram`.
pub(crate) fn receive(
    udp: &mut Gd<PacketPeerUdp>,
    mut on_datagram: impl FnMut(&mut Gd<PacketPeerUdp>, &[u8]),
) -> Socket {
    if !udp.is_socket_connected() {
        return Socket::Closed;
    }
    let waiting = udp.get_available_packet_count();
    for _ in 0..waiting {
        let datagram = udp.get_packet();
        on_datagram(udp, datagram.as_slice());
    }
    if waiting < 0 { Socket::Refused } else { Socket::Open }
}

/// Sends all of `datagrams`; the first failure is what is returned. A datagram that could not be sent is lost, as the
/// network may lose it.
pub(crate) fn send(udp: &mut Gd<PacketPeerUdp>, datagrams: &mut PacketQueue) -> Error {
    let mut outcome = Error::OK;
    while let Some(datagram) = datagrams.pop() {
        let sent = udp.put_packet(&PackedByteArray::from(datagram));
        if outcome == Error::OK {
            outcome = sent;
        }
    }
    outcome
}

/// Where the last datagram came from.
pub(crate) fn sender(udp: &Gd<PacketPeerUdp>) -> Option<SocketAddr> {
    let ip = udp.get_packet_ip().to_string().parse().ok()?;
    let port = u16::try_from(udp.get_packet_port()).ok()?;
    Some(SocketAddr::new(ip, port))
}
