//! What a handshake that is not done costs in memory, whatever is sent to it. A test a process: resident memory is measured.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use dtls_core::{ClientOptions, ClientVerification, ServerOptions, Trust};
use dtls_test_support::{End, HOST, Recipe, World, exchange, options, p256, patient, trusting_pair};

const SESSIONS: usize = 64;
const LIMIT_KIB: usize = 192;
/// So that 4,096 stay below 700 MiB.
const SERVER_LIMIT_KIB: usize = 700 * 1024 / 4096;

/// A record of `kind` in `epoch`.
fn record(kind: u8, epoch: u8, sequence: u16, fragment: &[u8]) -> Vec<u8> {
    let sequence = sequence.to_be_bytes();
    let header = [kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, sequence[0], sequence[1]];
    [&header[..], &(fragment.len() as u16).to_be_bytes(), fragment].concat()
}

/// One byte of a handshake message that claims to have `length`.
fn fragment(kind: u8, length: u32, message: u8, record_sequence: u16) -> Vec<u8> {
    let length = length.to_be_bytes();
    let body = [kind, length[1], length[2], length[3], 0, message, 0, 0, 0, 0, 0, 1, 0x5a];
    record(22, 0, record_sequence, &body)
}

/// What the review found to cost megabytes: forged records of the next epoch, and first bytes of long messages.
fn attack() -> Vec<Vec<u8>> {
    let mut datagrams = Vec::new();
    for (index, length) in [100_000, 30_000, 16_000, 8_000, 4_000, 2_000, 1_000].into_iter().enumerate() {
        for message in 1..32 {
            for kind in [11, 16, 2, 12] {
                datagrams.push(fragment(kind, length, message, (index * 200) as u16 + u16::from(message)));
            }
        }
    }
    for sequence in 0..200 {
        for kind in [22, 21, 23] {
            datagrams.push(record(kind, 1, sequence, &[0x5a; 26]));
            datagrams.push(record(kind, 2, sequence, &[0x5a; 26]));
        }
    }
    datagrams.push(record(20, 0, 5000, &[1]));
    for sequence in 200..400 {
        datagrams.push(record(22, 1, sequence, &[0x5a; 26]));
        datagrams.push(record(23, 1, sequence, &[0x5a; 1000]));
    }
    datagrams
}

fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

fn attacked(sessions: &mut [End]) {
    let datagrams = attack();
    for end in &mut *sessions {
        for datagram in &datagrams {
            end.receive(datagram);
        }
        end.sent();
        assert_eq!(end.words(), "", "the attack leaves it half-open");
    }
}

/// Tests share a process, whose memory is measured.
static MEASURING: Mutex<()> = Mutex::new(());

fn kib_a_session(mut make: impl FnMut() -> End) -> usize {
    let _alone = MEASURING.lock();
    attacked(&mut [make()]);
    let before = resident_kib();
    let mut sessions: Vec<End> = (0..SESSIONS).map(|_| make()).collect();
    attacked(&mut sessions);
    let cost = (resident_kib() - before) / SESSIONS;
    println!("{cost} KiB a session");
    // Or the next measurement would find their memory free, and not count it.
    std::mem::forget(sessions);
    cost
}

#[test]
fn a_half_open_server_session_stays_small() {
    let mut world = World::with(&p256(), patient());
    let cost = kib_a_session(|| world.introduce(HOST).1);
    assert!(cost <= SERVER_LIMIT_KIB, "{cost} KiB");
}

#[test]
fn a_half_open_server_session_that_asks_for_a_certificate_stays_small() {
    let (server, client) = trusting_pair();
    let trust = Trust::Anchors(vec![Recipe::authority("players").self_signed().certificate]);
    let server = options!(ServerOptions {
        client_verification: ClientVerification::Required(trust),
        transport: patient(),
        ..server
    });
    let mut world = World::between(&server, &options!(ClientOptions { transport: patient(), ..client }));
    let cost = kib_a_session(|| world.introduce(HOST).1);
    assert!(cost <= SERVER_LIMIT_KIB, "{cost} KiB");
}

#[test]
fn a_half_open_client_session_stays_small() {
    let mut world = World::with(&p256(), patient());
    let cost = kib_a_session(|| world.introduce(HOST).0);
    assert!(cost <= LIMIT_KIB, "{cost} KiB");
}

#[test]
fn a_handshake_under_attack_still_finishes() {
    let mut world = World::with(&p256(), patient());
    let (mut client, mut server) = world.introduce(HOST);
    for sequence in 0..100 {
        server.receive(&record(22, 1, sequence, &[0x5a; 26]));
    }
    exchange(&mut client, &mut server);
    if !client.is_connected() {
        client.time_out();
        exchange(&mut client, &mut server);
    }
    assert!(client.is_connected() && server.is_connected());
}
