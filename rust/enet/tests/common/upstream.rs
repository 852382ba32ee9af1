//! Upstream's ENet, transpiled from C, as an end.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::{Duration, Instant};

use dtls_enet::{Mode, SendError, Timeouts};
use rusty_enet::{Compressor, Event, Host, HostSettings, MTU_MAX, Packet, PacketReceived, PeerID, Socket};

use super::{End, Happened};

/// Its clock must not start at zero, which it takes for never. 16 bits of it wrap soon.
const START: Duration = Duration::from_millis(60_000);

#[derive(Default)]
struct Queues {
    incoming: VecDeque<Vec<u8>>,
    outgoing: VecDeque<Vec<u8>>,
}

struct Memory(Rc<RefCell<Queues>>);

impl Socket for Memory {
    type Address = ();
    type Error = Infallible;

    fn send(&mut self, (): (), datagram: &[u8]) -> Result<usize, Infallible> {
        self.0.borrow_mut().outgoing.push_back(datagram.into());
        Ok(datagram.len())
    }

    fn receive(&mut self, buffer: &mut [u8; MTU_MAX]) -> Result<Option<((), PacketReceived)>, Infallible> {
        Ok(self.0.borrow_mut().incoming.pop_front().map(|datagram| {
            buffer[..datagram.len()].copy_from_slice(&datagram);
            ((), PacketReceived::Complete(datagram.len()))
        }))
    }
}

/// An end with one peer.
pub(crate) struct Upstream {
    host: Host<Memory>,
    peer: PeerID,
    queues: Rc<RefCell<Queues>>,
    clock: Rc<Cell<Duration>>,
    epoch: Instant,
    happened: Vec<Happened>,
}

/// What differs from one host to another.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) incoming_bandwidth: Option<u32>,
    pub(crate) outgoing_bandwidth: Option<u32>,
    pub(crate) compressor: Option<Box<dyn Compressor>>,
    pub(crate) mtu: Option<u16>,
}

impl Upstream {
    pub(crate) fn server(settings: Settings, now: Instant) -> Self {
        let queues = Rc::<RefCell<Queues>>::default();
        let clock = Rc::new(Cell::new(START));
        let time = Rc::clone(&clock);
        let mtu = settings.mtu;
        let settings = HostSettings {
            peer_limit: 4,
            incoming_bandwidth_limit: settings.incoming_bandwidth,
            outgoing_bandwidth_limit: settings.outgoing_bandwidth,
            compressor: settings.compressor,
            time: Box::new(move || time.get()),
            seed: Some(1),
            ..HostSettings::default()
        };
        let mut host = Host::new(Memory(Rc::clone(&queues)), settings).unwrap();
        if let Some(mtu) = mtu {
            host.set_mtu(mtu).unwrap();
        }
        Self { host, peer: PeerID(0), queues, clock, epoch: now, happened: Vec::new() }
    }

    pub(crate) fn client(settings: Settings, channels: usize, data: u32, now: Instant) -> Self {
        let mut client = Self::server(settings, now);
        client.peer = client.host.connect((), channels, data).unwrap().id();
        client
    }

    pub(crate) fn peer(&mut self) -> &mut rusty_enet::Peer<impl Socket + use<>> {
        self.host.peer_mut(self.peer)
    }

    fn service(&mut self, now: Instant) {
        self.clock.set(START + (now - self.epoch));
        while let Some(event) = self.host.service().unwrap() {
            let happened = match event {
                Event::Connect { peer, data } => {
                    self.peer = peer.id();
                    Happened::Connected(data)
                }
                Event::Disconnect { data, .. } => Happened::Disconnected(data),
                Event::Receive { channel_id, packet, .. } => {
                    // `Packet::kind` is `Reliable` for every packet that was received.
                    Happened::Received(channel_id, None, packet.data().to_vec())
                }
            };
            self.happened.push(happened);
        }
    }
}

impl End for Upstream {
    fn transmit(&mut self, now: Instant, emit: &mut dyn FnMut(&[u8])) {
        self.service(now);
        while let Some(datagram) = self.queues.borrow_mut().outgoing.pop_front() {
            emit(&datagram);
        }
    }

    fn receive(&mut self, datagram: &[u8], now: Instant) {
        self.queues.borrow_mut().incoming.push_back(datagram.into());
        self.service(now);
    }

    fn send(&mut self, channel: u8, mode: Mode, packet: &[u8]) -> Result<(), SendError> {
        // As the engine's ENetMultiplayerPeer sets its flags.
        let packet = match mode {
            Mode::Reliable => Packet::reliable(packet),
            Mode::Unreliable => Packet::always_unreliable(packet),
            Mode::Unsequenced => Packet::always_unreliable_unsequenced(packet),
        };
        self.peer().send(channel, &packet).map_err(|_| SendError::NotConnected)
    }

    fn set_timeouts(&mut self, timeouts: Timeouts) {
        for peer in self.host.peers_mut() {
            peer.set_timeout(timeouts.limit, timeouts.minimum, timeouts.maximum);
        }
    }

    fn disconnect(&mut self, data: u32) {
        self.peer().disconnect(data);
    }

    fn disconnect_later(&mut self, data: u32) {
        self.peer().disconnect_later(data);
    }

    fn disconnect_now(&mut self, data: u32) {
        self.peer().disconnect_now(data);
    }

    fn take(&mut self) -> Vec<Happened> {
        std::mem::take(&mut self.happened)
    }

    /// It does not tell, so it is asked often.
    fn deadline(&self, now: Instant) -> Option<Instant> {
        let passed = now - self.epoch;
        Some(self.epoch + Duration::from_millis(passed.as_millis() as u64 / 5 * 5 + 5))
    }

    fn tick(&mut self, now: Instant) {
        self.service(now);
    }
}
