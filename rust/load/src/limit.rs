//! The least that an echo or a handshake can cost: raw OpenSSL, and the kernel's batched calls.

use std::io::{IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use dtls_in_memory::{Contexts, Identity, Pair};
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmmsg};

use crate::clock::{self, Clock};

/// How many datagrams one system call moves.
const BATCH: usize = 64;

/// Larger than any datagram here.
const ROOM: usize = 2048;

/// What a handshake costs each side, in microseconds.
pub(crate) struct Handshake {
    pub(crate) client: f64,
    pub(crate) server: f64,
}

pub(crate) fn handshake(count: usize) -> Result<Handshake> {
    let contexts = Contexts::new(&Identity::new()?)?;
    let (mut client, mut server) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..count {
        let pair = contexts.pair(clock::now)?;
        client += pair.client_took;
        server += pair.server_took;
    }
    let each = |took: Duration| took.as_secs_f64() * 1e6 / count as f64;
    Ok(Handshake { client: each(client), server: each(server) })
}

/// What an echo costs a server of `clients` that take turns, in microseconds.
pub(crate) struct Echo {
    pub(crate) openssl: f64,
    pub(crate) kernel: f64,
}

pub(crate) fn echo(clients: usize, size: usize) -> Result<Echo> {
    const ROUNDS: usize = 20;
    let contexts = Contexts::new(&Identity::new()?)?;
    let mut pairs: Vec<Pair> = (0..clients).map(|_| contexts.pair(clock::now)).collect::<Result<_>>()?;
    let mut openssl = Clock::default();
    let mut record = 0;
    for _ in 0..ROUNDS {
        record = open_and_seal(&mut pairs, size, &mut openssl)?;
    }
    let mut kernel = Clock::default();
    let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let sockets = (0..clients)
        .map(|_| {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            socket.connect(server.local_addr()?)?;
            Ok(socket)
        })
        .collect::<Result<Vec<_>>>()?;
    for _ in 0..ROUNDS {
        for some in sockets.chunks(BATCH) {
            receive_and_send(&server, some, record, &mut kernel)?;
        }
    }
    let echoes = (ROUNDS * clients) as f64;
    Ok(Echo { openssl: openssl.micros() / echoes, kernel: kernel.micros() / echoes })
}

/// One packet of each client, there and back; the length of a datagram.
fn open_and_seal(pairs: &mut [Pair], size: usize, clock: &mut Clock) -> Result<usize> {
    let packet = vec![0x42; size];
    let mut buffer = [0; ROOM];
    for Pair { client, server, .. } in &mut *pairs {
        client.ssl_write(&packet)?;
        server.get_mut().incoming.append(&mut client.get_mut().outgoing);
    }
    clock.time(|| -> Result<()> {
        for Pair { server, .. } in &mut *pairs {
            let length = server.ssl_read(&mut buffer)?;
            server.ssl_write(&buffer[..length])?;
        }
        Ok(())
    })?;
    let mut record = 0;
    for Pair { client, server, .. } in pairs {
        record = server.get_mut().outgoing.pop_front().context("the server sends")?.len();
        client.get_mut().incoming.clear();
    }
    Ok(record)
}

/// One datagram of each client, there and back.
fn receive_and_send(server: &UdpSocket, clients: &[UdpSocket], record: usize, clock: &mut Clock) -> Result<()> {
    let mut incoming = MultiHeaders::<SockaddrIn>::preallocate(BATCH, None);
    let mut outgoing = MultiHeaders::<SockaddrIn>::preallocate(BATCH, None);
    let mut buffers = vec![[0; ROOM]; BATCH];
    let datagram = vec![0x42; record];
    for client in clients {
        client.send(&datagram)?;
    }
    clock.time(|| -> Result<()> {
        let mut slices: Vec<_> = buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer)]).collect();
        let received = recvmmsg(server.as_raw_fd(), &mut incoming, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None)?;
        let addresses: Vec<_> = received.map(|message| message.address).collect();
        ensure!(
            addresses.len() == clients.len(),
            "the system kept only {} of {} datagrams",
            addresses.len(),
            clients.len()
        );
        let slices = vec![[IoSlice::new(&datagram)]; addresses.len()];
        sendmmsg(server.as_raw_fd(), &mut outgoing, &slices, &addresses, [], MsgFlags::empty())?;
        Ok(())
    })?;
    let mut buffer = [0; ROOM];
    for client in clients {
        client.recv(&mut buffer)?;
    }
    Ok(())
}
