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
pub(crate) enum Hello {
    /// With valid cookies, from many ports of one address
    Valid,
    /// With forged cookies, each from another address
    Forged,
    /// Without cookies, each from another address
    First,
}

/// Where hellos come from, ready to be sent.
pub(crate) struct Attack(Vec<Source>);

struct Source {
    socket: UdpSocket,
    hellos: Vec<Vec<u8>>,
}

impl Attack {
    /// Has the server at `server` give the cookies.
    pub(crate) fn prepare(server: SocketAddr, hello: Hello) -> Result<Self> {
        /// So many questions surely fit into a server's receive buffer.
        const CHUNK: usize = 100;
        let mut options = ClientOptions::default();
        options.verification = Verification::Nothing;
        let config = ClientConfig::new(&options)?;
        let mut sources = (0..SOURCES).map(|number| Source::new(server, hello, number)).collect::<Result<Vec<_>>>()?;
        for chunk in sources.chunks_mut(CHUNK) {
            for _ in 0..HELLOS {
                let begun = chunk.iter().map(|source| source.begin(&config)).collect::<Result<Vec<_>>>()?;
                for (source, (first, session)) in chunk.iter_mut().zip(begun) {
                    source.hellos.push(match hello {
                        Hello::First => first,
                        Hello::Valid | Hello::Forged => source.with_cookie(session, hello)?,
                    });
                }
            }
        }
        for source in &sources {
            source.socket.set_nonblocking(true)?;
        }
        Ok(Self(sources))
    }

    /// Sends hellos for so long; how many.
    pub(crate) fn run(&self, duration: Duration) -> usize {
        let start = Instant::now();
        let mut sent = 0;
        for turn in 0.. {
            for Source { socket, hellos } in &self.0 {
                sent += usize::from(socket.send(&hellos[turn % HELLOS]).is_ok());
            }
            if start.elapsed() >= duration {
                break;
            }
        }
        sent
    }
}

impl Source {
    fn new(server: SocketAddr, hello: Hello, number: usize) -> Result<Self> {
        let [high, low] = (number as u16).to_be_bytes();
        let address = match hello {
            Hello::Valid => Ipv4Addr::new(127, 66, 0, 1),
            Hello::Forged | Hello::First => Ipv4Addr::new(127, 66, high, low),
        };
        let socket = UdpSocket::bind((address, 0))?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        Ok(Self { socket, hellos: Vec::new() })
    }

    /// Sends a new client's first hello.
    fn begin(&self, config: &ClientConfig) -> Result<(Vec<u8>, Session)> {
        let mut buffers = IoBuffers::new();
        let session = Session::connect(config, "localhost", Instant::now(), &mut buffers)?;
        let first = buffers.outgoing().pop().context("a hello")?.to_vec();
        self.socket.send(&first)?;
        Ok((first, session))
    }

    /// The hello that follows, with the cookie that the server gave, or with one that it did not.
    fn with_cookie(&self, mut session: Session, kind: Hello) -> Result<Vec<u8>> {
        let mut buffers = IoBuffers::new();
        let mut buffer = [0; 2048];
        let length = self.socket.recv(&mut buffer).context("no request for the cookie")?;
        session.receive(&buffer[..length], Instant::now(), &mut buffers, |_| {});
        let mut hello = buffers.outgoing().pop().context("a hello with a cookie")?.to_vec();
        if kind == Hello::Forged {
            const COOKIE: usize = 13 + 12 + 2 + 32 + 1 + 1; // Behind headers, version, random, and two lengths (RFC 6347 §4.2.1).
            hello[COOKIE + 7] ^= 1;
        }
        Ok(hello)
    }
}
