//! What a session costs over raw OpenSSL, and beside another Rust crate, in memory, on one core.
//!
//! The rows of a group do the same work: `raw` is the limit, `session` is ours, `dimpl` the other. All agree on P-256
//! certificates, X25519 and AES-128-GCM. Lower is better.
#![allow(missing_docs, clippy::unwrap_used)]

mod choices;
mod other;
mod raw;
mod session;

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};

use other::Other;
use raw::Raw;
use session::Sessions;

/// Small, usual and full packets of a game, in bytes.
const SIZES: [usize; 3] = [64, 256, 1200];

/// What all agree on.
const CIPHER: &str = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

/// One way to speak DTLS.
trait Implementation {
    const NAME: &'static str;
    type Pair: Pair;

    fn new() -> Self;

    /// A client and a server that are connected, and what that took the server.
    fn connect(&mut self) -> (Self::Pair, Duration);
}

/// Of two ends that are connected: the client seals, the server opens.
trait Pair {
    /// Seals `packet` and drops the datagram.
    fn seal(&mut self, packet: &[u8]);

    /// The datagram to open.
    fn sealed(&mut self, packet: &[u8]) -> Vec<u8>;

    /// Opens `datagram`; the size of its packet.
    fn open(&mut self, datagram: Vec<u8>) -> usize;
}

fn now() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

fn compare(criterion: &mut Criterion) {
    // Before any other use of OpenSSL, so that `raw` has the same allocator.
    let (pair, _) = Sessions::new().connect();
    assert_eq!(pair.client.session.handshake_info().map(|handshake_info| handshake_info.cipher()), Some(CIPHER));
    let mut group = criterion.benchmark_group("handshake, server's side");
    handshake::<Raw>(&mut group);
    handshake::<Sessions>(&mut group);
    handshake::<Other>(&mut group);
    group.finish();
    for size in SIZES {
        let mut group = criterion.benchmark_group(format!("seal {size} B"));
        group.throughput(Throughput::Bytes(size as u64));
        seal::<Raw>(&mut group, size);
        seal::<Sessions>(&mut group, size);
        seal::<Other>(&mut group, size);
        group.finish();
    }
    for size in SIZES {
        let mut group = criterion.benchmark_group(format!("open {size} B"));
        group.throughput(Throughput::Bytes(size as u64));
        open::<Raw>(&mut group, size);
        open::<Sessions>(&mut group, size);
        open::<Other>(&mut group, size);
        group.finish();
    }
}

fn handshake<I: Implementation>(group: &mut BenchmarkGroup<'_, WallTime>) {
    let mut implementation = I::new();
    group.bench_function(I::NAME, |bencher| {
        bencher.iter_custom(|count| (0..count).map(|_| implementation.connect().1).sum());
    });
}

fn seal<I: Implementation>(group: &mut BenchmarkGroup<'_, WallTime>, size: usize) {
    let (mut pair, _) = I::new().connect();
    let packet = vec![0x42; size];
    group.bench_function(I::NAME, |bencher| bencher.iter(|| pair.seal(black_box(&packet))));
}

fn open<I: Implementation>(group: &mut BenchmarkGroup<'_, WallTime>, size: usize) {
    let (pair, _) = I::new().connect();
    let pair = std::cell::RefCell::new(pair);
    let packet = vec![0x42; size];
    group.bench_function(I::NAME, |bencher| {
        bencher.iter_batched(
            || pair.borrow_mut().sealed(&packet),
            |datagram| assert_eq!(pair.borrow_mut().open(datagram), size),
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, compare, choices::compare);
criterion_main!(benches);
