//! The sockets of an I/O thread.

use std::collections::HashMap;
use std::io;
use std::mem;
use std::time::Instant;

use dtls_core::Source;
use mio::net::UdpSocket;
use mio::{Interest, Poll, Token, Waker};
use slotmap::SlotMap;

use crate::endpoint::{Endpoint, Role};
use crate::key::EndpointKey;
use crate::listening::Listening;

/// The waker's token. No socket uses this number.
const WAKER: Token = Token(usize::MAX);

/// The sockets of an I/O thread, and the poll that reports when they are readable.
pub(crate) struct Sockets {
    pub(crate) poll: Poll,
    pub(crate) endpoints: SlotMap<EndpointKey, Endpoint>,
    /// Endpoints by their tokens, because a mio token is no larger than a pointer.
    by_token: HashMap<usize, EndpointKey>,
    next_token: usize,
    /// When to read again the sockets that rest because their reads fail.
    pub(crate) rested_at: Option<Instant>,
}

impl Sockets {
    pub(crate) fn new() -> io::Result<Self> {
        let endpoints = SlotMap::with_key();
        Ok(Self { poll: Poll::new()?, endpoints, by_token: HashMap::new(), next_token: 0, rested_at: None })
    }

    /// A waker for the thread that polls these sockets.
    pub(crate) fn waker(&self) -> io::Result<Waker> {
        Waker::new(self.poll.registry(), WAKER)
    }

    /// Adds the socket with this `token` to `readable`, unless it is there.
    pub(crate) fn mark_readable(&mut self, Token(token): Token, readable: &mut Vec<EndpointKey>) {
        if let Some(key) = self.by_token.get(&token)
            && let Some(endpoint) = self.endpoints.get_mut(*key)
            && !mem::replace(&mut endpoint.readable, true)
        {
            readable.push(*key);
        }
    }

    /// Adds all sockets to `readable` when those that rest have rested.
    pub(crate) fn wake_rested(&mut self, now: Instant, readable: &mut Vec<EndpointKey>) {
        if self.rested_at.take_if(|at| *at <= now).is_some() {
            for (key, endpoint) in &mut self.endpoints {
                if !mem::replace(&mut endpoint.readable, true) {
                    readable.push(key);
                }
            }
        }
    }

    pub(crate) fn add(&mut self, mut socket: UdpSocket, role: Role) -> io::Result<EndpointKey> {
        while self.by_token.contains_key(&self.next_token) || Token(self.next_token) == WAKER {
            self.next_token = self.next_token.wrapping_add(1);
        }
        let token = self.next_token;
        self.poll.registry().register(&mut socket, Token(token), Interest::READABLE)?;
        let key = self.endpoints.insert(Endpoint { socket, role, token, readable: false, failures: 0 });
        self.by_token.insert(token, key);
        self.next_token = token.wrapping_add(1);
        Ok(key)
    }

    pub(crate) fn remove(&mut self, key: EndpointKey) {
        if let Some(mut endpoint) = self.endpoints.remove(key) {
            self.by_token.remove(&endpoint.token);
            // Errors do not matter: closing the socket deregisters it anyway.
            let _ = self.poll.registry().deregister(&mut endpoint.socket);
        }
    }

    /// The server's side, on a thread of a server.
    pub(crate) fn listening(&self) -> Option<&Listening> {
        self.endpoints.values().find_map(|endpoint| match &endpoint.role {
            Role::Server(listening) => Some(&**listening),
            Role::Client(..) => None,
        })
    }

    pub(crate) fn listening_mut(&mut self) -> Option<&mut Listening> {
        self.endpoints.values_mut().find_map(|endpoint| match &mut endpoint.role {
            Role::Server(listening) => Some(&mut **listening),
            Role::Client(..) => None,
        })
    }

    /// Whether a client of `source` may start a handshake now.
    pub(crate) fn may_start(&self, source: Source) -> bool {
        self.listening().is_some_and(|listening| listening.pending.has_room(source))
    }
}
