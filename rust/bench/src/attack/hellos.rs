//! ClientHellos.

use std::net::{SocketAddr, UdpSocket};
use std::time::Instant;

use anyhow::{Context as _, Result};
use dtls_core::{ClientConfig, IoBuffers, Session};

use super::datagrams::Source;
use super::{Attack, Datagrams, address, socket, trusting};

/// Ports, or addresses, that the hellos come from.
const SOURCES: usize = 1000;

/// Different hellos from each.
const HELLOS: usize = 4;

/// So many questions surely fit into a server's receive buffer.
const CHUNK: usize = 100;

pub(super) fn flood(server: SocketAddr, attack: Attack) -> Result<Datagrams> {
    let of = |number| if attack == Attack::Valid { address(1) } else { address(number) };
    let sockets = (0..SOURCES).map(|number| socket(of(number), server)).collect::<Result<Vec<_>>>()?;
    Ok(Datagrams::new(from(sockets, attack)?))
}

/// Some hellos from each socket, with cookies unless `attack` is [`Attack::First`].
pub(super) fn from(sockets: Vec<UdpSocket>, attack: Attack) -> Result<Vec<Source>> {
    let config = trusting()?;
    let mut sources: Vec<_> = (sockets.into_iter()).map(|socket| Source { socket, datagrams: Vec::new() }).collect();
    for chunk in sources.chunks_mut(CHUNK) {
        for _ in 0..HELLOS {
            let begun = chunk.iter().map(|source| begin(&source.socket, &config)).collect::<Result<Vec<_>>>()?;
            for (source, (first, session)) in chunk.iter_mut().zip(begun) {
                source.datagrams.push(match attack {
                    Attack::First => first,
                    _ => with_cookie(&source.socket, session, attack)?,
                });
            }
        }
    }
    Ok(sources)
}

/// Sends a new client's first hello.
fn begin(socket: &UdpSocket, config: &ClientConfig) -> Result<(Vec<u8>, Session)> {
    let mut buffers = IoBuffers::new();
    let session = Session::connect(config, "localhost", Instant::now(), &mut buffers)?;
    let first = buffers.outgoing().pop().context("a hello")?.to_vec();
    socket.send(&first)?;
    Ok((first, session))
}

/// The hello that follows, with the cookie that the server gave, or with one that it did not.
fn with_cookie(socket: &UdpSocket, mut session: Session, attack: Attack) -> Result<Vec<u8>> {
    let mut buffers = IoBuffers::new();
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
