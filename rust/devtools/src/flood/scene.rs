//! A server with players, and clients that join it: how all fare for some seconds.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use xtask::godot::Godot;
use xtask::project::Project;

use super::kinds::Kind;
use crate::bench::program::{Answer, Program};
use crate::bench::{self, usage};

/// Who is connected all the time.
pub(super) const PLAYERS: usize = 16;

/// How often each of them sends a packet, in hertz, and of how many bytes.
pub(super) const PACKETS: (u32, u32) = (20, 64);

/// Honest clients that join in a second, each from an address of its own.
pub(super) const JOINS: usize = 20;

/// How long the server has to be as it was.
pub(super) const RECOVERY: Duration = Duration::from_secs(20);

/// Between two looks at the server's memory.
const INTERVAL: Duration = Duration::from_millis(100);

/// The last of those that join have as long.
const GRACE: u32 = 1;

/// For a program to run: all floods.
const LIMIT: Duration = Duration::from_secs(900);

/// All that takes part.
pub(super) struct Scene {
    server: Program,
    players: Program,
    newcomers: Program,
    address: String,
    program: PathBuf,
}

/// How some seconds went.
pub(super) struct Phase {
    /// In milliseconds.
    pub(super) median: f64,
    pub(super) p99: f64,
    /// Packets of the players that did not come back, in percent.
    pub(super) lost: f64,
    pub(super) joined: usize,
    pub(super) of: usize,
    /// What the honest clients took to join, in milliseconds.
    pub(super) joining: (f64, f64),
    /// The most that the server used, in MiB.
    pub(super) memory: f64,
    /// In percent of the time.
    pub(super) main_thread: f64,
    pub(super) process: f64,
    /// Bytes sent for each byte received.
    pub(super) answered: f64,
    /// What the server's statistics count as dropped, in order of names.
    pub(super) drops: BTreeMap<String, f64>,
}

impl Scene {
    /// Starts a server, and connects the players.
    pub(super) fn new(project: &Project, godot: &Godot) -> Result<Self> {
        let program = bench::build(project, bench::PROGRAM)?;
        let mut serve = godot.headless(project);
        serve.args(["--script", "res://benches/echo_server.gd"]);
        let server = Program::start("the server", serve, LIMIT)?;
        let address = format!("127.0.0.1:{}", server.answer()?.get("port")?);
        let load = |name| {
            let mut command = Command::new(&program);
            command.args(["load", &address]);
            Program::start(name, command, LIMIT)
        };
        let (mut players, newcomers) = (load("the players")?, load("the newcomers")?);
        let connected = players.ask(&format!("join {PLAYERS} 0 10"))?.get("connected")?;
        ensure!(connected as usize == PLAYERS, "only {connected} players are connected");
        Ok(Self { server, players, newcomers, address, program })
    }

    /// An attacker that is ready to flood.
    pub(super) fn attacker(&self, kind: &Kind) -> Result<Program> {
        let mut command = Command::new(&self.program);
        command.args(["load", &self.address]);
        let mut attacker = Program::start("the attacker", command, LIMIT)?;
        attacker.ask(&format!("arm {}", kind.name))?;
        Ok(attacker)
    }

    /// Has the players talk and honest clients join for so many seconds.
    pub(super) fn watch(&mut self, seconds: u32) -> Result<Phase> {
        let before = self.server.ask("statistics")?;
        let (start, cpu) = (Instant::now(), usage::cpu(self.server.id())?);
        let of = JOINS * seconds as usize;
        let (hertz, size) = PACKETS;
        self.newcomers.tell(&format!("trickle {of} {JOINS} {}", seconds + GRACE))?;
        self.players.tell(&format!("echo {size} {hertz} {seconds}"))?;
        let mut memory: f64 = 0.0;
        while start.elapsed() < Duration::from_secs(seconds.into()) {
            memory = memory.max(self.memory()?);
            thread::sleep(INTERVAL);
        }
        let echoed = self.players.answer()?;
        let after = self.server.ask("statistics")?;
        let (elapsed, cpu) = (start.elapsed(), usage::cpu(self.server.id())? - cpu);
        let joined = self.newcomers.answer()?;
        let counted = |name: &str| Ok::<_, anyhow::Error>(after.get(name)? - before.get(name)?);
        Ok(Phase {
            median: echoed.get("median")? / 1e3,
            p99: echoed.get("p99")? / 1e3,
            lost: 100.0 * (1.0 - echoed.get("received")? / echoed.get("sent")?),
            joined: joined.get("connected")? as usize,
            of,
            joining: (joined.get("median")? / 1e3, joined.get("slowest")? / 1e3),
            memory,
            main_thread: 100.0 * counted("usec_in_frames")? / elapsed.as_micros() as f64,
            process: 100.0 * cpu.as_secs_f64() / elapsed.as_secs_f64(),
            answered: counted("bytes_sent")? / counted("bytes_received")?,
            drops: drops(&before, &after),
        })
    }

    /// Has the clients that joined leave. A client that is still under way goes on for some seconds first: it could not tell the
    /// server that it leaves.
    pub(super) fn dismiss(&mut self) -> Result<()> {
        self.newcomers.ask("join 0 0 10")?;
        self.newcomers.ask("leave")?;
        Ok(())
    }

    /// Waits until the server has only its players left. Fails after [`RECOVERY`].
    pub(super) fn recover(&mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            let statistics = self.server.ask("statistics")?;
            let (connections, handshaking) = (statistics.get("connections")?, statistics.get("handshaking")?);
            if connections as usize == PLAYERS {
                return Ok(());
            }
            ensure!(
                start.elapsed() < RECOVERY,
                "{} s later the server has {connections} connections instead of {PLAYERS}, {handshaking} of them under way",
                RECOVERY.as_secs()
            );
            thread::sleep(INTERVAL);
        }
    }

    /// What the server's memory comes down to within [`RECOVERY`], or `limit` as soon as it is there, in MiB.
    pub(super) fn memory_below(&self, limit: f64) -> Result<f64> {
        let start = Instant::now();
        loop {
            let memory = self.memory()?;
            if memory <= limit || start.elapsed() >= RECOVERY {
                return Ok(memory);
            }
            thread::sleep(INTERVAL);
        }
    }

    /// How many players are connected, as they see it.
    pub(super) fn connected_players(&mut self) -> Result<usize> {
        Ok(self.players.ask("join 0 0 0")?.get("connected")? as usize)
    }

    /// What the server has to itself and resident, in MiB.
    pub(super) fn memory(&self) -> Result<f64> {
        Ok(usage::memory(self.server.id()).context("the server has ended")? / 1024.0)
    }
}

/// What was dropped between two answers.
fn drops(before: &Answer, after: &Answer) -> BTreeMap<String, f64> {
    let is_drop = |name: &str| name.starts_with("dropped_") || matches!(name, "ignored" | "refused_connections");
    let difference = |(name, value): (&str, f64)| (name.to_owned(), value - before.get(name).unwrap_or_default());
    after.iter().filter(|(name, _)| is_drop(name)).map(difference).filter(|(_, count)| *count > 0.0).collect()
}
