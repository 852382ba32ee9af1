//! Repeats an operation of dtls-core or dtls-enet, for `cargo xtask instructions` to count what it takes.

mod fragments;

use std::hint::black_box;

use clap::{Parser, ValueEnum};
use dtls_test_support::{World, exchange, trusting_pair};

use self::fragments::Victim;

/// A usual packet of a game, in bytes.
const SIZE: usize = 100;

#[derive(Clone, Copy, ValueEnum)]
enum Operation {
    /// Both sides of a handshake with a P-256 certificate, its cookie included
    Handshake,
    /// Encrypting a packet
    Seal,
    /// Encrypting a packet, and decrypting it on the other side
    SealAndOpen,
    /// A packet to the server and back
    Echo,
    /// A fragment of an ENet packet, while thousands of packets wait
    Fragment,
}

#[derive(Parser)]
struct Arguments {
    operation: Operation,
    count: usize,
}

fn main() {
    let Arguments { operation, count } = Arguments::parse();
    if matches!(operation, Operation::Fragment) {
        let mut victim = Victim::new();
        (0..count).for_each(|_| victim.receive_fragment());
        return;
    }
    let (server, client) = trusting_pair();
    let mut world = World::between(&server, &client);
    if matches!(operation, Operation::Handshake) {
        (0..count).for_each(|_| drop(world.pair()));
        return;
    }
    let (mut client, mut server) = world.pair();
    let packet = black_box([0x42; SIZE]);
    for _ in 0..count {
        client.send(&packet);
        match operation {
            Operation::Handshake | Operation::Fragment | Operation::Seal => drop(client.sent()),
            Operation::SealAndOpen => server.receive_all(client.sent()),
            Operation::Echo => {
                server.receive_all(client.sent());
                server.send(&packet);
                exchange(&mut client, &mut server);
            }
        }
        client.received.clear();
        server.received.clear();
    }
}
