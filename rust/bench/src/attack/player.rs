//! Connected clients that send what no game sends, under valid keys.

use std::io::ErrorKind;
use std::iter;
use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use dtls_core::MAX_PACKET;
use dtls_test_support::record::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE};
use dtls_test_support::{Forger, RawClient, SUITES};

use super::datagrams::Source;
use super::junk::forged_record;
use super::{Attack, Datagrams, Flood, address, hellos, socket};

/// The epoch of protected records, where a number has it (RFC 6347 §4.1).
pub(super) const EPOCH: u64 = 1 << 48;

/// How many clients.
const PLAYERS: usize = 8;

/// Different datagrams of each, where they are made beforehand.
const DATAGRAMS: usize = 64;

/// No kind of record (RFC 5246 §6.2.1).
const UNKNOWN: u8 = 99;

/// A message header says its type and its length (RFC 6347 §4.2.2).
const FINISHED: [u8; 12] = [20, 0, 0, 12, 0, 4, 0, 0, 0, 0, 0, 12];

struct Player {
    socket: UdpSocket,
    forger: Forger,
    /// The number of the next record.
    next: u64,
}

/// Some players, and what they flood with.
pub(super) struct Players {
    players: Vec<Player>,
    attack: Attack,
    /// What is made beforehand.
    datagrams: Option<Datagrams>,
}

impl Players {
    /// Joins the server, each from an address of its own.
    pub(super) fn connect(server: SocketAddr, attack: Attack) -> Result<Self> {
        let mut players = (0..PLAYERS).map(|number| Player::connect(server, number)).collect::<Result<Vec<_>>>()?;
        let mut sources = Vec::new();
        for player in &mut players {
            let datagrams = match attack {
                Attack::ForgedRecords => iter::repeat_with(forged_record).take(DATAGRAMS).collect(),
                Attack::Replayed => {
                    (0..DATAGRAMS).map(|_| player.seal(APPLICATION_DATA, b"again")).collect::<Result<_>>()?
                }
                _ => continue,
            };
            sources.push(Source { socket: player.socket.try_clone()?, datagrams });
        }
        if attack == Attack::Restarts {
            let sockets = players.iter().map(|player| Ok(player.socket.try_clone()?)).collect::<Result<_>>()?;
            sources = hellos::from(sockets, attack)?;
        }
        for player in &players {
            player.socket.set_nonblocking(true)?;
        }
        Ok(Self { players, attack, datagrams: (!sources.is_empty()).then(|| Datagrams::new(sources)) })
    }
}

impl Flood for Players {
    fn turn(&mut self) -> usize {
        if let Some(datagrams) = &mut self.datagrams {
            return datagrams.turn();
        }
        let attack = self.attack;
        self.players.iter_mut().filter_map(|player| player.send(attack).ok()).count()
    }

    /// Says so more than once: the server's receive buffer may still be full.
    fn leave(&mut self) {
        for _ in 0..5 {
            thread::sleep(Duration::from_millis(100));
            for player in &mut self.players {
                let _ = player.seal(ALERT, &[1, 0]).map(|close_notify| player.socket.send(&close_notify));
            }
        }
    }
}

impl Player {
    fn connect(server: SocketAddr, number: usize) -> Result<Self> {
        let suite = &SUITES[0];
        let socket = socket(address(number), server)?;
        let mut client = RawClient::new(suite.name);
        let mut buffer = [0; 2048];
        while client.0.do_handshake().is_err() {
            let sent = client.sent();
            for datagram in &sent {
                socket.send(datagram)?;
            }
            match socket.recv(&mut buffer) {
                Ok(length) => client.deliver(vec![buffer[..length].to_vec()]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => ensure!(!sent.is_empty(), "no handshake"),
                Err(error) => return Err(error).context("no handshake"),
            }
        }
        Ok(Self { socket, forger: Forger::new(&client.0, suite)?, next: EPOCH | 1 })
    }

    fn seal(&mut self, kind: u8, content: &[u8]) -> Result<Vec<u8>> {
        self.next += 1;
        Ok(self.forger.seal(kind, self.next, content)?)
    }

    fn send(&mut self, attack: Attack) -> Result<usize> {
        let mut content = [0; MAX_PACKET];
        let number = self.next as usize;
        let byte = self.next as u8;
        let (kind, length) = match attack {
            Attack::Tiny => (APPLICATION_DATA, number % 2),
            Attack::Largest => (APPLICATION_DATA, MAX_PACKET),
            Attack::Finished => {
                content[..FINISHED.len()].copy_from_slice(&FINISHED);
                (HANDSHAKE, 2 * FINISHED.len())
            }
            Attack::Alerts => {
                // Neither fatal nor close_notify, which end a connection; some are cut off or too long.
                content[..2].copy_from_slice(&[1, byte.max(1)]);
                (ALERT, 1 + number % 3)
            }
            // The first byte is the type of a message: a HelloRequest, a ClientHello, a certificate and so on.
            _ => {
                content[0] = byte % 25;
                ([HANDSHAKE, HANDSHAKE, HANDSHAKE, CHANGE_CIPHER_SPEC, UNKNOWN][number % 5], fastrand::usize(1..1400))
            }
        };
        let record = self.seal(kind, &content[..length])?;
        Ok(self.socket.send(&record)?)
    }
}
