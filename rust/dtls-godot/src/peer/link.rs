//! How a PacketPeerDTLSOpenSSL is connected, if it is.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;

use dtls_core::{EndReason, HandshakeInfo, SendError, Session, State, Statistics};
use dtls_io::Inbox;
use godot::global::Error;

use super::drop_in::DropIn;
use super::native::Native;
use super::status::Status;
use crate::message;

pub(crate) enum Link {
    /// Never connected, or disconnected by the script.
    Idle,
    DropIn(Box<DropIn>),
    /// An I/O thread owns its socket and session.
    Native(Native),
    Over(Box<Over>),
}

/// What remains of a connection that has ended. The session is dropped to free its memory.
pub(crate) struct Over {
    status: Status,
    message: String,
    statistics: Statistics,
    /// Packets that a drop-in connection has received but nobody has read yet.
    received: Option<Inbox>,
    overflowed: u64,
    handshake_info: Option<Arc<HandshakeInfo>>,
    remote: Option<(IpAddr, u16)>,
    is_server: bool,
}

impl Over {
    fn available(&self) -> usize {
        self.received.as_ref().map_or(0, Inbox::len)
    }
}

impl Link {
    /// A server's peer for a client that was turned away.
    pub(crate) fn turned_away(message: &str) -> Self {
        Self::Over(Box::new(Over {
            status: Status::Error,
            message: message.to_owned(),
            statistics: Statistics::default(),
            received: None,
            overflowed: 0,
            handshake_info: None,
            remote: None,
            is_server: true,
        }))
    }

    /// Receives, sends and handles timers for a drop-in connection.
    pub(crate) fn poll(&mut self) {
        if let Self::DropIn(drop_in) = self {
            drop_in.poll();
        }
    }

    /// Replaces a connection that has ended with what remains of it. This applies to drop-in connections, and to those
    /// whose peer's certificate this side refused. Returns the message to report if a client refused its server.
    pub(crate) fn settle(&mut self) -> Option<String> {
        let (reason, statistics) = match self {
            Self::DropIn(drop_in) => {
                let State::Ended(reason) = drop_in.session.state() else { return None };
                (reason.clone(), drop_in.session.statistics())
            }
            Self::Native(connection) if !connection.is_connected() => {
                let State::Ended(reason @ EndReason::CertificateRefused(_)) = connection.state() else { return None };
                (reason, connection.statistics())
            }
            _ => return None,
        };
        let is_server = self.is_server();
        let message = message::of_end(&reason);
        let (overflowed, handshake_info, remote) = (self.overflowed(), self.handshake_info(), self.remote());
        let received = match std::mem::replace(self, Self::Idle) {
            Self::DropIn(drop_in) => Some(drop_in.into_received()),
            _ => None,
        };
        *self = Self::Over(Box::new(Over {
            status: Status::after(&reason),
            message: message.clone(),
            statistics,
            received,
            overflowed,
            handshake_info,
            remote,
            is_server,
        }));
        (!is_server && matches!(reason, EndReason::CertificateRefused(_))).then_some(message)
    }

    pub(crate) fn is_in_use(&self) -> bool {
        match self {
            Self::DropIn(drop_in) => !matches!(drop_in.session.state(), State::Ended(_)),
            Self::Native(connection) => !matches!(connection.state(), State::Ended(_)),
            Self::Idle | Self::Over(_) => false,
        }
    }

    /// Whether its packets are those of an ENetMultiplayerPeerOpenSSL.
    pub(crate) const fn is_of_multiplayer(&self) -> bool {
        matches!(self, Self::Native(Native::OfMultiplayer(_)))
    }

    /// Whether this is a server's end of a connection. Clients must not be able to fill a server's log.
    pub(crate) fn is_server(&self) -> bool {
        match self {
            Self::Idle => false,
            Self::DropIn(drop_in) => drop_in.is_server(),
            Self::Native(connection) => connection.is_server(),
            Self::Over(over) => over.is_server,
        }
    }

    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Idle => Status::Disconnected,
            Self::DropIn(drop_in) => status_in(drop_in.session.state(), drop_in.received.len()),
            Self::Native(connection) if connection.is_connected() => Status::Connected,
            Self::Native(connection) => status_in(&connection.state(), connection.available()),
            Self::Over(over) => over.status.while_readable(over.available()),
        }
    }

    /// Why the connection failed or ended; empty if it did not.
    pub(crate) fn message(&self) -> String {
        let of = |state: &State| match state {
            State::Ended(reason) => message::of_end(reason),
            State::Handshaking | State::Connected => String::new(),
        };
        match self {
            Self::Idle => String::new(),
            Self::DropIn(drop_in) => of(drop_in.session.state()),
            Self::Native(connection) => of(&connection.state()),
            Self::Over(over) => over.message.clone(),
        }
    }

    /// Encrypts and sends one packet, or returns the error to report.
    pub(crate) fn send(&mut self, packet: &[u8]) -> Result<Error, (Error, SendError)> {
        let outcome = match self {
            Self::DropIn(drop_in) => drop_in.send(packet),
            Self::Native(connection) => match connection.send(packet) {
                Ok(()) => Ok(Error::OK),
                // The sender's sign to slow down, not a mistake to report.
                Err(dtls_io::SendError::Busy) => Ok(Error::ERR_BUSY),
                Err(dtls_io::SendError::NotConnected) => Err(SendError::NotConnected),
                Err(dtls_io::SendError::TooLarge { length, limit }) => Err(SendError::TooLarge { length, limit }),
            },
            Self::Idle | Self::Over(_) => Err(SendError::NotConnected),
        };
        outcome.map_err(|error| match error {
            SendError::NotConnected => (Error::ERR_UNCONFIGURED, error),
            SendError::TooLarge { .. } => (Error::ERR_INVALID_PARAMETER, error),
            SendError::Seal(_) => (Error::FAILED, error),
        })
    }

    /// How many packets wait to be read.
    pub(crate) fn available(&self) -> usize {
        match self {
            Self::Idle => 0,
            Self::DropIn(drop_in) => drop_in.received.len(),
            Self::Native(connection) => connection.available(),
            Self::Over(over) => over.available(),
        }
    }

    /// Passes the oldest packet to `on_packet`, if one waits.
    pub(crate) fn take_packet(&mut self, on_packet: impl FnOnce(&[u8])) {
        match self {
            Self::Idle => {}
            Self::DropIn(drop_in) => {
                drop_in.received.pop().map(on_packet);
            }
            Self::Over(over) => {
                over.received.as_mut().and_then(Inbox::pop).map(on_packet);
            }
            Self::Native(connection) => {
                thread_local! {
                    /// Must outlive this call: the engine copies the packet only afterwards.
                    static IN_HAND: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
                }
                IN_HAND.with_borrow_mut(|packet| {
                    if connection.receive(packet) {
                        on_packet(packet);
                    }
                });
            }
        }
    }

    /// The other side's IP address and port, once known.
    pub(crate) fn remote(&self) -> Option<(IpAddr, u16)> {
        match self {
            Self::DropIn(drop_in) => crate::udp::sender(&drop_in.udp).map(|from| (from.ip(), from.port())),
            Self::Native(connection) => connection.remote_address().map(|from| (from.ip().to_canonical(), from.port())),
            Self::Over(over) => over.remote,
            Self::Idle => None,
        }
    }

    /// This side's port, once there is one.
    pub(crate) fn local_port(&self) -> Option<i64> {
        match self {
            Self::DropIn(drop_in) => Some(i64::from(drop_in.udp.get_local_port())),
            Self::Native(connection) => connection.local_port().map(i64::from),
            Self::Idle | Self::Over(_) => None,
        }
    }

    /// What the two sides have negotiated, once connected, and also after the end.
    pub(crate) fn handshake_info(&self) -> Option<Arc<HandshakeInfo>> {
        match self {
            Self::Idle => None,
            Self::DropIn(drop_in) => drop_in.session.handshake_info().cloned(),
            Self::Native(connection) => connection.handshake_info(),
            Self::Over(over) => over.handshake_info.clone(),
        }
    }

    /// Runs `question` on the session; `None` if the connection has ended or never started.
    pub(crate) fn ask<A: Send + 'static>(&self, question: impl FnOnce(&Session) -> A + Send + 'static) -> Option<A> {
        match self {
            Self::DropIn(drop_in) => Some(question(&drop_in.session)),
            Self::Native(connection) => connection.ask(question),
            Self::Idle | Self::Over(_) => None,
        }
    }

    /// What the connection has done, also after the end.
    pub(crate) fn statistics(&self) -> Statistics {
        match self {
            Self::Idle => Statistics::default(),
            Self::DropIn(drop_in) => drop_in.session.statistics(),
            Self::Native(connection) => connection.statistics(),
            Self::Over(over) => over.statistics,
        }
    }

    /// The largest packet in bytes that fits into one datagram; 0 unless connected.
    pub(crate) fn max_payload(&self) -> usize {
        match self {
            Self::DropIn(drop_in) => drop_in.session.max_payload(),
            Self::Native(connection) => connection.max_payload(),
            Self::Idle | Self::Over(_) => 0,
        }
    }

    /// How many packets were dropped because the queue was full.
    pub(crate) fn overflowed(&self) -> u64 {
        match self {
            Self::Idle => 0,
            Self::DropIn(drop_in) => drop_in.received.dropped(),
            Self::Native(connection) => connection.overflowed(),
            Self::Over(over) => over.overflowed,
        }
    }
}

fn status_in(state: &State, waiting: usize) -> Status {
    match state {
        State::Handshaking => Status::Handshaking,
        State::Connected => Status::Connected,
        State::Ended(reason) => Status::after(reason).while_readable(waiting),
    }
}
