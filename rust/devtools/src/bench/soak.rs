//! `cargo xtask soak`: whether a server grows while clients come and go.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use xtask::addon;
use xtask::godot::Godot;
use xtask::project::Project;

use super::program::Program;
use super::trend::Trend;
use super::{PROGRAM, build, usage};

const CLIENTS: u32 = 1000;
const LOST_PER_MILLE: u32 = 20;

/// Between two looks at the server.
const INTERVAL: Duration = Duration::from_secs(5);

/// Until as many connections time out as vanish: the server's idle_timeout, and some more.
const WARM_UP: Duration = Duration::from_secs(150);

/// The line is fitted to the last part of the run. When the machine stalls, many clients arrive at once. The server then takes
/// more memory, and gives it back over half an hour.
const LAST_PART: f64 = 0.5;

/// For programs to start and to end.
const GRACE: Duration = Duration::from_secs(60);

/// Reads a figure of a process.
type Look = fn(u32) -> Result<f64>;

const LOOKS: [(&str, Look); 3] =
    [("resident memory, KiB", usage::memory), ("descriptors", usage::descriptors), ("threads", usage::threads)];

/// Runs 1,000 clients against a server for so many minutes after it has warmed up.
pub(crate) fn run(project: &Project, minutes: u32) -> Result<()> {
    addon::build(project, true)?;
    let godot = Godot::find(project)?;
    let program = build(project, PROGRAM)?;
    let duration = WARM_UP + Duration::from_secs(60) * minutes;
    let settled = WARM_UP.max(duration.mul_f64(1.0 - LAST_PART));

    let mut serve = godot.headless(project);
    serve.args(["--script", "res://benches/echo_server.gd"]);
    let mut server = Program::start("the server", serve, duration + GRACE)?;
    let port = server.answer()?.get("port")?;
    let mut attend = Command::new(program);
    attend.args(["load", &format!("127.0.0.1:{port}")]);
    let mut load = Program::start("the load", attend, duration + GRACE)?;
    load.tell(&format!("churn {CLIENTS} {LOST_PER_MILLE} {}", duration.as_secs()))?;

    let start = Instant::now();
    let mut trends = LOOKS.map(|(name, _)| Trend::new(name));
    let mut told = 0;
    while start.elapsed() < duration {
        thread::sleep(INTERVAL);
        let elapsed = start.elapsed();
        let minute = elapsed.as_secs_f64() / 60.0;
        for (trend, (_, look)) in trends.iter_mut().zip(LOOKS) {
            let value = look(server.id())?;
            if elapsed >= settled {
                trend.add(minute, value);
            } else {
                trend.set_latest(value);
            }
        }
        if minute as u32 > told {
            told = minute as u32;
            let values: Vec<_> = trends.iter().map(|trend| format!("{} {:.0}", trend.name, trend.latest)).collect();
            eprintln!("{told} of {:.1} minutes: {}", duration.as_secs_f64() / 60.0, values.join(", "));
        }
    }

    let churned = load.answer()?;
    let served = server.ask("statistics")?;
    println!(
        "{} clients joined, {} did not; {} packets sent, {} came back; {} handshakes failed on the server, {} connections stay.",
        churned.get("joined")?,
        churned.get("not_joined")?,
        churned.get("sent")?,
        churned.get("received")?,
        served.get("handshakes_failed")?,
        served.get("connections")?
    );
    println!("\n| after {} s | mean | change a minute | its standard error |", settled.as_secs());
    println!("|---|---|---|---|");
    for trend in &trends {
        println!("{trend}");
    }
    for trend in &trends {
        ensure!(trend.is_level(), "the server grows: {}", trend.name);
    }
    Ok(())
}
