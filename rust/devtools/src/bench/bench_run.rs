//! A server to be measured and its load, in two processes.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use xtask::godot::Godot;
use xtask::project::Project;

use super::metric::Implementation;
use super::program::{Answer, Program};
use super::usage;

/// How long before a server that owns its port has surely taken a burst off it. All wait for it: a frame of a game comes after
/// a pause, too, and finds caches that have forgotten.
const SETTLE: Duration = Duration::from_millis(30);

/// So many small datagrams surely fit into the receive buffer that a system gives to the engine's sockets.
const CHUNK: usize = 150;

/// How long a program may run: a round of the slowest case.
const LIMIT: Duration = Duration::from_secs(180);

/// What is needed to start servers and loads.
pub(crate) struct Bench<'a> {
    pub(crate) project: &'a Project,
    pub(crate) godot: &'a Godot,
    /// The program of `rust/bench`.
    pub(crate) program: PathBuf,
    /// Small numbers, to see that all works.
    pub(crate) quick: bool,
}

impl Bench<'_> {
    /// The number to measure with, or a tenth of it to try things out.
    pub(crate) fn scale(&self, number: usize) -> usize {
        if self.quick { number / 10 } else { number }
    }

    /// What `rust/bench` tells of an implementation in memory.
    pub(crate) fn in_memory(&self, implementation: Implementation) -> Result<Answer> {
        let mut command = Command::new(&self.program);
        command.args(["in-memory", implementation.name()]);
        Program::start("the bench", command, LIMIT)?.answer()
    }

    /// A load for the server at `port`, whose clients trust it by what `rust/bench` calls `trust`.
    pub(crate) fn load(&self, port: u16, trust: &str) -> Result<Program> {
        self.load_with(port, &[trust])
    }

    fn load_with(&self, port: u16, arguments: &[&str]) -> Result<Program> {
        let mut command = Command::new(&self.program);
        command.args(["load", &format!("127.0.0.1:{port}")]).args(arguments);
        Program::start("the load", command, LIMIT)
    }

    pub(crate) fn sit(&self, implementation: Implementation) -> Result<BenchRun> {
        self.sit_with(implementation, &[], implementation.trust())
    }

    /// A headless Godot that serves, given more `arguments`, and a load that trusts it by `trust`.
    pub(crate) fn sit_with(&self, implementation: Implementation, arguments: &[&str], trust: &str) -> Result<BenchRun> {
        self.start(implementation, "server", arguments, &[trust])
    }

    /// A headless Godot with a multiplayer server for up to `max_clients`, and a load whose clients send it what `rust/bench`
    /// calls `message`.
    pub(crate) fn sit_multiplayer(
        &self,
        implementation: Implementation,
        max_clients: usize,
        message: &str,
    ) -> Result<BenchRun> {
        let load = [implementation.trust(), "--multiplayer", message];
        self.start(implementation, "multiplayer_server", &[&max_clients.to_string()], &load)
    }

    fn start(
        &self,
        implementation: Implementation,
        script: &str,
        arguments: &[&str],
        load_arguments: &[&str],
    ) -> Result<BenchRun> {
        let mut command = if implementation == Implementation::Batched {
            let mut command = Command::new(&self.program);
            command.arg("serve");
            command
        } else {
            let mut command = self.godot.headless(self.project);
            command.args(["--script", &format!("res://benches/{script}.gd"), "--", implementation.name()]);
            command
        };
        command.args(arguments);
        let server = Program::start("the server", command, LIMIT)?;
        let port = server.answer()?.get("port")? as u16;
        if port == 0 {
            return Err(Unsupported.into());
        }
        Ok(BenchRun { implementation, load: self.load_with(port, load_arguments)?, server, port })
    }
}

/// A server that this Godot does not have.
#[derive(Debug)]
pub(crate) struct Unsupported;

impl fmt::Display for Unsupported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("this Godot was built without it")
    }
}

impl Error for Unsupported {}

/// A server, and whoever uses it.
pub(crate) struct BenchRun {
    implementation: Implementation,
    pub(crate) server: Program,
    pub(crate) load: Program,
    pub(crate) port: u16,
}

/// What one frame took.
pub(crate) struct Frame {
    /// On the main thread, taking datagrams off the socket included.
    pub(crate) main_thread: Duration,
    /// On all threads, from before the burst to after the last packet of the server.
    pub(crate) process: Duration,
    /// How many packets the frame found.
    pub(crate) packets: usize,
}

impl BenchRun {
    /// What the server's process spends until `work` is done.
    pub(crate) fn cpu_of<R>(&mut self, work: impl FnOnce(&mut Self) -> Result<R>) -> Result<(Duration, R)> {
        let before = usage::cpu(self.server.id())?;
        let result = work(self)?;
        Ok((usage::cpu(self.server.id())? - before, result))
    }

    /// The resident memory of the server, in KiB.
    pub(crate) fn memory(&self) -> Result<f64> {
        usage::memory(self.server.id())
    }

    /// Has `clients` more connect, so many a second, while the server does nothing else until it has `total`.
    pub(crate) fn admit(&mut self, clients: usize, per_second: u32, total: usize) -> Result<Answer> {
        const LIMIT: u32 = 60;
        self.server.tell(&format!("admit {total} {LIMIT}"))?;
        let joined = self.load.ask(&format!("join {clients} {per_second} {LIMIT}"))?;
        let admitted = self.server.answer()?;
        ensure!(
            joined.get("connected")? as usize == total && admitted.get("peers")? as usize == total,
            "only {} of {total} clients are connected",
            joined.get("connected")?
        );
        Ok(admitted)
    }

    /// A frame that sends back a packet of each of `clients`. Where the script owns the socket, it takes datagrams off in
    /// chunks that its buffer holds.
    pub(crate) fn frame(&mut self, clients: usize, size: usize) -> Result<Frame> {
        const LIMIT_MSEC: u32 = 1000;
        let chunk = if self.implementation.owns_its_port() { clients } else { CHUNK };
        let (process, (main_thread, packets)) = self.cpu_of(|run| {
            let mut usec = 0.0;
            for first in (0..clients).step_by(chunk) {
                let count = chunk.min(clients - first);
                run.load.ask(&format!("send {size} {count} {first}"))?;
                if first + count < clients {
                    usec += run.server.ask("gather")?.get("usec")?;
                }
            }
            thread::sleep(SETTLE + Duration::from_micros(20) * clients as u32);
            let frame = run.server.ask("frame")?;
            usec += frame.get("usec")?;
            let packets = frame.get("packets")?;
            run.load.ask(&format!("collect {packets} {LIMIT_MSEC}"))?;
            Ok((Duration::from_secs_f64(usec / 1e6), packets as usize))
        })?;
        Ok(Frame { main_thread, process, packets })
    }

    /// Ends both. Their sockets are free when this returns.
    pub(crate) fn end(mut self) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(10);
        self.server.tell("quit")?;
        while self.server.answer().is_ok() && Instant::now() < end {}
        Ok(())
    }
}
