//! First ClientHellos, as a flood of forged addresses would bring them.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Instant;

use anyhow::{Context as _, Result};
use dtls_core::{ClientConfig, ClientOptions, Session, Verification, Wire};

/// Sends the same hello from `count` ports, none of which is used twice at a time; how many the system took.
pub(crate) fn send(server: SocketAddr, count: usize) -> Result<usize> {
    let config = ClientConfig::new(&ClientOptions { verification: Verification::Nothing, ..Default::default() })?;
    let mut wire = Wire::new();
    Session::connect(&config, "localhost", Instant::now(), &mut wire)?;
    let hello = wire.outgoing().pop().context("a client starts with a hello")?.to_vec();
    // Kept open until the end, so that the system gives another port to each.
    let sockets = (0..count).map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<Vec<_>, _>>()?;
    Ok(sockets.iter().filter(|socket| socket.send_to(&hello, server).is_ok()).count())
}
