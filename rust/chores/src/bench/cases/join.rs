//! A thousand clients that join a server at once, and a player who is there already.

use anyhow::Result;

use crate::bench::bench_run::Bench;
use crate::bench::metric::{Implementation, Metric};

/// All at once, at a server of 60 frames a second.
pub(super) fn storm(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    /// When those not connected yet are given up.
    const LIMIT: u32 = 10;
    let clients = bench.scale(1000);
    let mut run = bench.sit(implementation)?;
    run.server.tell(&format!("serve 60 {clients} {LIMIT} echo"))?;
    let joined = run.load.ask(&format!("join {clients} 0 {LIMIT}"))?;
    let served = run.server.answer()?;
    run.end()?;
    let connected = joined.get("connected")?;
    let name = format!("{clients} clients joining at once");
    Ok(vec![
        Metric::higher(format!("{name}, connected within {LIMIT} s"), "%", 100.0 * connected / clients as f64),
        Metric::lower(format!("{name}, until the last is connected, at most {LIMIT} s"), "s", joined.get("seconds")?),
        Metric::lower(format!("{name}, main thread, a client"), "µs", served.get("usec")? / connected.max(1.0)),
    ])
}

/// How a connected player fares alone, and while others join. The server looks a thousand times a second, so that what is
/// seen is not the length of its frames.
pub(super) fn round_trip(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const SECONDS: u32 = 1;
    let clients = bench.scale(1000);
    // The same for all where the script owns the socket, or who lets more in would look worse.
    let rate = if implementation.owns_its_port() { 0 } else { Implementation::Engine.joins_per_second() };
    let mut run = bench.sit(implementation)?;
    let mut player = bench.load(run.port, implementation.trust())?;
    run.server.tell("admit 1 10")?;
    player.ask("join 1 0 10")?;
    run.server.answer()?;

    let serve = format!("serve 1000 {} {SECONDS}.5 echo", clients + 2);
    let echo = format!("echo 64 250 {SECONDS}");
    run.server.tell(&serve)?;
    let alone = player.ask(&echo)?;
    run.server.answer()?;

    run.server.tell(&serve)?;
    run.load.tell(&format!("join {clients} {rate} {SECONDS}"))?;
    let meanwhile = player.ask(&echo)?;
    let joined = run.load.answer()?;
    run.server.answer()?;
    run.end()?;
    Ok(vec![
        Metric::lower("round trip, median", "ms", alone.get("median")? / 1e3),
        Metric::lower("round trip, p99", "ms", alone.get("p99")? / 1e3),
        Metric::lower("round trip while others join, median", "ms", meanwhile.get("median")? / 1e3),
        Metric::lower("round trip while others join, p99", "ms", meanwhile.get("p99")? / 1e3),
        Metric::higher("others that joined meanwhile", "clients", joined.get("connected")?),
    ])
}
