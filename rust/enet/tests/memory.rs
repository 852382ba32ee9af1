//! Memory, counted: what peers need, and what hostile ones can take.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use common::raw::{Part, Victim, datagram};
use common::{End, Ours, PERFECT, World, numbered, raw};
use dtls_enet::limits::MINIMUM_FRAGMENT;
use dtls_enet::{Host, HostOptions, Mode, Packet, Peer};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// All threads of a process are counted together.
static ALONE: Mutex<()> = Mutex::new(());

fn profiler() -> (MutexGuard<'static, ()>, dhat::Profiler) {
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    (alone, dhat::Profiler::builder().testing().build())
}

fn heap() -> usize {
    dhat::HeapStats::get().curr_bytes
}

#[test]
fn a_steady_flow_allocates_once_for_each_packet_that_is_sent() {
    let (_alone, _profiler) = profiler();
    let now = std::time::Instant::now();
    let client = Ours::client(HostOptions::default(), 2, 7, now);
    let mut world = World::new(client, Ours::server(HostOptions::default(), now), PERFECT, now);
    world.connect();
    let Ours { peer: client, host } = &mut world.client;
    let Ours { peer: server, host: other } = &mut world.server;
    let mut now = world.now;
    let mut turn = |turns: u32| {
        for _ in 0..turns {
            now += Duration::from_millis(16);
            for mode in [Mode::Reliable, Mode::Unreliable, Mode::Unsequenced] {
                client.send(0, mode, &Packet::from([7; 100].as_slice())).unwrap();
            }
            while let Some(datagram) = client.poll_transmit(now, host) {
                server.receive(datagram, now, other);
            }
            while let Some(datagram) = server.poll_transmit(now, other) {
                client.receive(datagram, now, host);
            }
            while server.poll_event().is_some() {}
        }
    };
    turn(100);
    let before = dhat::HeapStats::get().total_blocks;
    turn(1000);
    // Those that the caller makes. The test's harness may allocate meanwhile.
    let allocated = dhat::HeapStats::get().total_blocks - before;
    assert!(allocated < 3000 + 40, "{allocated} allocations");
}

#[test]
fn a_peer_takes_little_and_gives_back_what_a_burst_took() {
    let (_alone, _profiler) = profiler();
    let now = std::time::Instant::now();
    let host = Host::new(HostOptions::default(), now);
    let before = heap();
    let peers: Vec<Box<Peer>> = (0..100).map(|_| Box::new(Peer::accept(&host, now))).collect();
    let of_peer = (heap() - before) / peers.len();
    assert!(of_peer < 1200, "{of_peer} bytes");

    let mut world = World::ours(&HostOptions::default(), PERFECT);
    world.connect();
    let before = heap();
    for number in 0..20 {
        world.client.send(number as u8 % 4, Mode::Reliable, &numbered(number, 100_000)).unwrap();
        world.client.send(number as u8 % 4, Mode::Unsequenced, &numbered(number, 1000)).unwrap();
    }
    assert!(heap() - before > 2_000_000);
    assert!(world.run(60 * common::SECOND, |world| world.happened[common::SERVER].len() == 40));
    world.happened = Default::default();
    world.pass(2 * common::SECOND);
    let kept = (heap() - before) / 2;
    assert!(kept < 20_000, "{kept} bytes for each of the two");
}

#[test]
fn a_hostile_peer_takes_no_more_memory_than_the_limits_say() {
    let (_alone, _profiler) = profiler();
    let mut options = HostOptions::default();
    options.maximum_packet_size = 250_000;
    options.maximum_waiting_data = 1_000_000;
    let payload = [1; MINIMUM_FRAGMENT as usize];
    let part = |start, number: u32| Part {
        start,
        count: 400,
        number,
        total_length: 400 * MINIMUM_FRAGMENT,
        offset: number * MINIMUM_FRAGMENT,
    };
    // Each floods with one kind of command, of which nothing can be delivered.
    type Flood<'a> = &'a dyn Fn(u16) -> Vec<u8>;
    let last_byte =
        |start| Part { start, count: 2, number: 1, total_length: MINIMUM_FRAGMENT + 1, offset: MINIMUM_FRAGMENT };
    let floods: [(&str, Flood<'_>); 6] = [
        ("empty packets", &|turn| raw::reliable((turn % 255) as u8, 2 + turn / 255, b"")),
        ("packets", &|turn| raw::reliable((turn % 255) as u8, 2 + turn / 255, &[1; 1300])),
        ("fragments", &|turn| raw::fragment((turn % 255) as u8, part(1, 1 + u32::from(turn) % 399), &payload)),
        ("packets in fragments", &|turn| raw::unreliable_fragment(0, 0, part(1 + turn, 1), &payload)),
        ("last bytes of packets", &|turn| raw::unreliable_fragment(0, 0, last_byte(1 + turn), &[1])),
        ("packets that nobody takes", &|turn| raw::unsequenced(turn + 1, &[1; 100])),
    ];
    for (name, flood) in floods {
        let before = heap();
        let mut victim = Victim::new(options.clone());
        for turn in 0..12_000 {
            victim.receive(&datagram(&[flood(turn)]));
            victim.transmit();
        }
        let taken = heap() - before;
        assert!(
            taken < 1_300_000,
            "{name}: {taken} bytes, of which it knows {}",
            victim.peer.statistics().waiting_data
        );
        drop(victim);
        assert!(heap() - before < 20_000, "{name}: {} bytes are left", heap() - before);
    }
}
