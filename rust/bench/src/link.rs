//! What a client speaks with the server.

use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;
use dtls_core::{ClientConfig, ClientOptions, IoBuffers, Psk, Session, SessionCache, State, Verification};

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

/// Makes clients' links, one after the other.
pub(crate) struct Links {
    /// `None` for no DTLS.
    config: Option<ClientConfig>,
    made: usize,
}

pub(crate) enum Link {
    Dtls(Box<Session>),
    /// Connected once the server has answered.
    Plain {
        connected: bool,
    },
}

impl Links {
    pub(crate) fn new(trust: Trust) -> Result<Self> {
        // A check of the certificate would cost as much as the rest of a client's handshake.
        let mut options = ClientOptions::default();
        options.verification = Verification::Nothing;
        match trust {
            Trust::Certificate => {}
            Trust::Psk => options.psk = Some(Psk::new("bench", &[7; 32])?), // As godot_project/benches/server.gd has it.
            Trust::Resumption => options.sessions = Some(SessionCache::default().into()),
            Trust::Plain => return Ok(Self { config: None, made: 0 }),
        }
        Ok(Self { config: Some(ClientConfig::new(&options)?), made: 0 })
    }

    /// A new client's, whose first words are in `wire`.
    pub(crate) fn make(&mut self, now: Instant, buffers: &mut IoBuffers) -> Result<Link> {
        let Some(config) = &self.config else {
            buffers.outgoing().push(b"hello");
            return Ok(Link::Plain { connected: false });
        };
        // A session is remembered for its host.
        let host = format!("{}.localhost", self.made % REMEMBERED);
        self.made += 1;
        Ok(Link::Dtls(Box::new(Session::connect(config, &host, now, buffers)?)))
    }
}

impl Link {
    pub(crate) fn is_connected(&self) -> bool {
        match self {
            Self::Dtls(session) => *session.state() == State::Connected,
            Self::Plain { connected } => *connected,
        }
    }

    pub(crate) fn is_resumed(&self) -> bool {
        match self {
            Self::Dtls(session) => session.handshake_info().is_some_and(|handshake_info| handshake_info.is_resumed()),
            Self::Plain { .. } => false,
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
        }
    }

    /// Whether it could be sent.
    pub(crate) fn send(&mut self, packet: &[u8], buffers: &mut IoBuffers) -> bool {
        match self {
            Self::Dtls(session) => session.send(packet, buffers).is_ok(),
            Self::Plain { .. } => {
                buffers.outgoing().push(packet);
                true
            }
        }
    }

    /// Says what was lost again, if it is time.
    pub(crate) fn handle_timer(&mut self, now: Instant, buffers: &mut IoBuffers) {
        if let Self::Dtls(session) = self
            && session.deadline().is_some_and(|deadline| deadline <= now)
        {
            session.handle_timeout(now, buffers);
        }
    }

    pub(crate) fn close(&mut self, buffers: &mut IoBuffers) {
        if let Self::Dtls(session) = self {
            session.close(buffers);
        }
    }
}
