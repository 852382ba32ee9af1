//! ClientHellos as fast as one core sends them, from somebody who means to keep others out.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use dtls_core::{ClientConfig, ClientOptions, IoBuffers, Session, Verification};

/// Ports, or addresses, that the hellos come from.
const SOURCES: usize = 1000;

/// Different hellos from each.
const HELLOS: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Attack {
    /// Hellos with valid cookies, from many ports of one address
    Valid,
    /// Hellos with forged cookies, each from another address
    Forged,
    /// Hellos without cookies, each from another address
    First,
}

struct Source {
    socket: UdpSocket,
    hellos: Vec<Vec<u8>>,
}

/// Sends hellos for as long as it is told; how many.
pub(crate) fn run(server: SocketAddr, attack: Attack, duration: Duration) -> Result<usize> {
    let mut options = ClientOptions::default();
    options.verification = Verification::Nothing;
    let config = ClientConfig::new(&options)?;
    let sources: Vec<_> = (0..SOURCES).map(|number| prepare(server, &config, attack, number)).collect::<Result<_>>()?;
    let start = Instant::now();
    let mut sent = 0;
    for turn in 0.. {
        for Source { socket, hellos } in &sources {
            sent += usize::from(socket.send(&hellos[turn % HELLOS]).is_ok());
        }
        if start.elapsed() >= duration {
            break;
        }
    }
    Ok(sent)
}

fn prepare(server: SocketAddr, config: &ClientConfig, attack: Attack, number: usize) -> Result<Source> {
    let [high, low] = (number as u16).to_be_bytes();
    let address = match attack {
        Attack::Valid => Ipv4Addr::new(127, 66, 0, 1),
        Attack::Forged | Attack::First => Ipv4Addr::new(127, 66, high, low),
    };
    let socket = UdpSocket::bind((address, 0))?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    let hellos = (0..HELLOS).map(|_| hello(&socket, config, attack)).collect::<Result<_>>()?;
    socket.set_nonblocking(true)?;
    Ok(Source { socket, hellos })
}

/// A ClientHello with a cookie that the server gave, or with one that it did not.
fn hello(socket: &UdpSocket, config: &ClientConfig, attack: Attack) -> Result<Vec<u8>> {
    let mut buffers = IoBuffers::new();
    let mut session = Session::connect(config, "localhost", Instant::now(), &mut buffers)?;
    let first = buffers.outgoing().pop().context("a hello")?.to_vec();
    if attack == Attack::First {
        return Ok(first);
    }
    socket.send(&first)?;
    let mut buffer = [0; 2048];
    let length = socket.recv(&mut buffer).context("no request for the cookie")?;
    session.receive(&buffer[..length], Instant::now(), &mut buffers, |_| {});
    let mut hello = buffers.outgoing().pop().context("a hello with a cookie")?.to_vec();
    if attack == Attack::Forged {
        const COOKIE: usize = 13 + 12 + 2 + 32 + 1 + 1; // Behind headers, version, random, and two lengths (RFC 6347 §4.2.1).
        hello[COOKIE + 7] ^= 1;
    }
    Ok(hello)
}
