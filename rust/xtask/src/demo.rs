//! Runs the class reference's example, a server and a client, each in its own Godot; or opens the arena in a window.

use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::process::Process;
use crate::project::Project;
use crate::{addon, certificate};

const LIMIT: Duration = Duration::from_secs(20);

/// What each side must say, in this order, for the exchange to have happened.
pub const SERVER_SAYS: [&str; 4] = [
    "Listening",
    "First round refused: sent the client a cookie.",
    "Second round accepted: the client returned its cookie.",
    "The answer is... 42!",
];
/// The same for the client.
pub const CLIENT_SAYS: [&str; 2] = ["Connected to localhost over ", "Hello DTLS client"];

/// Runs the example without a window.
pub fn run(project: &Project) -> Result<()> {
    let godot = addon::build_beside_godot(project)?;
    certificate::make(project, &godot)?;

    let port = free_port().context("cannot get a UDP port")?.to_string();
    let scene = |name: &str| -> Command {
        let mut command = godot.headless(project);
        command.args([&format!("res://demo/{name}.tscn"), "--", &port]);
        command
    };
    let deadline = Instant::now() + LIMIT;
    let server = Process::spawn(scene("server"), "[server] ", deadline)?;
    expect(&server, &SERVER_SAYS[..1]).context("the server does not start")?;
    let client = Process::spawn(scene("client"), "[client] ", deadline)?;
    finish(client, &CLIENT_SAYS).context("the client")?;
    finish(server, &SERVER_SAYS[1..]).context("the server")
}

/// Opens the arena.
pub fn show(project: &Project) -> Result<()> {
    let godot = addon::build_beside_godot(project)?;
    let status = Command::new(godot.program()).arg("--path").arg(project.godot_project()).status()?;
    ensure!(status.success(), "the arena failed: {status}");
    Ok(())
}

/// A port that was free a moment ago.
pub fn free_port() -> Result<u16> {
    Ok(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Reads on until all of `sayings` came, one after the other.
pub fn expect(process: &Process, sayings: &[&str]) -> Result<()> {
    for saying in sayings {
        loop {
            let line = process.next_line()?;
            let line = line.with_context(|| format!("it never said '{saying}'"))?;
            if line.contains(saying) {
                break;
            }
        }
    }
    Ok(())
}

/// As `expect`, and then waits until the process ends well.
pub fn finish(process: Process, sayings: &[&str]) -> Result<()> {
    expect(&process, sayings)?;
    while process.next_line()?.is_some() {}
    let status = process.wait()?;
    ensure!(status.success(), "it failed: {status}");
    Ok(())
}
