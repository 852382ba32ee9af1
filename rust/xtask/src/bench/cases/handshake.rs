//! What letting a client in costs, and how long it takes.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::bench::bench_run::{Bench, BenchRun};
use crate::bench::metric::{Implementation, Metric};
use crate::bench::program::Program;
use crate::bench::usage;

/// How many clients come at once.
const RUSH: usize = 30;

/// Other ways to be trusted than by a P-256 certificate: what they are called, what the server and the load call them, and
/// whether the engine has them.
const OTHERS: [(&str, &str, &str, bool); 3] =
    [("RSA-2048", "rsa", "certificate", true), ("PSK", "psk", "psk", false), ("resumed", "", "resumption", false)];

/// The server's side: the CPU time of its process.
///
/// Clients that come one by one find caches that have forgotten all about handshakes; those of a rush do not.
pub(super) fn cost(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const WARM_UP: usize = 10;
    /// Slow enough for all implementations to keep up.
    const PER_SECOND: u32 = 150;
    let clients = bench.scale(300);
    if implementation == Implementation::Limit {
        let limit = bench.load_alone()?.ask(&format!("limit-of-handshake {clients}"))?;
        return Ok(vec![Metric::lower(in_a_rush("P-256"), "µs", limit.get("server")?)]);
    }
    let mut run = bench.sit(implementation)?;
    run.admit(WARM_UP, PER_SECOND, WARM_UP)?;
    // Waking up to see that nobody has come costs too, and is no handshake's.
    let (idle_second, _) = run.cpu_of(|run| run.server.ask(&format!("admit {} 1", usize::MAX >> 1)))?;
    let start = Instant::now();
    let (one_by_one, admitted) = run.cpu_of(|run| run.admit(clients, PER_SECOND, WARM_UP + clients))?;
    let one_by_one = one_by_one.saturating_sub(idle_second.mul_f64(start.elapsed().as_secs_f64()));
    let main_thread = admitted.get("usec")?;
    let mut metrics = vec![
        Metric::lower("handshake, P-256, one by one, server's process", "µs", each(one_by_one, clients)),
        Metric::lower(in_a_rush("P-256"), "µs", rushes(&mut run, clients, WARM_UP + clients, idle_second)?),
        Metric::lower("handshake, P-256, one by one, time in the script's calls", "µs", main_thread / clients as f64),
    ];
    run.end()?;
    for (name, setting, trust, engine_has_it) in OTHERS {
        if engine_has_it || implementation != Implementation::Engine {
            let mut run = bench.sit_with(implementation, &[setting], trust)?;
            // The first are remembered, and resumed by those who follow.
            run.admit(RUSH, PER_SECOND, RUSH)?;
            let usec = rushes(&mut run, clients / 2, RUSH, idle_second)?;
            let resumed = run.load.ask("resumed")?.get("resumed")? as usize;
            ensure!(trust != "resumption" || resumed >= clients / 2, "only {resumed} sessions were resumed");
            metrics.push(Metric::lower(in_a_rush(name), "µs", usec));
            run.end()?;
        }
    }
    Ok(metrics)
}

fn in_a_rush(trust: &str) -> String {
    format!("handshake, {trust}, {RUSH} at once, server's process")
}

/// What each of some `clients` costs that come in rushes, in microseconds, where there are `total` already.
fn rushes(run: &mut BenchRun, clients: usize, mut total: usize, idle_second: Duration) -> Result<f64> {
    let rushes = clients.div_ceil(RUSH);
    let start = Instant::now();
    let (spent, ()) = run.cpu_of(|run| {
        for _ in 0..rushes {
            total += RUSH;
            run.admit(RUSH, 0, total)?;
        }
        Ok(())
    })?;
    Ok(each(spent.saturating_sub(idle_second.mul_f64(start.elapsed().as_secs_f64())), rushes * RUSH))
}

fn each(spent: Duration, count: usize) -> f64 {
    spent.as_secs_f64() * 1e6 / count as f64
}

/// The client's side: P-256, and the certificate is verified.
pub(super) fn cost_of_client(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const PROCESS: &str = "handshake, P-256, client's process";
    let clients = bench.scale(300);
    let mut host = bench.load_alone()?;
    if implementation == Implementation::Limit {
        let limit = host.ask(&format!("limit-of-handshake {clients}"))?;
        return Ok(vec![Metric::lower(PROCESS, "µs", limit.get("client")?)]);
    }
    let hosted = host.ask("host demo/certs/server.crt demo/certs/server.key")?;
    let mut command = bench.script("client", implementation);
    command.arg(hosted.get("port")?.to_string());
    let mut client = Program::start("the client", command)?;
    client.answer()?;
    rush_of_clients(&mut host, &mut client)?; // To warm up.
    let before = usage::cpu(client.id())?;
    let rushes = clients.div_ceil(RUSH);
    let usec: f64 = (0..rushes).map(|_| rush_of_clients(&mut host, &mut client)).sum::<Result<_>>()?;
    let spent = usage::cpu(client.id())? - before;
    client.tell("0")?;
    Ok(vec![
        Metric::lower(PROCESS, "µs", each(spent, rushes * RUSH)),
        Metric::lower("handshake, P-256, client's time in the script's calls", "µs", usec / (rushes * RUSH) as f64),
    ])
}

/// The time in the client's calls, in microseconds.
fn rush_of_clients(host: &mut Program, client: &mut Program) -> Result<f64> {
    const LIMIT: u32 = 10;
    host.tell(&format!("admit {RUSH} {LIMIT}"))?;
    let connected = client.ask(&RUSH.to_string())?;
    ensure!(connected.get("connected")? as usize == RUSH, "not all clients connect");
    host.answer()?;
    connected.get("usec")
}

/// In a game of 60 frames a second.
pub(super) fn frames_to_connected(bench: &Bench<'_>, implementation: Implementation) -> Result<Vec<Metric>> {
    const CONNECTED: f64 = 2.0; // PacketPeerDTLS.STATUS_CONNECTED
    let client = Program::start("the client", bench.script("frames", implementation))?;
    let answer = client.answer()?;
    ensure!(answer.get("status")? == CONNECTED, "the client did not connect");
    Ok(vec![
        Metric::lower("frames to CONNECTED at 60 Hz", "frames", answer.get("frames")?),
        Metric::lower("time to CONNECTED at 60 Hz", "ms", answer.get("usec")? / 1e3),
    ])
}
