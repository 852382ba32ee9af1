//! Connecting to a server.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Weak};

use dtls_core::{ClientConfig, EndReason, OptionsError, ServerName};
use parking_lot::Mutex;

use crate::connection::Connection;
use crate::driver::{Sockets, Thread};
use crate::mailbox::Letter;
use crate::shared::Shared;

/// What an I/O thread needs to connect.
pub(crate) struct Opening {
    pub(crate) shared: Arc<Shared>,
    pub(crate) config: ClientConfig,
    pub(crate) host: String,
    /// The host's addresses that were not tried yet.
    pub(crate) addresses: VecDeque<SocketAddr>,
}

/// Starts to connect to a DTLS server by name or address; watch the state of what is returned.
///
/// The name is looked up on a thread of its own; of several addresses the next is tried when one's port is closed. All
/// clients of a process share one I/O thread.
///
/// # Errors
/// When `host` cannot be verified as `config` asks. A lookup that fails ends the connection instead.
pub fn connect(host: &str, port: u16, config: ClientConfig) -> Result<Connection, OptionsError> {
    config.check_host(host)?;
    let shared = Shared::new(None, Weak::new(), config.transport().max_queued_packets);
    let thread = match clients_thread() {
        Ok(thread) => thread,
        Err(error) => return Err(OptionsError::System(error.to_string())),
    };
    let mailbox = Arc::clone(thread.mailbox());
    let mut opening =
        Opening { shared: Arc::clone(&shared), config, host: for_lookup(host), addresses: VecDeque::new() };
    if let Ok(ip) = opening.host.parse::<IpAddr>() {
        opening.addresses.push_back(SocketAddr::new(ip, port));
        mailbox.post(Letter::Open(Box::new(opening)));
    } else {
        let mailbox = Arc::clone(&mailbox);
        let lookup = std::thread::Builder::new().name("dtls-lookup".to_owned()).spawn(move || {
            match (opening.host.as_str(), port).to_socket_addrs() {
                Ok(addresses) => opening.addresses.extend(addresses),
                Err(_) => opening.addresses.clear(),
            }
            if opening.addresses.is_empty() {
                opening.shared.end(EndReason::HostNotFound(opening.host));
            } else {
                mailbox.post(Letter::Open(Box::new(opening)));
            }
        });
        lookup.map_err(|error| OptionsError::System(error.to_string()))?;
    }
    Ok(Connection::new(shared, mailbox, Some(thread)))
}

/// A name in Unicode in its ASCII form, which is the one that is looked up; any other as it is.
fn for_lookup(host: &str) -> String {
    match ServerName::parse(host) {
        Ok(name) if !host.is_ascii() => name.to_string(),
        _ => host.to_owned(),
    }
}

/// The I/O thread of all clients, which ends with the last of them.
fn clients_thread() -> std::io::Result<Arc<Thread>> {
    static THREAD: Mutex<Weak<Thread>> = Mutex::new(Weak::new());
    let mut current = THREAD.lock();
    if let Some(thread) = current.upgrade() {
        return Ok(thread);
    }
    let thread = Arc::new(Thread::start("dtls-clients", Sockets::new()?)?);
    *current = Arc::downgrade(&thread);
    Ok(thread)
}
