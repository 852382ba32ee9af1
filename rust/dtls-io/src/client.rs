//! Connecting to a server.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Weak};

use dtls_core::{ClientConfig, EndReason, OptionsError, ServerName};
use parking_lot::Mutex;

use crate::attempts::ConnectRequest;
use crate::budget::{Budget, QueueLimits};
use crate::command_queue::Command;
use crate::connection::Connection;
use crate::connection_state::ConnectionState;
use crate::driver;
use crate::enet::layer::EnetRequest;
use crate::sockets::Sockets;
use crate::threads::{Thread, spawn_lookup};

/// Why [`connect`] did not start to connect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The host cannot be verified as the options require.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The system refused a thread, or the event queue of one.
    #[error("no thread could be started")]
    System(#[from] io::Error),
}

/// Starts to connect to a DTLS server by name or address. Watch the state of the returned connection.
///
/// The name is resolved on a separate thread. If it has several addresses, they are tried with a short delay between
/// them, and the first attempt that finishes its handshake wins (RFC 8305). All clients of a process share one I/O
/// thread.
///
/// # Errors
/// See [`ConnectError`]. A failed lookup does not return an error; it ends the connection.
pub fn connect(
    host: &str,
    port: u16,
    config: ClientConfig,
    queue_limits: QueueLimits,
) -> Result<Connection, ConnectError> {
    connect_with(host, port, config, queue_limits, None, None)
}

/// The same from a `local` address, and with ENet above.
pub(crate) fn connect_with(
    host: &str,
    port: u16,
    config: ClientConfig,
    queue_limits: QueueLimits,
    local: Option<SocketAddr>,
    enet: Option<Box<EnetRequest>>,
) -> Result<Connection, ConnectError> {
    config.check_host(host)?;
    let thread = clients_thread()?;
    let command_queue = Arc::clone(thread.command_queue());
    let shared = ConnectionState::new(None, Weak::new(), queue_limits, Arc::clone(thread.budget()));
    let mut request = ConnectRequest {
        shared: Arc::clone(&shared),
        config,
        host: for_lookup(host),
        local,
        enet,
        addresses: VecDeque::new(),
    };
    if let Some(ip) = request.literal_address() {
        request.set_addresses(std::iter::once(SocketAddr::new(ip, port)));
        command_queue.post(Command::Connect(Box::new(request)));
    } else {
        let command_queue = Arc::clone(&command_queue);
        spawn_lookup(move || {
            if let Ok(addresses) = (request.host.as_str(), port).to_socket_addrs() {
                request.set_addresses(addresses);
            }
            if request.addresses.is_empty() {
                request.shared.end(EndReason::HostNotFound(request.host.clone()));
            } else {
                command_queue.post(Command::Connect(Box::new(request)));
            }
        })?;
    }
    Ok(Connection::new(shared, command_queue, Some(thread)))
}

/// Converts a Unicode name to its ASCII form, which the resolver needs. Returns any other name unchanged.
fn for_lookup(host: &str) -> String {
    match ServerName::parse(host) {
        Ok(name) if !host.is_ascii() => name.to_string(),
        _ => host.to_owned(),
    }
}

/// The I/O thread of all clients. It ends with the last client.
fn clients_thread() -> io::Result<Arc<Thread>> {
    static THREAD: Mutex<Weak<Thread>> = Mutex::new(Weak::new());
    let mut current = THREAD.lock();
    if let Some(thread) = current.upgrade().filter(|thread| !thread.has_failed()) {
        return Ok(thread);
    }
    let thread = Arc::new(driver::start("dtls-clients", Sockets::new()?, Arc::new(Budget::new(usize::MAX)), None)?);
    *current = Arc::downgrade(&thread);
    Ok(thread)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::{Ipv4Addr, UdpSocket};
    use std::time::{Duration, Instant, SystemTime};

    use dtls_core::{ClientOptions, Cookies, Credentials, ServerConfig, ServerOptions, State, Verification};

    use super::*;
    use crate::server::{Server, ServerSettings};

    fn server() -> Server {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let credentials = Some(Credentials::self_signed("localhost", 1, since_epoch).unwrap());
        let mut options = ServerOptions::default();
        options.credentials = credentials;
        let config = ServerConfig::new(&options, Arc::new(Cookies::new(Instant::now()).unwrap())).unwrap();
        let settings = ServerSettings { address: Some(Ipv4Addr::LOCALHOST.into()), ..ServerSettings::default() };
        Server::listen(&config, settings).unwrap()
    }

    /// Connects to a host that has these addresses.
    fn connect_to(addresses: &[SocketAddr], handshake_timeout: Duration) -> Connection {
        connect_on(clients_thread().unwrap(), addresses, handshake_timeout)
    }

    fn connect_on(thread: Arc<Thread>, addresses: &[SocketAddr], handshake_timeout: Duration) -> Connection {
        let mut options = ClientOptions::default();
        options.verification = Verification::Nothing;
        options.transport.handshake_timeout = handshake_timeout;
        let config = ClientConfig::new(&options).unwrap();
        let limits = QueueLimits::default();
        let shared = ConnectionState::new(None, Weak::new(), limits, Arc::clone(thread.budget()));
        let addresses = addresses.iter().copied().collect();
        let shared_too = Arc::clone(&shared);
        let host = "localhost".into();
        let request = ConnectRequest { shared: shared_too, config, host, local: None, enet: None, addresses };
        let command_queue = Arc::clone(thread.command_queue());
        command_queue.post(Command::Connect(Box::new(request)));
        Connection::new(shared, command_queue, Some(thread))
    }

    fn until(what: &str, condition: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !condition() {
            assert!(Instant::now() < deadline, "waited in vain for {what}");
            std::thread::yield_now();
        }
    }

    #[test]
    fn an_address_that_does_not_answer_is_passed_over_long_before_its_time_is_over() {
        let server = server();
        let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port()));
        let client = connect_to(&[silent.local_addr().unwrap(), at], Duration::from_secs(3600));
        until("the second address", || client.is_connected());
        assert_eq!(client.remote_address(), Some(at));
        let end = server.accept().unwrap();
        client.send(b"hello").unwrap();
        until("a packet", || end.available() == 1);
        drop(client);
        until("the end", || end.state() == State::Ended(EndReason::ClosedByPeer));
    }

    #[test]
    fn a_closed_port_is_passed_over_at_once_and_the_last_one_s_reason_is_told() {
        let server = server();
        let closed = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port()));
        let client = connect_to(&[closed, closed, closed, at], Duration::from_secs(3600));
        until("the last address", || client.is_connected());
        let refused = connect_to(&[closed, closed], Duration::from_secs(3600));
        until("the refusal", || refused.state() == State::Ended(EndReason::PortUnreachable));
    }

    #[test]
    fn a_host_none_of_whose_addresses_answers_is_given_up_in_time() {
        let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let timeout = Duration::from_millis(300);
        let client = connect_to(&[silent.local_addr().unwrap(); 2], timeout);
        until("the end", || client.state() == State::Ended(EndReason::HandshakeTimeout(timeout)));
    }

    #[test]
    fn a_client_that_is_closed_gives_up_every_attempt_also_when_the_last_one_is_over() {
        let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let closed = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        // Its own thread counts no other test's clients.
        let budget = Arc::new(Budget::new(usize::MAX));
        let thread = Arc::new(driver::start("dtls-clients", Sockets::new().unwrap(), budget, None).unwrap());
        let addresses = [silent.local_addr().unwrap(), closed];
        let client = connect_on(Arc::clone(&thread), &addresses, Duration::from_secs(3600));
        until("the second attempt to fail", || thread.counters().read().handshakes_failed == 1);
        client.close();
        until("the first to be given up", || thread.counters().read().connections == 0);
    }

    /// Between a client and its server, to both of which it is the other.
    struct Relay {
        front: UdpSocket,
        back: UdpSocket,
        /// The server's last flight, which is not passed on.
        held: Option<(Vec<u8>, SocketAddr)>,
    }

    impl Relay {
        fn to(server: SocketAddr) -> Self {
            let [front, back] = [(); 2].map(|()| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
            back.connect(server).unwrap();
            for socket in [&front, &back] {
                socket.set_nonblocking(true).unwrap();
            }
            Self { front, back, held: None }
        }

        fn pass_on(&mut self, client: &mut Option<SocketAddr>) {
            let mut buffer = [0; 2048];
            while let Ok((length, from)) = self.front.recv_from(&mut buffer) {
                *client = Some(from);
                self.back.send(&buffer[..length]).unwrap();
            }
            while let (Ok(length), Some(client)) = (self.back.recv(&mut buffer), *client) {
                const CHANGE_CIPHER_SPEC: u8 = 20;
                if buffer[0] == CHANGE_CIPHER_SPEC {
                    self.held = Some((buffer[..length].to_vec(), client));
                } else {
                    self.front.send_to(&buffer[..length], client).unwrap();
                }
            }
        }

        fn let_go(&self) {
            let (flight, client) = self.held.as_ref().unwrap();
            self.front.send_to(flight, *client).unwrap();
        }
    }

    #[test]
    fn of_two_attempts_that_are_done_at_once_the_first_is_taken() {
        let server = server();
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port()));
        let mut relays = [(Relay::to(at), None), (Relay::to(at), None)];
        let addresses = relays.each_ref().map(|(relay, _)| relay.front.local_addr().unwrap());
        let client = connect_to(&addresses, Duration::from_secs(3600));
        let deadline = Instant::now() + Duration::from_secs(30);
        while !relays.iter().all(|(relay, _)| relay.held.is_some()) {
            relays.iter_mut().for_each(|(relay, client)| relay.pass_on(client));
            assert!(Instant::now() < deadline, "waited in vain for two last flights");
        }
        // The thread is kept from looking until both flights are there.
        let bystander = connect_to(&[at], Duration::from_secs(3600));
        until("the bystander", || bystander.is_connected());
        bystander.ask(move |_| relays.iter().for_each(|(relay, _)| relay.let_go())).unwrap();
        until("a decision", || client.state() != State::Handshaking);
        client.send(b"hello").unwrap();
        assert_eq!(client.state(), State::Connected);
    }
}
