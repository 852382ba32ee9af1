//! A steady flow of packets allocates nothing, on either thread.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{World, until};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Several in a row can leave as segments of one message.
const ECHOES: usize = 4;

#[test]
fn a_steady_flow_of_packets_allocates_nothing() {
    let world = World::new();
    let pairs: Vec<_> = (0..20).map(|_| world.pair()).collect();
    let mut buffer = Vec::new();
    let mut echo = |rounds: usize| {
        for _ in 0..rounds {
            for (client, _) in &pairs {
                client.send(&[7; 600]).unwrap();
            }
            for (client, server) in &pairs {
                until("the packet", || server.receive(&mut buffer).then_some(()));
                (0..ECHOES).for_each(|_| server.send(&buffer).unwrap());
                until("its echoes", || (client.available() == ECHOES).then_some(()));
                (0..ECHOES).for_each(|_| assert!(client.receive(&mut buffer)));
            }
        }
    };
    let _profiler = dhat::Profiler::builder().testing().build();
    echo(200);
    let before = dhat::HeapStats::get().total_blocks;
    echo(200);
    let allocated = dhat::HeapStats::get().total_blocks - before;
    // 20,000 packets were sealed and opened; queues may still find their size.
    assert!(allocated < 40, "{allocated} allocations");
}
