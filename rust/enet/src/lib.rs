//! The ENet 1.3 protocol, as the engine's `ENetMultiplayerPeer` speaks it: a state machine for each connection, without
//! sockets and without a clock.
//!
//! A [`Peer`] is one end of a connection. Its owner hands it datagrams and the time, and takes datagrams and events out of
//! it. A [`Host`] holds what the peers of one server, or one client, share: options, compression and bandwidth.
//!
//! ```
//! use std::time::Instant;
//! use dtls_enet::{Event, Host, HostOptions, Mode, Packet, Peer};
//!
//! let now = Instant::now();
//! let (mut host, mut other_host) = (Host::new(HostOptions::default(), now), Host::new(HostOptions::default(), now));
//! let mut client = Peer::connect(&host, 2, 7, 0xdead_beef, now);
//! let mut server = Peer::accept(&other_host, now);
//! while let Some(datagram) = client.poll_transmit(now, &mut host) {
//!     server.receive(datagram, now, &mut other_host);
//! }
//! # while let Some(datagram) = server.poll_transmit(now, &mut other_host) { client.receive(datagram, now, &mut host); }
//! # while let Some(datagram) = client.poll_transmit(now, &mut host) { server.receive(datagram, now, &mut other_host); }
//! // And the other way, until the handshake is done.
//! assert!(matches!(server.poll_event(), Some(Event::Connected { data: 7 })));
//! client.send(0, Mode::Reliable, &Packet::from(b"hello".as_slice()))?;
//! # Ok::<(), dtls_enet::SendError>(())
//! ```
//!
//! # One peer for each DTLS session
//!
//! A UDP socket that many peers share tells them apart by the peer id in ENet's header. Under DTLS, the session does.
//! Therefore a host has no table of peers, and each peer expects the peer id 0. Its owner limits how many there are.
//!
//! # What a hostile peer can do
//!
//! Anyone may be an authenticated peer. [`limits`] lists what bounds its use of memory and its effect on others. Malformed
//! commands are dropped and counted.
//!
//! # Names
//!
//! Names are ENet's (`enet.h`, `protocol.h`). There, `unsequenced` is what the engine calls `TRANSFER_MODE_UNRELIABLE`, and
//! `unreliable` is `TRANSFER_MODE_UNRELIABLE_ORDERED`.
#![forbid(unsafe_code)]

mod bandwidth;
mod budget;
mod channel;
mod compression;
mod event;
mod fragments;
mod host;
mod inbox;
pub mod limits;
mod outgoing;
mod packet;
mod packet_loss;
mod peer;
mod protocol;
mod round_trip;
mod sequence;
mod statistics;
mod throttle;
mod unsequenced;
mod waiting;

pub use budget::HostQueue;
pub use compression::Compression;
pub use event::{Cause, Event};
pub use host::{Host, HostOptions};
pub use packet::{Mode, Packet};
pub use peer::{Peer, SendError, State, Timeouts};
pub use statistics::Statistics;
