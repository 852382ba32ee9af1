//! The least that a server over OpenSSL can cost: one thread, an `SSL` for each client, and batched system calls.
//!
//! It follows those commands of godot_project/benches/server.gd that it is measured by. It keeps no timers: the load repeats
//! what is lost.

mod socket;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{self, Write as _};
use std::net::SocketAddrV4;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use dtls_test_support::Pipe;
use openssl::ssl::{SslContext, SslStream};

use crate::identity::Identity;
use crate::raw_openssl;
use socket::Socket;

/// The largest packet.
const PACKET: usize = 2048;

/// How its clients know the server, as godot_project/benches/identity.gd names it.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Trusted {
    /// By a P-256 certificate
    Certificate,
    /// By a pre-shared key
    Psk,
}

#[derive(Parser)]
#[command(multicall = true)]
enum Command {
    Admit { peers: usize, seconds: f64 },
    Serve { hertz: u32, peers: usize, seconds: f64, doing: String },
    Quit,
}

/// Serves on a port of loopback, which it prints, until it is told to quit.
pub(crate) fn run(trusted: Trusted) -> Result<()> {
    let mut context = raw_openssl::server_context(&Identity::new()?)?;
    if let Trusted::Psk = trusted {
        raw_openssl::accept_psk(&mut context)?;
    }
    let mut server =
        Server { context: context.build(), socket: Socket::new()?, peers: HashMap::new(), waiting: Vec::new() };
    println!("port={}", server.socket.port()?);
    for line in io::stdin().lines() {
        match Command::try_parse_from(line?.split_whitespace())? {
            Command::Admit { peers, seconds } => {
                const HERTZ: u32 = 250;
                let served = server.serve(HERTZ, peers, Duration::from_secs_f64(seconds))?;
                println!("usec={} peers={}", served.spent.as_micros(), server.connected());
            }
            Command::Serve { hertz, peers, seconds, doing: _ } => {
                let served = server.serve(hertz, peers, Duration::from_secs_f64(seconds))?;
                println!("usec={} packets={}", served.spent.as_micros(), served.packets);
            }
            Command::Quit => break,
        }
        io::stdout().flush()?;
    }
    Ok(())
}

struct Server {
    context: SslContext,
    socket: Socket,
    peers: HashMap<SocketAddrV4, SslStream<Pipe>>,
    /// Who has datagrams to be read, once for each.
    waiting: Vec<SocketAddrV4>,
}

struct Served {
    packets: usize,
    /// The time of all turns.
    spent: Duration,
}

impl Server {
    fn connected(&self) -> usize {
        self.peers.values().filter(|peer| peer.ssl().is_init_finished()).count()
    }

    /// Turns at a steady rate, until so many clients are connected, or for `limit`.
    fn serve(&mut self, hertz: u32, peers: usize, limit: Duration) -> Result<Served> {
        let period = Duration::from_secs(1) / hertz;
        let begin = Instant::now();
        let mut next = begin;
        let mut served = Served { packets: 0, spent: Duration::ZERO };
        while next - begin < limit && (self.peers.len() < peers || self.connected() < peers) {
            let start = Instant::now();
            served.packets += self.turn()?;
            served.spent += start.elapsed();
            next += period;
            thread::sleep(next.saturating_duration_since(Instant::now()));
            next = next.max(Instant::now());
        }
        Ok(served)
    }

    /// Takes datagrams off the socket.
    fn gather(&mut self) -> Result<()> {
        let Self { context, socket, peers, waiting } = self;
        socket.receive(|from, datagram| {
            let peer = match peers.entry(from) {
                Entry::Occupied(peer) => peer.into_mut(),
                Entry::Vacant(place) => place.insert(accept(context)?),
            };
            peer.get_mut().incoming.push_back(datagram.to_vec());
            waiting.push(from);
            Ok(())
        })
    }

    /// Moves handshakes on, and sends packets back; how many.
    fn turn(&mut self) -> Result<usize> {
        self.gather()?;
        let mut packets = 0;
        let mut buffer = [0; PACKET];
        for from in self.waiting.drain(..) {
            let peer = self.peers.get_mut(&from).context("who waits is there")?;
            if !peer.ssl().is_init_finished() {
                let _ = peer.do_handshake();
            } else if let Ok(length) = peer.ssl_read(&mut buffer) {
                peer.ssl_write(&buffer[..length])?;
                packets += 1;
            }
            while let Some(datagram) = peer.get_mut().outgoing.pop_front() {
                self.socket.send(from, datagram)?;
            }
        }
        self.socket.flush()?;
        Ok(packets)
    }
}

fn accept(context: &SslContext) -> Result<SslStream<Pipe>> {
    let mut ssl = raw_openssl::ssl(context)?;
    ssl.set_accept_state();
    Ok(SslStream::new(ssl, Pipe::default())?)
}
