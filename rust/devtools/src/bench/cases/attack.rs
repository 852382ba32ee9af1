//! ClientHellos that lead to nothing, as fast as a core sends them.

use anyhow::Result;

use crate::bench::bench_run::{Bench, BenchRun};
use crate::bench::metric::{Implementation, Metric};
use crate::bench::program::Program;

/// How a connected player and clients that join from other addresses fare, before and meanwhile. The server looks a thousand
/// times a second.
pub(super) fn floods_of_hellos(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    let mut metrics = Vec::new();
    // Valid cookies from as many ports of one address as there are, then forged ones from forged addresses.
    for attack in ["valid", "forged"] {
        let mut run = bench.sit(implementation)?;
        let mut player = bench.load(run.port, implementation.trust())?;
        run.server.tell("admit 1 10")?;
        player.ask("join 1 0 10")?;
        run.server.answer()?;
        run.server.tell("serve 1000 100000 30 echo")?;
        if metrics.is_empty() {
            let alone = player.ask("echo 64 250 1")?;
            metrics.push(Metric::lower("round trip before an attack, median", "ms", alone.get("median")? / 1e3));
        }
        metrics.extend(under_attack(bench, &mut run, &mut player, attack)?);
    }
    Ok(metrics)
}

fn under_attack(bench: &Bench<'_>, run: &mut BenchRun, player: &mut Program, attack: &str) -> Result<Vec<Metric>> {
    const SECONDS: usize = 3;
    const PER_SECOND: usize = 20;
    /// The last clients have a second to join.
    const LASTING: usize = SECONDS + 1;
    let clients = SECONDS * PER_SECOND;
    let mut attacker = bench.load(run.port, "certificate")?;
    attacker.ask(&format!("arm {attack}"))?;
    attacker.tell(&format!("attack {LASTING}"))?;
    run.load.tell(&format!("trickle {clients} {PER_SECOND} {LASTING}"))?;
    let echoed = player.ask(&format!("echo 64 250 {SECONDS}"))?;
    let joined = run.load.answer()?;
    let sent = attacker.answer()?.get("sent")?;
    let received = echoed.get("received")?;
    let name = |what: &str| format!("{attack} hellos, {what}");
    let within = 100.0 * joined.get("within")? / clients as f64;
    let mut metrics = vec![
        Metric::higher(name("joined within 1 s, of 20 a second"), "%", within),
        Metric::lower(name("packets lost"), "%", 100.0 * (1.0 - received / echoed.get("sent")?)),
        Metric::higher(name("sent by the attack, a second"), "1/s", sent / LASTING as f64),
    ];
    if received > 0.0 {
        metrics.push(Metric::lower(name("round trip, median"), "ms", echoed.get("median")? / 1e3));
    }
    Ok(metrics)
}
