//! ClientHellos that lead to nothing.

use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::bench::bench_run::Bench;
use crate::bench::metric::{Implementation, Metric};

pub(super) fn of_first_hellos(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    /// What any server's socket holds until it looks.
    const CHUNK: usize = 100;
    let hellos = bench.scale(20_000);
    let mut run = bench.sit(implementation)?;
    run.load.ask(&format!("hello {CHUNK}"))?;
    run.server.ask("frame echo")?;
    let before = run.memory()?;
    let (process, answered) = run.cpu_of(|run| {
        let mut answered = 0.0;
        for _ in 0..hellos / CHUNK {
            let sent = run.load.ask(&format!("hello {CHUNK}"))?;
            answered = sent.get("answered")? / sent.get("closed")?;
            if implementation.owns_its_port() {
                thread::sleep(Duration::from_millis(2));
            } else {
                run.server.ask("frame echo")?;
            }
        }
        Ok(answered)
    })?;
    let grown = run.memory()? - before;
    run.end()?;
    Ok(vec![
        Metric::lower(
            format!("{hellos} first ClientHellos, process, each"),
            "µs",
            process.as_secs_f64() * 1e6 / hellos as f64,
        ),
        Metric::lower(format!("{hellos} first ClientHellos, memory grown"), "KiB", grown),
        Metric::higher(format!("{hellos} first ClientHellos, answered"), "%", 100.0 * answered),
    ])
}

/// One address sends hellos with valid cookies from as many ports as it likes.
pub(super) fn of_valid_hellos(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    under_attack(bench, implementation, "valid")
}

/// Hellos with forged cookies come from forged addresses.
pub(super) fn of_forged_hellos(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    under_attack(bench, implementation, "forged")
}

/// How a connected player and clients that join from other addresses fare while hellos come as fast as a core sends them. The
/// server looks a thousand times a second.
fn under_attack(bench: &Bench<'_>, implementation: Implementation, attack: &str) -> Result<Vec<Metric>> {
    const SECONDS: usize = 5;
    const PER_SECOND: usize = 20;
    let clients = SECONDS * PER_SECOND;
    let mut run = bench.sit(implementation)?;
    let mut player = bench.load(run.port, implementation.trust())?;
    let mut attacker = bench.load(run.port, implementation.trust())?;
    run.server.tell("admit 1 10")?;
    player.ask("join 1 0 10")?;
    run.server.answer()?;

    run.server.tell("serve 1000 100000 30 echo")?;
    let before = player.ask("echo 64 250 2")?;
    let memory = run.memory()?;
    attacker.tell(&format!("attack {attack} {}", SECONDS + 3))?;
    // Its cookies, and its first hellos.
    thread::sleep(Duration::from_secs(1));
    run.load.tell(&format!("trickle {clients} {PER_SECOND} {}", SECONDS + 1))?;
    let meanwhile = player.ask(&format!("echo 64 250 {SECONDS}"))?;
    let joined = run.load.answer()?;
    let grown = run.memory()? - memory;
    let sent = attacker.answer()?.get("sent")? / (SECONDS + 3) as f64;
    let lost = 1.0 - meanwhile.get("received")? / meanwhile.get("sent")?;
    Ok(vec![
        Metric::lower("round trip before, median", "ms", before.get("median")? / 1e3),
        Metric::lower("round trip under attack, median", "ms", meanwhile.get("median")? / 1e3),
        Metric::lower("round trip under attack, p99", "ms", meanwhile.get("p99")? / 1e3),
        Metric::lower("packets lost under attack", "%", 100.0 * lost),
        Metric::higher("joined within 1 s, of 20 a second", "%", 100.0 * joined.get("within")? / clients as f64),
        Metric::lower("joining, p99", "s", joined.get("p99")?),
        Metric::lower("memory grown", "KiB", grown),
        Metric::higher("hellos of the attack, a second", "1/s", sent),
    ])
}
