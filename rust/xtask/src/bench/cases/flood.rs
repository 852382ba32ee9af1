//! First ClientHellos from ports that are never heard of again.

use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::bench::figure::{Figure, Implementation};
use crate::bench::sitting::Bench;

pub(super) fn of_first_hellos(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Figure>> {
    /// What any server's socket holds until it looks.
    const CHUNK: usize = 100;
    let hellos = bench.scale(20_000);
    let mut sitting = bench.sit(implementation)?;
    sitting.load.ask(&format!("hello {CHUNK}"))?;
    sitting.server.ask("frame echo")?;
    let before = sitting.memory()?;
    let (process, answered) = sitting.cpu_of(|sitting| {
        let mut answered = 0.0;
        for _ in 0..hellos / CHUNK {
            let sent = sitting.load.ask(&format!("hello {CHUNK}"))?;
            answered = sent.get("answered")? / sent.get("closed")?;
            if implementation.owns_its_port() {
                thread::sleep(Duration::from_millis(2));
            } else {
                sitting.server.ask("frame echo")?;
            }
        }
        Ok(answered)
    })?;
    let grown = sitting.memory()? - before;
    sitting.end()?;
    Ok(vec![
        Figure::lower(
            format!("{hellos} first ClientHellos, process, each"),
            "µs",
            process.as_secs_f64() * 1e6 / hellos as f64,
        ),
        Figure::lower(format!("{hellos} first ClientHellos, memory grown"), "KiB", grown),
        Figure::higher(format!("{hellos} first ClientHellos, answered"), "%", 100.0 * answered),
    ])
}
