//! What handshakes needed is given back, however many were under way at once.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use common::{World, until};
use dtls_core::{IoBuffers, Session, State};

/// As in the library; OpenSSL has it, too.
#[cfg(not(system_malloc))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CLIENTS: usize = 400;

/// In KiB. A handshake that is under way takes some hundred.
const MOST_FOR_A_CONNECTION: usize = 25;

struct Client {
    session: Session,
    socket: UdpSocket,
}

impl Client {
    fn new(world: &World, buffers: &mut IoBuffers) -> Self {
        let socket = world.raw_client();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let session = Session::connect(&world.client, "127.0.0.1", Instant::now(), buffers).unwrap();
        let client = Self { session, socket };
        client.flush(buffers);
        client
    }

    fn flush(&self, buffers: &mut IoBuffers) {
        while let Some(datagram) = buffers.outgoing().pop() {
            self.socket.send(datagram).unwrap();
        }
    }

    /// Takes the next datagram, or says again what may have been lost.
    fn go_on(&mut self, buffers: &mut IoBuffers) {
        let mut datagram = [0; 2048];
        match self.socket.recv(&mut datagram) {
            Ok(length) => self.session.receive(&datagram[..length], Instant::now(), buffers, |_| {}),
            Err(_) => self.session.handle_timeout(Instant::now(), buffers),
        }
        self.flush(buffers);
    }

    /// Whether it has an answer that it has not looked at.
    fn is_answered(&self) -> bool {
        self.socket.peek(&mut [0]).is_ok()
    }
}

/// What this process has to itself and resident, in KiB.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Clients whose handshakes are all under way before the first goes on. Nothing but their sockets is left of them, so that the
/// server keeps them and their addresses are not used again.
fn join_at_once(world: &World, clients: usize) -> Vec<UdpSocket> {
    let mut buffers = IoBuffers::new();
    let mut clients: Vec<_> = (0..clients).map(|_| Client::new(world, &mut buffers)).collect();
    for client in &mut clients {
        client.go_on(&mut buffers); // It was asked for its cookie.
    }
    for client in &mut clients {
        while !client.is_answered() {
            assert_eq!(*client.session.state(), State::Handshaking);
            client.session.handle_timeout(Instant::now(), &mut buffers);
            client.flush(&mut buffers);
        }
    }
    let join = |mut client: Client| {
        while *client.session.state() == State::Handshaking {
            client.go_on(&mut buffers);
        }
        assert_eq!(*client.session.state(), State::Connected);
        client.socket
    };
    clients.into_iter().map(join).collect()
}

#[test]
fn what_handshakes_needed_that_were_all_under_way_at_once_is_given_back() {
    let world = World::new();
    // What the first connection leaves is not that of each.
    let _first = join_at_once(&world, 1);
    let idle = memory();
    let _others = join_at_once(&world, CLIENTS);
    assert_eq!(world.server.statistics().connections as usize, 1 + CLIENTS);
    let each = || memory().saturating_sub(idle) / CLIENTS;
    until("the memory of handshakes to be given back", || (each() <= MOST_FOR_A_CONNECTION).then_some(()));
}
