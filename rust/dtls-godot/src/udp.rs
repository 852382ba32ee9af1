//! Sends and receives datagrams with the engine's PacketPeerUDP.

use std::net::SocketAddr;

use dtls_core::PacketQueue;
use godot::builtin::PackedByteArray;
use godot::classes::PacketPeerUdp;
use godot::global::Error;
use godot::obj::Gd;

/// The state of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Socket {
    /// The socket is open, and this many datagrams wait.
    Open { waiting: i32 },
    /// The other side's host reports that the port is closed.
    Refused,
    /// The script has closed the socket.
    Closed,
}

/// The state of a socket that was connected.
pub(crate) fn look(udp: &Gd<PacketPeerUdp>) -> Socket {
    match udp.get_available_packet_count() {
        waiting @ 0.. => Socket::Open { waiting },
        _ if udp.is_socket_connected() => Socket::Refused,
        _ => Socket::Closed,
    }
}

/// Passes the first `count` waiting datagrams to `on_datagram`.
pub(crate) fn receive(
    udp: &mut Gd<PacketPeerUdp>,
    count: i32,
    mut on_datagram: impl FnMut(&mut Gd<PacketPeerUdp>, &[u8]),
) {
    for _ in 0..count {
        let datagram = udp.get_packet();
        on_datagram(udp, datagram.as_slice());
    }
}

/// Sends all of `datagrams`, and returns the first error. A datagram that could not be sent counts as lost in transit.
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

/// The sender of the last datagram.
pub(crate) fn sender(udp: &Gd<PacketPeerUdp>) -> Option<SocketAddr> {
    let ip = udp.get_packet_ip().to_string().parse().ok()?;
    let port = u16::try_from(udp.get_packet_port()).ok()?;
    Some(SocketAddr::new(ip, port))
}
