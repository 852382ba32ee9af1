//! Clients on their way: attempts at the addresses of their hosts.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use dtls_core::{EndReason, State};
use slotmap::Key as _;

use super::Driver;
use crate::attempts::{AttemptEvent, is_about_the_address};
use crate::endpoint::{Endpoint, Role};
use crate::key::{EndpointKey, PeerKey, RequestKey};
use crate::socket;

impl Driver {
    /// Connects to the host's next address for which a socket can be opened. If no address is left and no attempt is in
    /// progress, the request fails with `reason`, or because no socket could be opened.
    pub(super) fn try_next_address(&mut self, key: RequestKey, mut reason: Option<EndReason>, now: Instant) {
        while let Some(address) = self.requests.next_address(key, now) {
            if self.requests.get(key).is_none_or(|request| request.shared.is_decided()) {
                break;
            }
            match self.attempt(key, address, now) {
                Ok(()) => return,
                Err(failure) => reason = Some(failure),
            }
        }
        if !self.requests.has_attempts(key) {
            self.finish(key, None, reason);
        }
    }

    fn attempt(&mut self, key: RequestKey, address: SocketAddr, now: Instant) -> Result<(), EndReason> {
        let no_socket = |error: io::Error| EndReason::NoSocket(error.into());
        let local = self.requests.get(key).and_then(|request| request.local_for(address));
        let socket = socket::connected(address, local).map_err(no_socket)?;
        let local_port = socket.local_addr().ok().map(|address| address.port());
        let endpoint = self.sockets.add(socket, Role::Client(PeerKey::null(), key)).map_err(no_socket)?;
        let Some(request) = self.requests.get(key) else { return Ok(()) };
        let shared = Arc::clone(&request.shared);
        let started = self.sessions.connect(request, address, endpoint, now).inspect_err(|_| {
            self.sockets.remove(endpoint);
        })?;
        shared.inner.lock().local_port = local_port;
        if let Some(Endpoint { role: Role::Client(peer, _), .. }) = self.sockets.endpoints.get_mut(endpoint) {
            *peer = started;
        }
        self.requests.add(key, endpoint);
        // If the owner closed the connection meanwhile, it had no key to close yet. The check holds the lock, so that
        // one of the two threads sees the other's change.
        if matches!(shared.inner.lock().state, State::Ended(_)) {
            self.close(started);
        }
        Ok(())
    }

    /// Handles the results of clients' attempts, and starts the attempts that are due.
    pub(super) fn handle_attempts(&mut self, now: Instant) {
        while let Some((key, endpoint, event)) = self.sessions.attempt_events.pop_front() {
            match event {
                AttemptEvent::Connected => {
                    let local = self.sockets.endpoints.get(endpoint).and_then(|it| it.socket.local_addr().ok());
                    let remote = self.sockets.endpoints.get(endpoint).and_then(|it| it.socket.peer_addr().ok());
                    if let Some(request) = self.requests.get(key) {
                        let mut inner = request.shared.inner.lock();
                        inner.local_port = local.map(|address| address.port());
                        inner.remote = remote.or(inner.remote);
                    }
                    self.finish(key, Some(endpoint), None);
                }
                AttemptEvent::Ended(reason) => {
                    self.sockets.remove(endpoint);
                    let others = self.requests.remove_attempt(key, endpoint);
                    if !is_about_the_address(&reason) {
                        self.finish(key, None, Some(reason));
                    } else if !others || self.requests.has_addresses(key) {
                        self.try_next_address(key, Some(reason), now);
                    }
                }
            }
        }
        while let Some(key) = self.requests.pop_due(now) {
            self.try_next_address(key, None, now);
        }
    }

    /// Removes a request and all of its attempts except `winner`. Without a winner, its connection ends.
    pub(super) fn finish(&mut self, key: RequestKey, winner: Option<EndpointKey>, reason: Option<EndReason>) {
        let Some((mut request, endpoints)) = self.requests.remove(key) else { return };
        for endpoint in endpoints.into_iter().filter(|endpoint| Some(*endpoint) != winner) {
            if let Some(Endpoint { role: Role::Client(peer, _), .. }) = self.sockets.endpoints.get(endpoint) {
                self.sessions.discard(*peer);
            }
            self.sockets.remove(endpoint);
        }
        let winner = winner.and_then(|endpoint| self.sockets.endpoints.get(endpoint));
        match winner {
            Some(Endpoint { role: Role::Client(peer, _), .. }) => {
                if let Some(enet) = request.enet.take() {
                    self.sessions.connect_enet(*peer, *enet, Instant::now());
                }
            }
            _ => request.shared.end(reason.unwrap_or(EndReason::ClosedLocally)),
        }
    }
}
