//! UDP sockets with the options that games need.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use mio::net::UdpSocket;
use socket2::{Domain, Protocol, Socket, Type};

use crate::batch;

/// The buffer size in bytes that is requested for each direction of a server's socket: three thousand players' packets
/// of one frame. The system may grant less.
const SERVER_BUFFER: usize = 4 * 1024 * 1024;

/// The same for a client.
const CLIENT_BUFFER: usize = 512 * 1024;

/// Elsewhere, all clients would reach the same one of the sockets that share a port.
const DISTRIBUTES_CLIENTS: bool = cfg!(target_os = "linux");

/// Opens `count` sockets on `address`. Without an address they listen on all addresses, IPv4 and IPv6 where the system
/// has both. The system distributes clients among the sockets by address; where it would not, there is one socket. Fails
/// if the port is in use.
pub(crate) fn listen(address: Option<IpAddr>, port: u16, count: usize) -> io::Result<Vec<UdpSocket>> {
    // Shared ports let other sockets of the same user join. The first, unshared socket makes sure that the port is
    // free.
    let first = listen_at(address, port, false)?;
    if count < 2 || !DISTRIBUTES_CLIENTS {
        return Ok(vec![first]);
    }
    let port = first.local_addr()?.port();
    drop(first);
    (0..count).map(|_| listen_at(address, port, true)).collect()
}

fn listen_at(address: Option<IpAddr>, port: u16, shared: bool) -> io::Result<UdpSocket> {
    match address {
        Some(ip) => bound(SocketAddr::new(ip, port), shared),
        None => bound(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port), shared).or_else(|error| {
            // Without IPv6 on this system, use IPv4 only.
            match error.kind() {
                io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied => Err(error),
                _ => bound(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port), shared),
            }
        }),
    }
}

fn bound(address: SocketAddr, shared: bool) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
        socket.set_only_v6(false)?;
    }
    if shared {
        share_port(&socket)?;
    }
    ask_for_buffers(&socket, SERVER_BUFFER);
    batch::force_receive_buffer(&socket, SERVER_BUFFER);
    socket.bind(&address.into())?;
    let socket = into_mio(socket)?;
    if address.ip().is_unspecified() {
        batch::tell_local_addresses(&socket)?;
    }
    Ok(socket)
}

/// A socket that exchanges datagrams with `server` only, from `local` if that is given.
pub(crate) fn connected(server: SocketAddr, local: Option<SocketAddr>) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(server), Type::DGRAM, Some(Protocol::UDP))?;
    ask_for_buffers(&socket, CLIENT_BUFFER);
    if let Some(local) = local {
        socket.bind(&local.into())?;
    }
    socket.connect(&server.into())?;
    into_mio(socket)
}

fn into_mio(socket: Socket) -> io::Result<UdpSocket> {
    socket.set_nonblocking(true)?;
    Ok(UdpSocket::from_std(socket.into()))
}

/// Errors are ignored: a smaller buffer still works.
fn ask_for_buffers(socket: &Socket, bytes: usize) {
    let _ = socket.set_recv_buffer_size(bytes);
    let _ = socket.set_send_buffer_size(bytes);
}

#[cfg(target_os = "linux")]
fn share_port(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_port(true)
}

#[cfg(not(target_os = "linux"))]
fn share_port(_socket: &Socket) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// How many bytes the system grants for receiving and for sending.
pub(crate) fn buffers(socket: &UdpSocket) -> (usize, usize) {
    #[cfg(unix)]
    let reference = {
        use std::os::fd::AsFd as _;
        socket.as_fd()
    };
    #[cfg(windows)]
    let reference = {
        use std::os::windows::io::AsSocket as _;
        socket.as_socket()
    };
    let socket = socket2::SockRef::from(&reference);
    (socket.recv_buffer_size().unwrap_or(0), socket.send_buffer_size().unwrap_or(0))
}
