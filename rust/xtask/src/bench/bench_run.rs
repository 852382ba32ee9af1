//! A server to be measured and its load, in two processes.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::metric::Implementation;
use super::program::{Answer, Program};
use super::usage;
use crate::godot::Godot;
use crate::project::Project;

/// How long before a server that owns its port has surely taken a burst off it. All wait for it: a frame of a game comes after
/// a pause, too, and finds caches that have forgotten.
const SETTLE: Duration = Duration::from_millis(30);

/// So many small datagrams surely fit into the receive buffer that a system gives to the engine's sockets.
const CHUNK: usize = 150;

/// What is needed to start servers and loads.
pub(crate) struct Bench<'a> {
    pub(crate) project: &'a Project,
    pub(crate) godot: &'a Godot,
    /// The load generator.
    pub(crate) load: Command,
    /// Small numbers, to see that all works.
    pub(crate) quick: bool,
}

impl Bench<'_> {
    /// The number to measure with, or a tenth of it to try things out.
    pub(crate) fn scale(&self, number: usize) -> usize {
        if self.quick { number / 10 } else { number }
    }

    /// A headless Godot with one of the scripts in `godot_project/benches`.
    pub(crate) fn script(&self, name: &str, implementation: Implementation) -> Command {
        let mut command = self.godot.headless(self.project);
        command.args(["--script", &format!("res://benches/{name}.gd"), "--", implementation.name()]);
        command
    }

    /// The load generator without a server to load.
    pub(crate) fn load_alone(&self) -> Result<Program> {
        const NO_SERVER: u16 = 9; // "discard"
        self.load(NO_SERVER, Implementation::Limit.trust())
    }

    /// A load for the server at `port`, whose clients trust it by what `rust/load` calls `trust`.
    pub(crate) fn load(&self, port: u16, trust: &str) -> Result<Program> {
        let mut command = Command::new(self.load.get_program());
        command.args([&format!("127.0.0.1:{port}"), trust]).current_dir(self.project.godot_project());
        Program::start("the load", command)
    }

    pub(crate) fn sit(&self, implementation: Implementation) -> Result<BenchRun> {
        self.sit_with(implementation, &[], implementation.trust())
    }

    /// A server with more `arguments`, and a load that trusts it by `trust`.
    pub(crate) fn sit_with(&self, implementation: Implementation, arguments: &[&str], trust: &str) -> Result<BenchRun> {
        let mut command = self.script("server", implementation);
        command.args(arguments);
        let server = Program::start("the server", command)?;
        let port = server.answer()?.get("port")? as u16;
        Ok(BenchRun { implementation, load: self.load(port, trust)?, server, port })
    }
}

pub(crate) struct BenchRun {
    implementation: Implementation,
    pub(crate) server: Program,
    pub(crate) load: Program,
    pub(crate) port: u16,
}

/// What a server does in a frame, as its scripts name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Sends back what arrived.
    Echo,
    /// Takes what arrived.
    Receive,
    /// Sends a packet to each client.
    Send,
    /// Sends the same packet to all.
    Broadcast,
}

impl Task {
    /// Whether clients send first.
    const fn takes(self) -> bool {
        matches!(self, Self::Echo | Self::Receive)
    }

    /// For the server's input.
    pub(crate) fn command(self, size: usize) -> String {
        match self {
            Self::Echo => "echo".to_owned(),
            Self::Receive => "receive".to_owned(),
            Self::Send => format!("send {size}"),
            Self::Broadcast => format!("broadcast {size}"),
        }
    }
}

/// What one frame took.
pub(crate) struct Frame {
    /// On the main thread, taking datagrams off the socket included.
    pub(crate) main_thread: Duration,
    /// On all threads, from before the burst to after the last packet of the server.
    pub(crate) process: Duration,
    /// How many packets the frame found, or sent.
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
        anyhow::ensure!(
            joined.get("connected")? as usize == total && admitted.get("peers")? as usize == total,
            "only {} of {total} clients are connected",
            joined.get("connected")?
        );
        Ok(admitted)
    }

    /// A frame with a packet of each of `clients`, or for each. Where the script owns the socket, it takes datagrams off in
    /// chunks that its buffer holds.
    pub(crate) fn frame(&mut self, task: Task, clients: usize, size: usize) -> Result<Frame> {
        let chunk = if self.implementation.owns_its_port() { clients.max(1) } else { CHUNK };
        self.frame_in_chunks(task, clients, size, chunk)
    }

    /// A frame of echoes for which all datagrams are there before the server looks.
    pub(crate) fn frame_at_once(&mut self, clients: usize, size: usize) -> Result<Frame> {
        self.frame_in_chunks(Task::Echo, clients, size, clients.max(1))
    }

    fn frame_in_chunks(&mut self, task: Task, clients: usize, size: usize, chunk: usize) -> Result<Frame> {
        const LIMIT_MSEC: u32 = 1000;
        let senders = if task.takes() { clients } else { 0 };
        let (process, (main_thread, packets)) = self.cpu_of(|run| {
            let mut usec = 0.0;
            for first in (0..senders).step_by(chunk) {
                let count = chunk.min(senders - first);
                run.load.ask(&format!("burst {size} {first} {count}"))?;
                if first + count < senders {
                    usec += run.server.ask("gather")?.get("usec")?;
                }
            }
            if senders > 0 {
                thread::sleep(SETTLE + Duration::from_micros(20) * senders as u32);
            }
            let frame = run.server.ask(&format!("frame {}", task.command(size)))?;
            usec += frame.get("usec")?;
            let packets = frame.get("packets")? as usize;
            if task != Task::Receive {
                run.load.ask(&format!("collect {packets} {LIMIT_MSEC}"))?;
            }
            Ok((Duration::from_secs_f64(usec / 1e6), packets))
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
