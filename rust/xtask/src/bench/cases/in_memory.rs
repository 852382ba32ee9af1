//! What DTLS costs without a network or a server, as `rust/in-memory` measures it.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::bench::bench_run::Bench;
use crate::bench::metric::{Implementation, Metric};

/// Handshakes, and packets sealed and opened.
pub(super) fn compare(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    let (warm_up, measurement) = if bench.quick { ("0.1", "0.2") } else { ("0.5", "1") };
    let name = match implementation {
        Implementation::Limit => "raw",
        other => other.name(),
    };
    let output = (bench.project.cargo())
        .args(["bench", "--package", "dtls-in-memory", "--", "--output-format", "bencher"])
        .args(["--warm-up-time", warm_up, "--measurement-time", measurement, &format!("/{name}$")])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(output.status.success(), "`cargo bench --package dtls-in-memory` fails: run it to see why");
    let metrics: Vec<_> = String::from_utf8(output.stdout)?.lines().filter_map(metric).collect();
    ensure!(!metrics.is_empty(), "`cargo bench --package dtls-in-memory` has no row called {name}");
    Ok(metrics)
}

/// Of a line such as `test seal 64 B/raw ... bench:         586 ns/iter (+/- 12)`.
fn metric(line: &str) -> Option<Metric> {
    let (id, result) = line.strip_prefix("test ")?.split_once(" ... bench:")?;
    let (what, _) = id.rsplit_once('/')?;
    let nanoseconds: f64 = result.split_whitespace().next()?.replace(',', "").parse().ok()?;
    let name = format!("{what}, in memory");
    Some(if what.starts_with("handshake") {
        Metric::lower(name, "µs", nanoseconds / 1e3)
    } else {
        Metric::lower(name, "ns", nanoseconds)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_criterion_s_is_a_figure() {
        let line = "test seal 64 B/raw ... bench:         586 ns/iter (+/- 12)";
        assert_eq!(metric(line), Some(Metric::lower("seal 64 B, in memory", "ns", 586.0)));
        let line = "test handshake, server's side/dimpl ... bench:      117,250 ns/iter (+/- 3)";
        assert_eq!(metric(line), Some(Metric::lower("handshake, server's side, in memory", "µs", 117.25)));
        assert_eq!(metric("Benchmarking seal 64 B/raw: Warming up"), None);
    }
}
