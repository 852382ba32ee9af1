//! A network between a client and a server that can be cut.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Carries datagrams between a server of this machine and the client that has sent last, until the process ends.
#[derive(Debug)]
pub struct Relay {
    wire: Arc<Wire>,
    port: u16,
}

#[derive(Debug, Default)]
struct Wire {
    is_cut: AtomicBool,
    lost: AtomicUsize,
    client: Mutex<Option<SocketAddr>>,
}

impl Relay {
    /// A relay to the server at `port`.
    pub fn to(port: u16) -> Self {
        let socket = || Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let (of_client, of_server) = (socket(), socket());
        of_server.connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let relay = Self { wire: Arc::default(), port: of_client.local_addr().unwrap().port() };
        let (wire, from, to) = (Arc::clone(&relay.wire), Arc::clone(&of_client), Arc::clone(&of_server));
        thread::spawn(move || {
            wire.carry(&from, |wire, sender, datagram| {
                *wire.client.lock().unwrap() = Some(sender);
                // Nobody may be there.
                let _ = to.send(datagram);
            });
        });
        let wire = Arc::clone(&relay.wire);
        thread::spawn(move || {
            wire.carry(&of_server, |wire, _, datagram| {
                let client = *wire.client.lock().unwrap();
                let _ = client.map(|client| of_client.send_to(datagram, client));
            });
        });
        relay
    }

    /// Where the client finds the server.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// From now on, everything is lost.
    pub fn cut(&self) {
        self.wire.is_cut.store(true, Ordering::SeqCst);
    }

    /// From now on, everything arrives.
    pub fn heal(&self) {
        self.wire.is_cut.store(false, Ordering::SeqCst);
    }

    /// How many datagrams were lost.
    pub fn lost(&self) -> usize {
        self.wire.lost.load(Ordering::SeqCst)
    }
}

impl Wire {
    fn carry(&self, from: &UdpSocket, on_datagram: impl Fn(&Self, SocketAddr, &[u8])) {
        let mut buffer = vec![0; 1 << 16];
        loop {
            // An error tells that nobody is at the other port.
            let Ok((length, sender)) = from.recv_from(&mut buffer) else { continue };
            if self.is_cut.load(Ordering::SeqCst) {
                self.lost.fetch_add(1, Ordering::SeqCst);
            } else {
                on_datagram(self, sender, &buffer[..length]);
            }
        }
    }
}
