//! A thousand clients that join a server at once, and a player who is there already.

use anyhow::Result;

use crate::bench::bench_run::{Bench, BenchRun};
use crate::bench::cores;
use crate::bench::metric::{Implementation, Metric};
use crate::bench::program::{Answer, Program};

/// How long a player's round trips are measured.
const SECONDS: u32 = 1;

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

/// How a connected player fares alone, then while others join, and the same with their load on a core of its own.
pub(super) fn round_trip(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    let mut metrics = Vec::new();
    for load_has_a_core in [false, true] {
        let mut run = bench.sit(implementation)?;
        let mut player = bench.load(run.port, implementation.trust())?;
        run.server.tell("admit 1 10")?;
        player.ask("join 1 0 10")?;
        run.server.answer()?;
        if !load_has_a_core {
            let alone = echo_while(&mut run, &mut player, |_| Ok(()))?;
            metrics.push(Metric::lower("round trip, median", "ms", alone.get("median")? / 1e3));
            metrics.push(Metric::lower("round trip, p99", "ms", alone.get("p99")? / 1e3));
        } else if !cores::separate(run.load.id(), &[run.server.id(), player.id()])? {
            break;
        }
        metrics.extend(round_trip_while_others_join(bench, implementation, &mut run, &mut player, load_has_a_core)?);
        run.end()?;
    }
    Ok(metrics)
}

fn round_trip_while_others_join(
    bench: &Bench<'_>,
    implementation: Implementation,
    run: &mut BenchRun,
    player: &mut Program,
    load_has_a_core: bool,
) -> Result<[Metric; 3]> {
    // The same for all where the script owns the socket, or who lets more in would look worse.
    let rate = if implementation.owns_its_port() { 0 } else { Implementation::Engine.joins_per_second() };
    let others = bench.scale(1000);
    let echoed = echo_while(run, player, |load| load.tell(&format!("join {others} {rate} {SECONDS}")))?;
    let joined = run.load.answer()?;
    let (whose, meanwhile) = if load_has_a_core {
        (" from a core of their own", "others that joined from a core of their own")
    } else {
        ("", "others that joined meanwhile")
    };
    let name = format!("round trip while others join{whose}");
    Ok([
        Metric::lower(format!("{name}, median"), "ms", echoed.get("median")? / 1e3),
        Metric::lower(format!("{name}, p99"), "ms", echoed.get("p99")? / 1e3),
        Metric::higher(meanwhile, "clients", joined.get("connected")?),
    ])
}

/// The player's echoes for some [`SECONDS`], while the load does what it is told. The server looks a thousand times a second, so
/// that what is seen is not the length of its frames.
fn echo_while(
    run: &mut BenchRun,
    player: &mut Program,
    tell_load: impl FnOnce(&mut Program) -> Result<()>,
) -> Result<Answer> {
    run.server.tell(&format!("serve 1000 {} {SECONDS}.5 echo", usize::MAX >> 1))?;
    tell_load(&mut run.load)?;
    let echoed = player.ask(&format!("echo 64 250 {SECONDS}"))?;
    run.server.answer()?;
    Ok(echoed)
}
