//! What an ENet server and its clients do for each other over loopback.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::{HashMap, VecDeque};
use std::net::UdpSocket;

use common::{configs, settings, until};
use dtls_core::{ClientConfig, EndReason, State, Transport};
use dtls_io::dtls_enet::{Compression, HostOptions, Mode, SendError};
use dtls_io::{
    ConnectionId, EnetClientSettings, EnetConnection, EnetEvent, EnetHost, QueueLimits, ServerSettings, connect,
};
use dtls_test_support::options;

/// An event that owns its packet. The server's connections are kept by [`Server`].
#[derive(Debug, PartialEq, Eq)]
enum Happened {
    Connected(u32),
    Received(u8, Mode, Vec<u8>),
    Disconnected(EndReason),
}

struct Host {
    host: EnetHost,
    connections: HashMap<ConnectionId, EnetConnection>,
    happened: VecDeque<(ConnectionId, Happened)>,
}

impl Host {
    fn new(host: EnetHost) -> Self {
        Self { host, connections: HashMap::new(), happened: VecDeque::new() }
    }

    /// The next event, for which it waits.
    fn next(&mut self, what: &str) -> (ConnectionId, Happened) {
        until(what, || {
            self.poll();
            self.happened.pop_front()
        })
    }

    fn poll(&mut self) {
        self.host.take_batch();
        while let Some(event) = self.host.next_event() {
            let happened = match event {
                EnetEvent::Connected { id, connection, data } => {
                    self.connections.extend(connection.map(|connection| (id, connection)));
                    (id, Happened::Connected(data))
                }
                EnetEvent::Received { id, channel, mode, packet } => {
                    (id, Happened::Received(channel, mode, packet.to_vec()))
                }
                EnetEvent::Disconnected { id, reason } => (id, Happened::Disconnected(reason)),
            };
            self.happened.push_back(happened);
        }
    }

    fn expect_packet(&mut self, channel: u8, mode: Mode, packet: &[u8]) {
        match self.next("a packet").1 {
            Happened::Received(of_channel, of_mode, bytes) => {
                assert_eq!((of_channel, of_mode, bytes.len()), (channel, mode, packet.len()));
                assert_eq!(bytes, packet);
            }
            other => panic!("{other:?}"),
        }
    }
}

struct World {
    server: Host,
    client: ClientConfig,
}

struct Client {
    host: Host,
    connection: EnetConnection,
}

impl World {
    fn new() -> Self {
        Self::with(settings(), HostOptions::default())
    }

    fn with(settings: ServerSettings, options: HostOptions) -> Self {
        let (server, client) = configs(Transport::default());
        Self { server: Host::new(EnetHost::listen(&server, settings, options).unwrap()), client }
    }

    fn port(&self) -> u16 {
        self.server.host.server().unwrap().port()
    }

    fn connect(&self, data: u32) -> Client {
        self.connect_with(options!(EnetClientSettings { data, ..Default::default() }), HostOptions::default())
    }

    fn connect_with(&self, settings: EnetClientSettings, options: HostOptions) -> Client {
        let (host, connection) =
            EnetHost::connect("127.0.0.1", self.port(), self.client.clone(), options, &settings).unwrap();
        Client { host: Host::new(host), connection }
    }

    /// A connected client, and the id of the server's end.
    fn join(&mut self, data: u32) -> (Client, ConnectionId) {
        let mut client = self.connect(data);
        let id = self.meet(&mut client, data);
        (client, id)
    }

    fn meet(&mut self, client: &mut Client, data: u32) -> ConnectionId {
        let (id, joined) = self.server.next("a client");
        assert_eq!(joined, Happened::Connected(data));
        assert_eq!(client.host.next("the server"), (client.connection.id(), Happened::Connected(0)));
        id
    }

    fn end(&self, id: ConnectionId) -> &EnetConnection {
        &self.server.connections[&id]
    }
}

/// Bytes that differ from their neighbours.
fn message(size: usize) -> Vec<u8> {
    (0..size).map(|place| (place % 251) as u8).collect()
}

#[test]
fn messages_of_all_sizes_and_modes_travel_both_ways() {
    let mut world = World::new();
    let (mut client, id) = world.join(7);
    for (channel, mode) in [(0, Mode::Reliable), (1, Mode::Unreliable), (1, Mode::Unsequenced), (254, Mode::Reliable)] {
        for size in [0, 1, 1000, 1300] {
            client.connection.send(channel, mode, &message(size)).unwrap();
            world.server.expect_packet(channel, mode, &message(size));
            world.end(id).send(channel, mode, &message(size)).unwrap();
            client.host.expect_packet(channel, mode, &message(size));
        }
    }
    client.connection.send(2, Mode::Reliable, &message(1 << 20)).unwrap();
    world.server.expect_packet(2, Mode::Reliable, &message(1 << 20));
    world.end(id).send(2, Mode::Reliable, &message(1 << 20)).unwrap();
    client.host.expect_packet(2, Mode::Reliable, &message(1 << 20));
}

#[test]
fn what_an_owner_does_not_take_is_acknowledged_and_waits_for_it() {
    let mut world = World::new();
    let (mut client, id) = world.join(7);
    for number in 0..50 {
        client.connection.send(0, Mode::Reliable, &[number]).unwrap();
        world.end(id).send(0, Mode::Reliable, &[number]).unwrap();
    }
    // The owners take nothing meanwhile.
    for connection in [&client.connection, world.end(id)] {
        // The first answer tells that the packets are with ENet, and the second that their figures are known.
        (0..2).for_each(|_| connection.ask(|_| ()).unwrap());
        until("acknowledgements", || (connection.enet_statistics().queued_data == 0).then_some(()));
    }
    for number in 0..50 {
        world.server.expect_packet(0, Mode::Reliable, &[number]);
        client.host.expect_packet(0, Mode::Reliable, &[number]);
    }
}

#[test]
fn an_owner_that_takes_nothing_is_sent_no_more_than_may_wait_and_loses_nothing() {
    // Much more than may be on the way at once, which is 64 KiB: by then, ENet knows the round trip.
    const COUNT: usize = 3000;
    const LIMIT: usize = 512 * 1024;
    let limits =
        options!(HostOptions { maximum_packet_size: 4096, maximum_waiting_data: LIMIT, ..HostOptions::default() });
    let queue_limits = QueueLimits { packets: 1000, bytes: LIMIT };
    let mut world = World::with(options!(ServerSettings { queue_limits, ..settings() }), limits);
    let (client, id) = world.join(7);
    for number in 0..COUNT {
        let mut packet = message(1000);
        packet[..8].copy_from_slice(&number.to_be_bytes());
        client.connection.send(0, Mode::Reliable, &packet).unwrap();
    }
    until("a full queue", || (world.end(id).enet_statistics().dropped_full > 0).then_some(()));
    let waiting = world.end(id).enet_statistics().waiting_data;
    assert!(waiting <= LIMIT, "{waiting} bytes");
    for number in 0..COUNT {
        match world.server.next("a packet").1 {
            Happened::Received(0, Mode::Reliable, packet) => {
                assert_eq!(packet[..8], number.to_be_bytes(), "in order");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn who_is_disconnected_receives_what_was_sent_before() {
    let mut world = World::new();
    let (mut client, id) = world.join(7);
    world.end(id).send(0, Mode::Reliable, b"you are out").unwrap();
    world.end(id).disconnect();
    assert_eq!(world.end(id).send(0, Mode::Reliable, b"more"), Err(SendError::NotConnected));
    client.host.expect_packet(0, Mode::Reliable, b"you are out");
    assert_eq!(client.host.next("the end").1, Happened::Disconnected(EndReason::ClosedByPeer));
    assert_eq!(world.server.next("the end"), (id, Happened::Disconnected(EndReason::ClosedLocally)));
    assert_eq!(client.connection.send(0, Mode::Reliable, b"more"), Err(SendError::NotConnected));
}

#[test]
fn who_leaves_is_heard_to_the_end() {
    let mut world = World::new();
    let (client, id) = world.join(7);
    client.connection.send(0, Mode::Reliable, b"goodbye").unwrap();
    drop(client);
    world.server.expect_packet(0, Mode::Reliable, b"goodbye");
    assert_eq!(world.server.next("the end"), (id, Happened::Disconnected(EndReason::ClosedByPeer)));
}

#[test]
fn dropping_the_server_tells_its_clients() {
    let mut world = World::new();
    let (mut client, id) = world.join(7);
    world.end(id).send(0, Mode::Reliable, b"closing").unwrap();
    drop(world);
    client.host.expect_packet(0, Mode::Reliable, b"closing");
    assert_eq!(client.host.next("the end").1, Happened::Disconnected(EndReason::ClosedByPeer));
    assert_eq!(client.connection.state(), State::Ended(EndReason::ClosedByPeer));
}

#[test]
fn a_place_is_free_again_once_the_owner_knows_that_its_client_has_gone() {
    let mut world = World::with(options!(ServerSettings { max_connections: 1, ..settings() }), HostOptions::default());
    let (client, _) = world.join(7);
    drop(client);
    let statistics = |world: &World| world.server.host.server().unwrap().statistics();
    until("the client to go", || (statistics(&world).connections == 0).then_some(()));
    let mut next = world.connect(8);
    until("it to be refused", || (statistics(&world).refused_connections > 0).then_some(()));
    assert!(matches!(world.server.next("the end").1, Happened::Disconnected(_)));
    world.meet(&mut next, 8);
}

#[test]
fn who_comes_while_new_clients_are_refused_is_let_in_afterwards() {
    let mut world = World::new();
    let server = |world: &World, refuse| world.server.host.server().unwrap().refuse_new_clients(refuse);
    let (early, id) = world.join(7);
    server(&world, true);
    let mut client = world.connect(8);
    until("it to be refused", || {
        (world.server.host.server().unwrap().statistics().refused_connections > 0).then_some(())
    });
    early.connection.send(0, Mode::Reliable, b"still here").unwrap();
    world.server.expect_packet(0, Mode::Reliable, b"still here");
    assert!(world.end(id).is_enet_connected());
    server(&world, false);
    world.meet(&mut client, 8);
}

#[test]
fn a_client_that_speaks_no_enet_is_nobody() {
    let mut world = World::new();
    let stranger = connect("127.0.0.1", world.port(), world.client.clone(), QueueLimits::default()).unwrap();
    until("DTLS to be connected", || stranger.is_connected().then_some(()));
    for length in 1..200 {
        stranger.send(&message(length)).unwrap();
    }
    let (client, _) = world.join(7);
    drop(stranger);
    client.connection.send(0, Mode::Reliable, b"first").unwrap();
    world.server.expect_packet(0, Mode::Reliable, b"first");
}

#[test]
fn a_packet_to_many_reaches_each_of_them_on_all_threads() {
    let mut world = World::with(options!(ServerSettings { threads: 2, ..settings() }), HostOptions::default());
    let mut clients: Vec<_> = (10..26).map(|data| world.join(data)).collect();
    let left_out = clients[3].1;
    let others = world.server.connections.iter().filter(|(id, _)| **id != left_out).map(|(_, end)| end);
    world.server.host.send_to_many(others, 2, Mode::Reliable, b"to many").unwrap();
    world.server.host.send_to_many(world.server.connections.values(), 2, Mode::Reliable, b"to all").unwrap();
    for (client, id) in &mut clients {
        if *id != left_out {
            client.host.expect_packet(2, Mode::Reliable, b"to many");
        }
        client.host.expect_packet(2, Mode::Reliable, b"to all");
    }
}

#[test]
fn what_cannot_be_sent_is_refused_with_its_reason() {
    let small =
        options!(HostOptions { maximum_packet_size: 100_000, maximum_queued_data: 150_000, ..HostOptions::default() });
    let mut world = World::new();
    let settings = options!(EnetClientSettings { channel_count: 3, data: 7, ..Default::default() });
    let silence = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    let port = silence.local_addr().unwrap().port();
    let (_host, early) =
        EnetHost::connect("127.0.0.1", port, world.client.clone(), HostOptions::default(), &settings).unwrap();
    assert_eq!(early.send(0, Mode::Reliable, b"early"), Err(SendError::NotConnected));
    let mut client = world.connect_with(settings, small);
    let id = world.meet(&mut client, 7);
    let no_channel = Err(SendError::NoSuchChannel { channel: 3, count: 3 });
    assert_eq!(client.connection.send(3, Mode::Reliable, b""), no_channel);
    assert_eq!(world.end(id).send(3, Mode::Reliable, b""), no_channel);
    let too_large = Err(SendError::TooLarge { size: 100_001, maximum: 100_000 });
    assert_eq!(client.connection.send(0, Mode::Reliable, &message(100_001)), too_large);
    until("a full queue", || client.connection.send(0, Mode::Reliable, &message(100_000)).err())
        .eq(&SendError::QueueFull)
        .then_some(())
        .expect("too much at once");
    world.server.expect_packet(0, Mode::Reliable, &message(100_000));
}

#[test]
fn more_than_may_wait_is_refused_however_quickly_it_comes_and_ends_nothing() {
    let options = options!(HostOptions { maximum_queued_data: 1 << 20, ..HostOptions::default() });
    for size in [10, 700, 30_000] {
        let mut world = World::with(settings(), options.clone());
        let (mut client, id) = world.join(7);
        let packet = message(size);
        let taken = (0..40_000).filter(|_| world.end(id).send(0, Mode::Reliable, &packet).is_ok()).count();
        assert!(taken < 40_000);
        for _ in 0..taken {
            client.host.expect_packet(0, Mode::Reliable, &packet);
        }
    }
}

#[test]
fn whoever_is_sent_more_after_others_used_up_what_all_may_have_is_refused_and_stays() {
    let options = options!(HostOptions { maximum_queued_data_of_host: 2 << 20, ..HostOptions::default() });
    let mut world = World::with(settings(), options);
    let (mut greedy, greedy_id) = world.join(7);
    let (mut client, id) = world.join(7);
    let packet = message(30_000);
    let send = |world: &World, id| (0..1000).filter(|_| world.end(id).send(0, Mode::Reliable, &packet).is_ok()).count();
    let (taken, others) = (send(&world, greedy_id), send(&world, id));
    assert!((1..1000).contains(&others), "{others}");
    for _ in 0..others {
        client.host.expect_packet(0, Mode::Reliable, &packet);
    }
    for _ in 0..taken {
        greedy.host.expect_packet(0, Mode::Reliable, &packet);
    }
}

#[test]
fn both_sides_may_compress() {
    for compression in [Compression::RangeCoder, Compression::FastLz, Compression::Zlib] {
        let options = options!(HostOptions { compression, ..HostOptions::default() });
        let mut world = World::with(settings(), options);
        let mut client = world.connect(7);
        // Before it is connected.
        client.connection.set_compression(compression);
        let id = world.meet(&mut client, 7);
        client.connection.send(0, Mode::Reliable, &[7; 1000]).unwrap();
        world.server.expect_packet(0, Mode::Reliable, &[7; 1000]);
        world.end(id).send(0, Mode::Reliable, &[7; 1000]).unwrap();
        client.host.expect_packet(0, Mode::Reliable, &[7; 1000]);
        let sent = client.connection.statistics().bytes_sent;
        assert!(sent < 1000, "{sent} bytes");
    }
}

#[test]
fn a_client_that_does_not_get_through_ends_with_its_reason() {
    let world = World::new();
    let port = {
        let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        nobody.local_addr().unwrap().port()
    };
    let settings = EnetClientSettings::default();
    let options = HostOptions::default();
    let (mut host, connection) =
        EnetHost::connect("127.0.0.1", port, world.client.clone(), options, &settings).unwrap();
    until("the end", || (connection.state() == State::Ended(EndReason::PortUnreachable)).then_some(()));
    host.take_batch();
    assert!(host.next_event().is_none(), "it was never connected");
}

#[test]
fn a_client_connects_from_the_address_that_it_is_given() {
    let mut world = World::new();
    let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let local = free.local_addr().unwrap();
    drop(free);
    let settings = options!(EnetClientSettings { local: Some(local), data: 7, ..Default::default() });
    let mut client = world.connect_with(settings, HostOptions::default());
    let id = world.meet(&mut client, 7);
    assert_eq!(world.end(id).remote_address().unwrap().port(), local.port());
}
