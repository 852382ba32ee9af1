//! The engine's PacketPeerUDP as a carrier of datagrams.

use std::net::SocketAddr;

use dtls_core::PacketQueue;
use godot::builtin::PackedByteArray;
use godot::classes::PacketPeerUdp;
use godot::global::Error;
use godot::obj::Gd;

/// What a socket has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Socket {
    /// So many datagrams wait.
    Open { waiting: i32 },
    /// The other side's host answered that nobody listens.
    Refused,
    /// The script closed it.
    Closed,
}

/// Looks at a socket that was connected.
pub(crate) fn look(udp: &Gd<PacketPeerUdp>) -> Socket {
    match udp.get_available_packet_count() {
        waiting @ 0.. => Socket::Open { waiting },
        _ if udp.is_socket_connected() => Socket::Refused,
        _ => Socket::Closed,
    }
}

/// Hands the first `count` of the waiting datagrams to `on_datagram`.
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
