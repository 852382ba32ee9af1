//! What DTLS costs without a network or a server, as `rust/bench` measures it.

use anyhow::Result;

use crate::bench::bench_run::Bench;
use crate::bench::metric::{Implementation, Metric};

/// Handshakes, and packets sealed and opened.
pub(super) fn compare(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    let figures = bench.in_memory(implementation)?;
    let mut metrics = vec![Metric::lower("handshake, server's side", "µs", figures.get("handshake")?)];
    for what in ["seal", "open"] {
        for size in [64, 256, 1200] {
            let usec = figures.get(&format!("{what}-{size}"))?;
            metrics.push(Metric::lower(format!("{what} {size} B"), "ns", usec * 1e3));
        }
    }
    Ok(metrics)
}
