//! What the two sides agree on, and what that costs: for the order of our defaults.

use std::hint::black_box;

use criterion::Criterion;
use dtls_core::Negotiation;

use crate::session::Sessions;
use crate::{Implementation as _, Pair as _, SIZES};

/// A packet sealed and opened by cipher, and the server's side of a handshake by group.
pub(crate) fn compare(criterion: &mut Criterion) {
    for size in SIZES {
        let mut group = criterion.benchmark_group(format!("seal and open {size} B"));
        for cipher in ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"] {
            let mut negotiation = Negotiation::default();
            negotiation.cipher_list = format!("ECDHE-ECDSA-{cipher}");
            let (mut pair, _) = Sessions::with(negotiation).connect();
            let packet = vec![0x42; size];
            group.bench_function(cipher, |bencher| {
                bencher.iter(|| {
                    let datagram = pair.sealed(black_box(&packet));
                    pair.open(datagram)
                });
            });
        }
        group.finish();
    }
    let mut group = criterion.benchmark_group("handshake by group, server's side");
    for groups in ["P-256", "X25519:P-256"] {
        let mut negotiation = Negotiation::default();
        negotiation.groups = groups.into();
        let mut sessions = Sessions::with(negotiation);
        group.bench_function(groups, |bencher| {
            bencher.iter_custom(|count| (0..count).map(|_| sessions.connect().1).sum());
        });
    }
    group.finish();
}
