//! Servers, clients and networks that fail, and certificates that are swapped meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _, stdin};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{World, end_of, is_connected, join, psk_client, receive, settings, until};
use dtls_core::{
    ClientConfig, ClientOptions, Cookies, EndReason, ServerConfig, ServerOptions, State, Transport, Trust, Verification,
};
use dtls_io::{Connection, QueueLimits, Server, ServerSettings};
use dtls_test_support::{Relay, credentials, options, p256, self_signed};

/// How long a side of a test waits for the other that has gone.
const SILENCE: Duration = Duration::from_millis(500);

/// After so many handshakes, a client has met each of a server's certificates, if they are swapped.
const MOST_JOINS: usize = 500;

/// Tells a test that it runs in a process of its own, and a port.
const ROLE: &str = "OPENSSL_DTLS_TEST_PORT";

/// What the other side prints before its port.
const PORT: &str = "its port: ";

fn impatient() -> Transport {
    options!(Transport { idle_timeout: Some(SILENCE), ..Transport::default() })
}

/// A process in which a test plays the other side.
struct OtherSide(Child);

impl OtherSide {
    /// Runs `test` again, which finds `port` in its [`role`].
    fn start(test: &str, port: u16) -> Self {
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", test, "--nocapture"]).env(ROLE, port.to_string());
        Self(again.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }

    /// The port that it says it has.
    fn port(&mut self) -> u16 {
        let mut lines = BufReader::new(self.0.stdout.take().unwrap()).lines().map_while(Result::ok);
        lines.find_map(|line| line.split_once(PORT)?.1.parse().ok()).expect("the other side says its port")
    }

    /// Ends it at once, as a crash does: nothing is closed in order.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// The port that this process was given to play the other side, if it was.
fn role() -> Option<u16> {
    std::env::var(ROLE).ok().map(|port| port.parse().unwrap())
}

/// Waits until the process is killed, or the one that started it has ended.
fn wait_to_be_killed() {
    stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a_client_whose_server_is_killed_learns_it_by_silence_and_joins_the_next_server_on_the_port() {
    if role().is_some() {
        let world = World::with_psk(settings(), Transport::default());
        println!("{PORT}{}", world.server.port());
        return wait_to_be_killed();
    }
    let mut first = OtherSide::start(
        "a_client_whose_server_is_killed_learns_it_by_silence_and_joins_the_next_server_on_the_port",
        0,
    );
    let port = first.port();
    let client = join(port, &psk_client(impatient()));
    until("the client", || is_connected(&client).then_some(()));
    first.kill();
    // The system tells that the port is closed, which anybody could: nothing ends before the time is over.
    let _ = client.send(b"is anybody there?");
    assert_eq!(end_of(&client), EndReason::IdleTimeout(SILENCE));
    let next = World::with_psk(options!(ServerSettings { port, ..settings() }), Transport::default());
    let (client, server) = next.pair();
    client.send(b"here again").unwrap();
    assert_eq!(receive(&server), b"here again");
}

#[test]
fn a_client_that_is_killed_gives_its_place_back_after_the_server_s_time() {
    if let Some(port) = role() {
        let client = join(port, &psk_client(Transport::default()));
        until("the client", || is_connected(&client).then_some(()));
        return wait_to_be_killed();
    }
    let limits = options!(ServerSettings { idle_timeout: Some(SILENCE), max_connections: 1, ..settings() });
    let world = World::with_psk(limits, Transport::default());
    let test = "a_client_that_is_killed_gives_its_place_back_after_the_server_s_time";
    let other_side = OtherSide::start(test, world.server.port());
    let server = until("the client", || world.server.accept());
    other_side.kill();
    // Its port is closed, and that says nothing to a socket that serves others.
    let _ = server.send(b"is anybody there?");
    assert_eq!(end_of(&server), EndReason::IdleTimeout(SILENCE));
    until("the place to be free", || (world.server.statistics().connections == 0).then_some(()));
    let (_client, _server) = world.pair();
}

/// A pair with a relay in between.
fn pair_through(relay: &Relay, world: &World) -> (Connection, Connection) {
    let client = join(relay.port(), &world.client);
    let server = until("a connection", || world.server.accept());
    until("the client", || (client.state() != State::Handshaking).then_some(()));
    (client, server)
}

#[test]
fn a_network_that_is_cut_for_less_than_the_time_outs_loses_packets_and_nobody() {
    let world = World::with_psk(settings(), Transport::default());
    let relay = Relay::to(world.server.port());
    let (client, server) = pair_through(&relay, &world);
    relay.cut();
    for end in [&client, &server] {
        (0..3).for_each(|_| end.send(b"lost").unwrap());
    }
    until("all of them to be lost", || (relay.lost() == 6).then_some(()));
    relay.heal();
    client.send(b"back").unwrap();
    assert_eq!(receive(&server), b"back");
    server.send(b"welcome").unwrap();
    assert_eq!(receive(&client), b"welcome");
}

#[test]
fn a_network_that_is_cut_for_longer_ends_both_sides_with_the_reason_and_the_client_may_join_again() {
    let world = World::with_psk(settings(), impatient());
    let relay = Relay::to(world.server.port());
    let (client, server) = pair_through(&relay, &world);
    relay.cut();
    for end in [&client, &server] {
        assert_eq!(end_of(end), EndReason::IdleTimeout(SILENCE));
    }
    until("the last words to be lost", || (relay.lost() == 2).then_some(()));
    relay.heal();
    let (client, server) = pair_through(&relay, &world);
    client.send(b"back").unwrap();
    assert_eq!(receive(&server), b"back");
}

#[test]
fn a_handshake_whose_network_is_cut_goes_on_when_it_heals() {
    let world = World::with_psk(settings(), Transport::default());
    let relay = Relay::to(world.server.port());
    relay.cut();
    let client = join(relay.port(), &world.client);
    until("a hello to be lost", || (relay.lost() > 0).then_some(()));
    relay.heal();
    until("the client", || is_connected(&client).then_some(()));
}

#[test]
fn a_certificate_that_is_swapped_while_clients_join_turns_nobody_away() {
    let cookies = Arc::new(Cookies::new(Instant::now()).unwrap());
    let identities = [(); 2].map(|()| {
        let key = p256();
        let certificate = self_signed(&key, -1..1);
        (credentials(&key, std::slice::from_ref(&certificate)), certificate)
    });
    let configs = identities.clone().map(|(credentials, _)| {
        let options = options!(ServerOptions { credentials: Some(credentials), ..Default::default() });
        ServerConfig::new(&options, Arc::clone(&cookies)).unwrap()
    });
    let options = options!(ClientOptions {
        trust: Trust::Anchors(identities.map(|(_, certificate)| certificate).to_vec()),
        verification: Verification::Chain,
        ..Default::default()
    });
    let client = ClientConfig::new(&options).unwrap();
    let server = Server::listen(&configs[0], settings()).unwrap();
    let port = server.port();
    let first = join(port, &client);
    let first_end = until("the first", || server.accept());

    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let joiners = [(); 2].map(|()| {
            scope.spawn(|| {
                let mut seen = HashSet::new();
                // Enough of them, and with either certificate.
                for number in 0..MOST_JOINS {
                    let client = join(port, &client);
                    until("a handshake to be over", || (client.state() != State::Handshaking).then_some(()));
                    assert_eq!(client.state(), State::Connected, "client {number}");
                    let info = client.handshake_info().unwrap();
                    seen.insert(info.peer_certificate().unwrap().to_der().unwrap());
                    if number >= 20 && seen.len() == 2 {
                        return;
                    }
                }
                panic!("{} certificates in {MOST_JOINS} handshakes", seen.len());
            })
        });
        scope.spawn(|| {
            let mut configs = configs.iter().cycle();
            while !is_over.load(Ordering::SeqCst) {
                let done = server.statistics().handshakes_done;
                server.replace(configs.next().unwrap(), QueueLimits::default()).unwrap();
                while server.statistics().handshakes_done == done && !is_over.load(Ordering::SeqCst) {
                    thread::yield_now();
                }
            }
        });
        let results = joiners.map(thread::ScopedJoinHandle::join);
        is_over.store(true, Ordering::SeqCst);
        results.into_iter().for_each(|result| result.unwrap());
    });
    assert_eq!(server.statistics().handshakes_failed, 0);
    first.send(b"still here").unwrap();
    assert_eq!(receive(&first_end), b"still here");
}
