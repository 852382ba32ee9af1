//! What a client speaks with the server.

use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;
use dtls_core::{ClientConfig, ClientOptions, IoBuffers, Psk, Session, SessionCache, State, Verification};

use crate::identity::PSK;
use crate::player::Player;

/// Sessions of so many clients are remembered; the next ones resume them in turn.
const REMEMBERED: usize = 30;

/// How clients and the server come to trust each other.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Trust {
    /// By the server's certificate
    Certificate,
    /// By a pre-shared key
    Psk,
    /// By an earlier session, where there is one
    Resumption,
    /// Not at all, and nothing is encrypted
    Plain,
}

/// What the clients of a multiplayer server send, and are sent back.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Message {
    /// RPCs that arrive, in order
    ReliableRpc,
    /// RPCs that may be lost
    UnreliableRpc,
    /// Packets without a method, which may be lost
    Bytes,
}

/// Makes clients' links, one after the other.
pub(crate) struct Links {
    /// `None` for no DTLS.
    config: Option<ClientConfig>,
    /// For clients of a multiplayer server.
    message: Option<Message>,
    made: usize,
}

pub(crate) enum Link {
    Dtls(Box<Session>),
    /// Connected once the server has answered.
    Plain {
        connected: bool,
    },
    Player(Box<Player>),
}

impl Links {
    pub(crate) fn new(trust: Trust, message: Option<Message>) -> Result<Self> {
        // A check of the certificate would cost as much as the rest of a client's handshake.
        let mut options = ClientOptions::default();
        options.verification = Verification::Nothing;
        match trust {
            Trust::Certificate => {}
            Trust::Psk => options.psk = Some(Psk::new("bench", &PSK)?),
            Trust::Resumption => options.sessions = Some(SessionCache::default().into()),
            Trust::Plain => return Ok(Self { config: None, message, made: 0 }),
        }
        Ok(Self { config: Some(ClientConfig::new(&options)?), message, made: 0 })
    }

    /// A new client's, whose first words are in `wire`.
    pub(crate) fn make(&mut self, now: Instant, buffers: &mut IoBuffers) -> Result<Link> {
        // A session is remembered for its host.
        let host = format!("{}.localhost", self.made % REMEMBERED);
        self.made += 1;
        let session = self.config.as_ref().map(|config| Session::connect(config, &host, now, buffers)).transpose()?;
        Ok(match (session, self.message) {
            (session, Some(message)) => Link::Player(Box::new(Player::new(session, message, now, buffers))),
            (Some(session), None) => Link::Dtls(Box::new(session)),
            (None, None) => {
                buffers.outgoing().push(b"hello");
                Link::Plain { connected: false }
            }
        })
    }
}

impl Link {
    pub(crate) fn is_connected(&self) -> bool {
        match self {
            Self::Dtls(session) => *session.state() == State::Connected,
            Self::Plain { connected } => *connected,
            Self::Player(player) => player.is_connected(),
        }
    }

    pub(crate) fn is_resumed(&self) -> bool {
        match self {
            Self::Dtls(session) => session.handshake_info().is_some_and(|handshake_info| handshake_info.is_resumed()),
            Self::Plain { .. } | Self::Player(_) => false,
        }
    }

    pub(crate) fn receive(
        &mut self,
        datagram: &[u8],
        now: Instant,
        buffers: &mut IoBuffers,
        mut on_packet: impl FnMut(&[u8]),
    ) {
        match self {
            Self::Dtls(session) => session.receive(datagram, now, buffers, on_packet),
            Self::Plain { connected: true } => on_packet(datagram),
            Self::Plain { connected } => *connected = true,
            Self::Player(player) => player.receive(datagram, now, buffers, on_packet),
        }
    }

    /// Whether it could be sent.
    pub(crate) fn send(&mut self, packet: &[u8], now: Instant, buffers: &mut IoBuffers) -> bool {
        match self {
            Self::Dtls(session) => session.send(packet, buffers).is_ok(),
            Self::Plain { .. } => {
                buffers.outgoing().push(packet);
                true
            }
            Self::Player(player) => player.send(packet, now, buffers),
        }
    }

    /// Says what was lost again, if it is time.
    pub(crate) fn handle_timer(&mut self, now: Instant, buffers: &mut IoBuffers) {
        match self {
            Self::Dtls(session) if session.deadline().is_some_and(|deadline| deadline <= now) => {
                session.handle_timeout(now, buffers);
            }
            Self::Player(player) => player.handle_timer(now, buffers),
            Self::Dtls(_) | Self::Plain { .. } => {}
        }
    }

    pub(crate) fn close(&mut self, buffers: &mut IoBuffers) {
        match self {
            Self::Dtls(session) => session.close(buffers),
            Self::Player(player) => player.close(buffers),
            Self::Plain { .. } => {}
        }
    }
}
