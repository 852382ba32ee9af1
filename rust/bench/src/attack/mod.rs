//! Floods from somebody who means to keep others out, as fast as one core sends them.

mod datagrams;
mod hellos;
mod junk;
mod player;
mod slow;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;
use dtls_core::{ClientConfig, ClientOptions, Verification};

use self::datagrams::Datagrams;
use self::player::Players;
use self::slow::SlowHandshakes;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Attack {
    /// ClientHellos with valid cookies, from many ports of one address
    Valid,
    /// ClientHellos with forged cookies, each from another address
    Forged,
    /// ClientHellos without cookies, each from another address
    First,
    /// ClientHellos that are cut off, and empty datagrams, from many addresses
    Truncated,
    /// Datagrams of up to 64 KiB, as ClientHellos or as anything, from many addresses
    Oversized,
    /// Records of a connection's epoch that nobody has encrypted, from many addresses
    StrangeRecords,
    /// Handshakes that stop in every place, from many ports of one address
    SlowFromOne,
    /// Handshakes that stop in every place, from many addresses
    SlowFromMany,
    /// Records with wrong tags, from connected clients
    ForgedRecords,
    /// Records that were sent before, from connected clients
    Replayed,
    /// ClientHellos with valid cookies, from connected clients
    Restarts,
    /// Packets of one byte or none, from connected clients
    Tiny,
    /// Packets of the largest size, from connected clients
    Largest,
    /// Alerts that end nothing, from connected clients
    Alerts,
    /// The last message of the handshake again and again, from connected clients
    Finished,
    /// Other messages of a handshake, and records of unknown kinds, from connected clients
    Messages,
}

/// Something to flood a server with.
trait Flood {
    /// Sends what comes next, without a pause; how many datagrams.
    fn turn(&mut self) -> usize;

    /// Ends connections that it has.
    fn leave(&mut self) {}
}

/// A flood that is ready.
pub(crate) struct Armed(Box<dyn Flood>);

impl Attack {
    /// Has the server give cookies, and connections where the attack needs them.
    pub(crate) fn prepare(self, server: SocketAddr) -> Result<Armed> {
        Ok(Armed(match self {
            Self::Valid | Self::Forged | Self::First => Box::new(hellos::flood(server, self)?),
            Self::Truncated | Self::Oversized | Self::StrangeRecords => Box::new(junk::flood(server, self)?),
            Self::SlowFromOne | Self::SlowFromMany => Box::new(SlowHandshakes::new(server, self)?),
            _ => Box::new(Players::connect(server, self)?),
        }))
    }
}

impl Armed {
    /// Floods for so long; how many datagrams.
    pub(crate) fn run(&mut self, duration: Duration) -> usize {
        let start = Instant::now();
        let mut sent = 0;
        while start.elapsed() < duration {
            sent += self.0.turn();
        }
        sent
    }

    pub(crate) fn leave(&mut self) {
        self.0.leave();
    }
}

/// The attackers' address of that number.
fn address(number: usize) -> Ipv4Addr {
    let [high, low] = (number as u16).to_be_bytes();
    Ipv4Addr::new(127, 66, high, low)
}

/// A socket at `address` that waits for answers, but not for ever.
fn socket(address: Ipv4Addr, server: SocketAddr) -> Result<UdpSocket> {
    let socket = UdpSocket::bind((address, 0))?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    Ok(socket)
}

/// Clients that trust whoever answers.
fn trusting() -> Result<ClientConfig> {
    let mut options = ClientOptions::default();
    options.verification = Verification::Nothing;
    Ok(ClientConfig::new(&options)?)
}
